import { reasonOf } from '../../internal/reason.ts';

/**
 * Ends the program `name` when its output cannot be written: silently where the reader of a pipe has gone, as other programs do, and with
 * one line for any other reason, such as a full disk. The exit code is 1.
 */
export function endOnFailedOutput(name: string): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') process.stderr.write(`${name}: cannot write to standard output: ${reasonOf(error)}\n`);
    process.exit(1);
  });
  // There is nowhere left to report it.
  process.stderr.on('error', () => process.exit(1));
}
