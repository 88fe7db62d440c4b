import { benchApply } from './apply.ts';
import { benchCache } from './cache.ts';
import { benchCalls } from './calls.ts';
import { benchAttack, benchSoak } from './soak.ts';
import { benchStart } from './start.ts';
import { formatRows, type Row } from './table.ts';
import { benchXpkg } from './xpkg.ts';

const BENCHES: Readonly<Record<string, () => Promise<Row[]>>> = {
  calls: benchCalls,
  start: benchStart,
  xpkg: benchXpkg,
  cache: benchCache,
  apply: benchApply,
};

/** Run only when asked for by name: they take minutes. A goal that is missed is a failure. */
const LONG: Readonly<Record<string, () => Promise<Row[]>>> = { soak: benchSoak, attack: benchAttack };

const asked = process.argv.slice(2);
for (const [name, bench] of Object.entries({ ...BENCHES, ...LONG })) {
  const isLong = Object.hasOwn(LONG, name);
  if ((isLong || asked.length > 0) && !asked.includes(name)) continue;
  process.stderr.write(`measuring ${name} with Node ${process.versions.node} …\n`);
  const rows = await bench();
  process.stdout.write(`\n${formatRows(rows)}\n`);
  if (isLong && rows.some(({ met }) => met === false)) process.exitCode = 1;
}
