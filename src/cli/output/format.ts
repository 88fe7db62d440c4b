import { type Command, Option } from 'commander';
import { printable, printableLines } from '../../internal/quote.ts';
import { printYaml, type YamlValue } from '../../yaml/index.ts';

/** The output formats of commands, in addition to the default text. */
const FORMATS = ['json', 'yaml', 'table'] as const;
export type Format = (typeof FORMATS)[number];

/** Options of {@link withFormat}. */
export interface FormatOptions {
  readonly format?: Format;
}

/** Data that a command prints. */
export interface Printed {
  /** For `json` and `yaml`: plain JSON data. Fields that are undefined are omitted. */
  readonly value: unknown;
  /** For `table`: the header, and a row for each item. */
  readonly table: readonly [header: readonly string[], ...rows: (readonly string[])[]];
  /** The text without a format. */
  readonly text: string;
}

/** The maximum length of a cell: a file name has at most 255 characters, a reference with its digest some more. */
const MAX_CELL = 512;

/** Adds the option for the output format. Its short form is `-o`, unless the command already has `-o` for a file. */
export function withFormat(command: Command): Command {
  const taken = command.options.find(({ short }) => short === '-o');
  const flags = taken ? '--format <format>' : '-o, --format <format>';
  if (taken) command.hook('preAction', () => refuseFormatAsPath(command, taken));
  return command.addOption(new Option(flags, 'print the result as json, yaml or table').choices(FORMATS));
}

/** Refuses the name of a format as the value of `-o` for a file: in most commands, `-o json` sets the format. */
function refuseFormatAsPath(command: Command, option: Option): void {
  const path = String(command.getOptionValue(option.attributeName()));
  if (!FORMATS.some((format) => format === path)) return;
  const way = `It is the file to write: use --format ${path}, or ./${path} for a file of that name`;
  command.error(`error: option '${option.flags}' argument '${path}' is invalid. ${way}.`);
}

/** Prints data on standard output in the requested format. */
export function printData(data: Printed, { format }: FormatOptions): void {
  process.stdout.write(formatData(data, format));
}

/** Formats data. Escapes terminal control characters. */
export function formatData({ value, table, text }: Printed, format: Format | undefined): string {
  if (format === undefined) return printableLines(text);
  if (format === 'table') return formatTable(table);
  const json = printableLines(`${JSON.stringify(value, undefined, 2)}\n`);
  if (format === 'json') return json;
  const plain: YamlValue = JSON.parse(json);
  const yaml = printYaml(plain);
  // Unquoted YAML has no escapes, so they would change the value. JSON is valid YAML.
  return printableLines(yaml) === yaml ? yaml : json;
}

/** Formats a table with aligned columns, as kubectl does. */
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

/** Formats rows for `cut`: one line each, with tabs between cells and without a header. */
export function formatRows(rows: readonly (readonly string[])[]): string {
  return rows.map((cells) => `${cells.map((cell) => printable(cell, MAX_CELL)).join('\t')}\n`).join('');
}
