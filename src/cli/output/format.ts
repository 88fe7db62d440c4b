import { type Command, Option } from 'commander';
import { printable, printableLines } from '../../internal/quote.ts';
import { printYaml, type YamlValue } from '../../yaml/index.ts';

/** The forms in which commands print data, beside the text that each prints by default. */
const FORMATS = ['json', 'yaml', 'table'] as const;
export type Format = (typeof FORMATS)[number];

/** Options of {@link withFormat}. */
export interface FormatOptions {
  readonly format?: Format;
}

/** Data that a command prints. */
export interface Printed {
  /** For `json` and `yaml`: plain JSON data, in which fields that are undefined are left out. */
  readonly value: unknown;
  /** For `table`: the names of the columns, then a row for each item. */
  readonly table: readonly [header: readonly string[], ...rows: (readonly string[])[]];
  /** The text without a format. */
  readonly text: string;
}

/** The longest cell: a file name has at most 255 characters, a reference with its digest some more. */
const MAX_CELL = 512;

/** Adds the option for the form of a command's output. `-o` is its short form unless that names a file here: add such an option first. */
export function withFormat(command: Command): Command {
  const taken = command.options.find(({ short }) => short === '-o');
  const flags = taken ? '--format <format>' : '-o, --format <format>';
  if (taken) command.hook('preAction', () => refuseFormatAsPath(command, taken));
  return command.addOption(new Option(flags, 'print the result as json, yaml or table').choices(FORMATS));
}

/** `-o json` means a format in most commands, of others too: where it names a file, a file of that name would be a surprise. */
function refuseFormatAsPath(command: Command, option: Option): void {
  const path = String(command.getOptionValue(option.attributeName()));
  if (!FORMATS.some((format) => format === path)) return;
  const way = `It names a file here: give --format ${path}, or ./${path} for a file of that name`;
  command.error(`error: option '${option.flags}' argument '${path}' is invalid. ${way}.`);
}

/** Prints data on standard output in the requested format. */
export function printData(data: Printed, { format }: FormatOptions): void {
  process.stdout.write(formatData(data, format));
}

/** Formats data, with characters that steer a terminal escaped. */
export function formatData({ value, table, text }: Printed, format: Format | undefined): string {
  if (format === undefined) return printableLines(text);
  if (format === 'table') return formatTable(table);
  const json = printableLines(`${JSON.stringify(value, undefined, 2)}\n`);
  if (format === 'json') return json;
  const plain: YamlValue = JSON.parse(json);
  const yaml = printYaml(plain);
  // In YAML without quotes an escaped character would be another value. JSON is YAML, too.
  return printableLines(yaml) === yaml ? yaml : json;
}

/** Formats columns that are as wide as their longest cell, as kubectl does. */
export function formatTable([header, ...rows]: Printed['table']): string {
  const lines = [header, ...rows].map((cells) => cells.map((cell) => printable(cell, MAX_CELL)));
  const widths = header.map((_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0)));
  return lines
    .map(
      (cells) =>
        `${cells
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('   ')
          .trimEnd()}\n`,
    )
    .join('');
}

/** Formats rows without a header for `cut`: one line each, cells separated by tabs. */
export function formatRows(rows: readonly (readonly string[])[]): string {
  return rows.map((cells) => `${cells.map((cell) => printable(cell, MAX_CELL)).join('\t')}\n`).join('');
}
