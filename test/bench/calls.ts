import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NODE_FLAGS } from '../../package/runtime/node-flags.ts';
import type { RunFunctionRequest } from '../../src/protocol/messages.ts';
import { encodeRequest } from '../../src/protocol/request.ts';
import { cpuMicros, load, type Measured, residentMiB, start } from './process.ts';
import { crowdedRequest, seedRequest, seedRequestOf } from './requests.ts';
import { type Arguments, bareServer, ourServer } from './servers/programs.ts';
import { sdkServer } from './servers/sdk/server.ts';
import { median, type Row } from './table.ts';

/** Two processes of one program differ by up to a tenth, whatever it does. */
const PROCESSES = 3;
const ROUNDS = 8;
const CALLS = 2_000;
/** Until V8 has come to its full collections, which it begins late. */
const WARM_UP_CALLS = 20_000;
const SDK_WARM_UP_CALLS = 6_000;
const CONCURRENCY = 8;

/** CPU time per call and memory under load, beside a bare server and the published SDK. */
export async function benchCalls(): Promise<Row[]> {
  const bareFor = await bareServer(mkdtempSync(join(tmpdir(), 'bench-')));
  const sdkScript = sdkServer();
  const ours = await ourServer();
  const rows: Row[] = [];
  for (const { name, requests, limit, memoryLimit = 1.1 } of LOADS) {
    const [first] = requests;
    if (!first) continue;
    const encoded = requests.map((request) => Buffer.from(encodeRequest(request)));
    const size = ((encoded[0]?.length ?? 0) / 1000).toFixed(1);
    const bare = await bareFor(first);
    rows.push(
      ...(await compare(
        `${name} (${size} KB)`,
        encoded,
        { limit, memoryLimit },
        {
          bare,
          ours: (address) => [...NODE_FLAGS, ...ours(address)],
          sdk: (address) => [sdkScript, address],
        },
      )),
    );
  }
  return rows;
}

const SOME = 200;
const MANY = 10_000;

const LOADS: readonly {
  readonly name: string;
  readonly requests: readonly RunFunctionRequest[];
  /** Largest ratio to the bare server's CPU time. */
  readonly limit: number;
  /** Largest ratio to the bare server's memory. Default 1.1. */
  readonly memoryLimit?: number;
}[] = [
  { name: 'seed request, unchanged', requests: [seedRequest], limit: 1.15 },
  // What a call without a remembered response costs: the first of each state of a composite.
  { name: 'seed request, changed each time', requests: changing(seedRequest), limit: 2.4 },
  {
    name: `seed request of ${SOME} composites in turn`,
    requests: Array.from({ length: SOME }, (_, index) => seedRequestOf(index)),
    limit: 1.3,
    memoryLimit: 1.2,
  },
  {
    name: `seed request of ${MANY} composites in turn`,
    requests: Array.from({ length: MANY }, (_, index) => seedRequestOf(index)),
    limit: 1.8,
    // The function keeps the responses of all of them.
    memoryLimit: 1.8,
  },
  { name: 'with 50 resources of an earlier step, unchanged', requests: [crowdedRequest], limit: 1.15 },
];

/** The request without a tag, which the function then answers anew each time. */
function changing(request: RunFunctionRequest): RunFunctionRequest[] {
  return [{ ...request, meta: { ...request.meta, tag: 'changing' } }];
}

async function compare(
  name: string,
  requests: readonly Buffer[],
  { limit, memoryLimit }: { readonly limit: number; readonly memoryLimit: number },
  programs: { readonly bare: Arguments; readonly ours: Arguments; readonly sdk: Arguments },
): Promise<Row[]> {
  const pairs: Pair[] = [];
  for (let index = 0; index < PROCESSES; index++) pairs.push(await measurePair(programs, requests));
  const rounds = pairs.flatMap((pair) => pair.rounds);
  const ratio = median(rounds.map(({ bare, ours }) => ours / bare));
  const bareCost = median(rounds.map(({ bare }) => bare));
  const memory = median(pairs.map((pair) => pair.memory.ours));
  const bareMemory = median(pairs.map((pair) => pair.memory.bare));
  return [
    {
      name: `CPU a call, ${name}`,
      unit: 'µs',
      ours: ratio * bareCost,
      against: 'bare grpc-js',
      theirs: bareCost,
      goal: `ratio <= ${limit}`,
      met: ratio <= limit,
    },
    {
      name: `CPU a call, ${name}`,
      unit: 'µs',
      ours: ratio * bareCost,
      against: 'published SDK',
      theirs: await measureSdk(programs.sdk, requests),
    },
    {
      name: `memory under load, ${name}`,
      unit: 'MiB',
      ours: memory,
      against: 'bare grpc-js',
      theirs: bareMemory,
      goal: `ratio <= ${memoryLimit}`,
      met: memory / bareMemory <= memoryLimit,
    },
  ];
}

/** What a bare server and ours cost, in µs of CPU a call and MiB of resident memory. */
interface Pair {
  readonly rounds: readonly { readonly bare: number; readonly ours: number }[];
  readonly memory: { readonly bare: number; readonly ours: number };
}

/** Measures a new process of each in turn. */
async function measurePair(
  programs: { readonly bare: Arguments; readonly ours: Arguments },
  requests: readonly Buffer[],
): Promise<Pair> {
  const [first = Buffer.alloc(0)] = requests;
  const bare = await start(programs.bare, first);
  const ours = await start(programs.ours, first);
  try {
    for (const server of [bare, ours]) await load(server, requests, WARM_UP_CALLS, CONCURRENCY);
    const rounds: Pair['rounds'][number][] = [];
    for (let round = 0; round < ROUNDS; round++) {
      rounds.push({ bare: await cost(bare, requests), ours: await cost(ours, requests) });
    }
    return { rounds, memory: { bare: residentMiB(bare.process.pid), ours: residentMiB(ours.process.pid) } };
  } finally {
    for (const server of [bare, ours]) await server.stop();
  }
}

async function measureSdk(program: Arguments, requests: readonly Buffer[]): Promise<number> {
  const [first = Buffer.alloc(0)] = requests;
  const sdk = await start(program, first);
  try {
    await load(sdk, requests, SDK_WARM_UP_CALLS, CONCURRENCY);
    const costs: number[] = [];
    for (let round = 0; round < ROUNDS; round++) costs.push(await cost(sdk, requests));
    return median(costs);
  } finally {
    await sdk.stop();
  }
}

async function cost(server: Measured, requests: readonly Buffer[]): Promise<number> {
  const before = cpuMicros(server.process.pid);
  await load(server, requests, CALLS, CONCURRENCY);
  return (cpuMicros(server.process.pid) - before) / CALLS;
}
