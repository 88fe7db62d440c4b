/**
 * Runs scenarios on versions of Crossplane and prints a table: `npm run test:matrix -- [--crossplane VERSION]… [--update-readme]
 * [scenario…]`, by default all that each version runs, on all versions of the table. The other cells are those of README. With
 * --update-readme the table is written there, failures included, which a test refuses.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import type { CrossplaneVersion } from '../crossplane-version.ts';
import { scenarios } from '../scenarios/index.ts';
import { matrixVersions, scenariosOf } from '../scenarios/versions.ts';
import { cellKey, formatTable, parseTable, tableIn, withTable } from './table.ts';

const root = join(import.meta.dirname, '../../..');
const readme = join(root, 'README.md');
const reportFile = join(root, 'out/e2e-report.json');

const report = z.object({
  outcomes: z.array(z.object({ name: z.string(), seconds: z.number(), failure: z.string().optional() })),
});

/** Runs scenarios on a version and returns the cells of its column. */
async function runOn(version: CrossplaneVersion, names: readonly string[]): Promise<Map<string, string>> {
  rmSync(reportFile, { force: true });
  const args = ['--import', 'tsx', join(import.meta.dirname, '../run.ts'), '--crossplane', version, ...names];
  await once(spawn(process.execPath, args, { stdio: ['ignore', 2, 2] }), 'exit');
  // A control plane that did not start has no report.
  const { outcomes } = existsSync(reportFile)
    ? report.parse(JSON.parse(readFileSync(reportFile, 'utf8')))
    : { outcomes: [] };
  const cells = new Map(names.map((name) => [cellKey(name, version), 'FAILED']));
  for (const { name, seconds, failure } of outcomes) {
    if (failure === undefined) cells.set(cellKey(name, version), `${Math.ceil(seconds)} s`);
  }
  return cells;
}

async function main(args: readonly string[]): Promise<void> {
  const crossplane = { type: 'string', multiple: true } as const;
  const options = { crossplane, 'update-readme': { type: 'boolean' } } as const;
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
  const asked = values.crossplane ?? matrixVersions;
  const versions = matrixVersions.filter((version) => asked.includes(version));
  const wanted = positionals.length === 0 ? scenarios.map(({ name }) => name) : positionals;
  const unknown = [
    ...asked.filter((version) => !versions.some((known) => known === version)),
    ...wanted.filter((name) => !scenarios.some((scenario) => scenario.name === name)),
  ];
  if (unknown.length > 0) throw new Error(`no version or scenario is called ${unknown.join(', ')}`);

  const found = new Map<string, string>();
  for (const version of versions) {
    const names = scenariosOf(version)
      .map(({ name }) => name)
      .filter((name) => wanted.includes(name));
    if (names.length === 0) continue;
    for (const [key, cell] of await runOn(version, names)) found.set(key, cell);
  }
  const page = readFileSync(readme, 'utf8');
  const cells = new Map([...parseTable(tableIn(page) ?? ''), ...found]);
  process.stdout.write(`\n${formatTable(cells)}`);
  if (values['update-readme']) writeFileSync(readme, withTable(page, formatTable(cells)));
  if ([...found.values()].includes('FAILED')) process.exitCode = 1;
}

await main(process.argv.slice(2));
