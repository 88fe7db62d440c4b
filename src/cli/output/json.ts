import { printableLines } from '../../internal/quote.ts';

/** Prints a value as JSON on standard output, with characters that steer a terminal escaped. */
export function printJson(value: unknown, indent?: number): void {
  process.stdout.write(printableLines(`${JSON.stringify(value, undefined, indent)}\n`));
}
