import { type FormatOptions, printData } from './format.ts';

/** Prints an object of strings, such as the digest of a pushed package; `text` is the output without a format. */
export function printFields(fields: Readonly<Record<string, string>>, text: string, options: FormatOptions): void {
  const header = Object.keys(fields).map((name) => name.toUpperCase());
  printData({ value: fields, table: [header, Object.values(fields)], text: `${text}\n` }, options);
}
