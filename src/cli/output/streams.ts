import { reasonOf } from '../../internal/reason.ts';

/**
 * Ends the program `name` with exit code 1 if its output cannot be written: silently if the reader of a pipe has ended, as other programs do,
 * otherwise with a line that names the reason, such as a full disk.
 */
export function endOnFailedOutput(name: string): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') process.stderr.write(`${name}: cannot write to standard output: ${reasonOf(error)}\n`);
    process.exit(1);
  });
  // The error cannot be reported.
  process.stderr.on('error', () => process.exit(1));
}
