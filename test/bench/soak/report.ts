import { median, type Row } from '../table.ts';
import type { Tally } from './control-plane.ts';

/** All that a scenario has measured. */
export interface Figures {
  readonly tally: Tally;
  /** Of plain honest calls over the connection of all calls, under attack. */
  readonly plainMs: readonly number[];
  /** Of plain honest calls over a connection of their own. */
  readonly latenciesMs: readonly number[];
  readonly probeFailures: number;
  /** Fetches of honest sources with nothing else going on, and under attack. */
  readonly normalMs: readonly number[];
  readonly fetchMs: readonly number[];
  readonly memoryMiB: number;
  readonly died: boolean;
  /** How many of the honest sources that were there from the beginning are in the cluster at the end. */
  readonly carried: readonly [count: number, of: number];
  readonly openRequests: number;
  /** By how much the process that measures was late itself. */
  readonly ownLoopMs: number;
}

const MAX_P99_MS = 100;
const MAX_MS = 500;
const MAX_MEMORY_MIB = 300;
const MAX_EXTRA_MS = 2_000;

/** The figures as rows of a table, with the goals. Tells the first few failures on standard error. */
export function rowsOf(figures: Figures): Row[] {
  const {
    tally,
    plainMs,
    latenciesMs,
    probeFailures,
    normalMs,
    fetchMs,
    memoryMiB,
    died,
    carried,
    openRequests,
    ownLoopMs,
  } = figures;
  const [count, of] = carried;
  const normal = median(normalMs);
  // None at all is no good sign.
  const worst = fetchMs.length === 0 ? Number.POSITIVE_INFINITY : Math.max(...fetchMs);
  const failures = tally.honestFailures.length + probeFailures;
  for (const one of [...tally.honestFailures.slice(0, 5), ...tally.lost.slice(0, 5)])
    process.stderr.write(`  ${one}\n`);
  return [
    { name: 'plain honest call, median', unit: 'ms', ours: percentile(latenciesMs, 0.5) },
    goal('plain honest call, p99', 'ms', percentile(latenciesMs, 0.99), MAX_P99_MS),
    goal('plain honest call, worst', 'ms', percentile(latenciesMs, 1), MAX_MS),
    { name: 'the same over the connection of all calls, p99', unit: 'ms', ours: percentile(plainMs, 0.99) },
    { name: 'the process that measures is late, p99', unit: 'ms', ours: ownLoopMs },
    goal('peak memory', 'MiB', memoryMiB, MAX_MEMORY_MIB),
    { name: 'honest source fetched, alone', unit: 'ms', ours: normal },
    { name: `honest source fetched under attack, median of ${fetchMs.length}`, unit: 'ms', ours: median(fetchMs) },
    goal('honest source fetched under attack, worst', 'ms', worst, normal + MAX_EXTRA_MS),
    { name: 'honest sources in the cluster', unit: `of ${of}`, ours: count, goal: `>= ${of}`, met: count === of },
    goal('resources of honest composites lost', '', tally.lost.length, 0),
    goal('honest calls failed', `of ${tally.honestCalls + latenciesMs.length}`, failures, 0),
    { name: 'hostile calls', unit: `(${tally.hostileFailures} failed)`, ours: tally.hostileCalls },
    { name: 'requests open at hostile registries, most at once', unit: '', ours: openRequests },
    goal('the service died', 'times', died ? 1 : 0, 0),
  ];
}

function goal(name: string, unit: string, ours: number, most: number): Row {
  return { name, unit, ours, goal: `<= ${Math.round(most)}`, met: ours <= most };
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
