import type { Command } from 'commander';
import metadata from '../../../package.json' with { type: 'json' };
import { formatError } from '../errors.ts';

/** Sets the exit code for invalid options and arguments of a command, and for any error of `action`. */
export function withErrorCode<T extends unknown[]>(
  command: Command,
  exitCode: number,
  action: (...args: T) => Promise<void>,
): Command {
  const error = command.error.bind(command);
  command.error = (message, options) => error(message, { ...options, exitCode });
  return command.action(async (...args: T) => {
    try {
      await action(...args);
    } catch (thrown) {
      process.stderr.write(formatError(metadata.name, thrown));
      process.exitCode = exitCode;
    }
  });
}
