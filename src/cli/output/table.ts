import { printable } from '../../internal/quote.ts';

/** The longest cell: a file name has at most 255 characters, a reference with its digest some more. */
const MAX_CELL = 512;

/** Formats rows for a terminal and for `cut`: one line each, cells separated by tabs. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  return rows.map((cells) => `${cells.map((cell) => printable(cell, MAX_CELL)).join('\t')}\n`).join('');
}
