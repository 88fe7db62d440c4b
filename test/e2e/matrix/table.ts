import type { CrossplaneVersion } from '../crossplane-version.ts';
import { scenarios } from '../scenarios/index.ts';
import { matrixVersions, reasonAgainst } from '../scenarios/versions.ts';

/** The times of scenarios on versions, such as `12 s` or `FAILED`, by {@link cellKey}. */
export type Cells = ReadonlyMap<string, string>;

const NOT_RUN = 'not run';
const MARKED = /(<!-- versions: .* -->\n)([\s\S]*?)(<!-- \/versions -->)/;

export function cellKey(scenario: string, version: CrossplaneVersion): string {
  return `${scenario} ${version}`;
}

/** The table of scenarios and versions, in Markdown; a scenario that a version does not run has the reason in its cell. */
export function formatTable(cells: Cells): string {
  const rows = scenarios.map(({ name }) => [
    name,
    ...matrixVersions.map((version) => reasonAgainst(version, name) ?? cells.get(cellKey(name, version)) ?? NOT_RUN),
  ]);
  const head = ['Scenario', ...matrixVersions];
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |\n`).join('');
}

/** Reads the seconds in such a table, and ignores everything else. */
export function parseTable(table: string): Cells {
  const rows = table.split('\n').map((line) => line.split('|').map((cell) => cell.trim()));
  const versions = rows[0] ?? [];
  const cells = new Map<string, string>();
  for (const row of rows.slice(2)) {
    for (const version of matrixVersions) {
      const cell = row[versions.indexOf(version)];
      if (cell !== undefined && /^\d+ s$/.test(cell)) cells.set(cellKey(row[1] ?? '', version), cell);
    }
  }
  return cells;
}

/** The table between the marks in a page; undefined where the page has none. */
export function tableIn(page: string): string | undefined {
  return MARKED.exec(page)?.[2];
}

/** The page with another table between its marks. */
export function withTable(page: string, table: string): string {
  return page.replace(MARKED, (_, start: string, __, end: string) => `${start}${table}${end}`);
}
