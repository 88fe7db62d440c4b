import { benchCache } from './cache.ts';
import { benchCalls } from './calls.ts';
import { benchStart } from './start.ts';
import { formatRows, type Row } from './table.ts';
import { benchXpkg } from './xpkg.ts';

const BENCHES: Readonly<Record<string, () => Promise<Row[]>>> = {
  calls: benchCalls,
  start: benchStart,
  xpkg: benchXpkg,
  cache: benchCache,
};

const asked = process.argv.slice(2);
for (const [name, bench] of Object.entries(BENCHES)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  process.stderr.write(`measuring ${name} …\n`);
  process.stdout.write(`\n${formatRows(await bench())}\n`);
}
