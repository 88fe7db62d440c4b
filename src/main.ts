#!/usr/bin/env node
import { CommanderError } from 'commander';
import metadata from '../package.json' with { type: 'json' };
import { createProgram, plainWords } from './cli/commands.ts';
import { endOnFailedOutput } from './cli/output/streams.ts';

endOnFailedOutput(metadata.name);
try {
  const words = plainWords(process.argv.slice(2));
  const program = await createProgram(words);
  await program.parseAsync(words, { from: 'user' });
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode;
  else await report(error);
}

async function report(error: unknown): Promise<void> {
  const { formatError } = await import('./cli/errors.ts');
  process.stderr.write(formatError(metadata.name, error));
  process.exitCode = 1;
}
