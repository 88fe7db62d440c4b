import { type FormatOptions, printData } from './format.ts';

/** Prints one object of texts, such as the digest of what was pushed; `text` is what is printed without a format. */
export function printFields(fields: Readonly<Record<string, string>>, text: string, options: FormatOptions): void {
  const header = Object.keys(fields).map((name) => name.toUpperCase());
  printData({ value: fields, table: [header, Object.values(fields)], text: `${text}\n` }, options);
}
