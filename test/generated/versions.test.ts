import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { formatTable, parseTable, tableIn, withTable } from '../e2e/matrix/table.ts';
import { scenarios } from '../e2e/scenarios/index.ts';
import { matrixVersions } from '../e2e/scenarios/versions.ts';
import { expectGolden } from '../golden.ts';

const README = `${import.meta.dirname}/../../README.md`;

test('README has a row for each scenario and a column for each version, as npm run test:matrix writes them', () => {
  const page = readFileSync(README, 'utf8');
  const table = tableIn(page);
  expect(table).toBeDefined();
  expectGolden(README, withTable(page, formatTable(parseTable(table ?? ''))));
});

test('a table is read as it was written, with reasons and gaps made anew', () => {
  const [scenario] = scenarios;
  const [version] = matrixVersions;
  const cells = new Map([[`${scenario?.name} ${version}`, '7 s']]);
  expect(parseTable(formatTable(cells))).toEqual(cells);
  expect(formatTable(parseTable(formatTable(new Map())))).toBe(formatTable(new Map()));
  expect(parseTable(formatTable(new Map([[`${scenario?.name} ${version}`, 'FAILED']])))).toEqual(new Map());
});
