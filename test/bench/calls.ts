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

const ROUNDS = 9;
const CALLS = 4_000;
/** Until V8 has come to its full collections, which it begins late. */
const WARM_UP_CALLS = 30_000;
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
  { name: 'seed request, changed each time', requests: changing(seedRequest), limit: 2 },
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
  const [first = Buffer.alloc(0)] = requests;
  const bare = await start(programs.bare, first);
  const ours = await start(programs.ours, first);
  const sdk = await start(programs.sdk, first);
  try {
    for (const server of [bare, ours]) await load(server, requests, WARM_UP_CALLS, CONCURRENCY);
    await load(sdk, requests, SDK_WARM_UP_CALLS, CONCURRENCY);
    const costs: { bare: number; ours: number; sdk: number }[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      costs.push({
        bare: await cost(bare, requests),
        ours: await cost(ours, requests),
        sdk: await cost(sdk, requests),
      });
    }
    const ratio = median(costs.map((round) => round.ours / round.bare));
    const bareCost = median(costs.map((round) => round.bare));
    const memory = residentMiB(ours.process.pid);
    const bareMemory = residentMiB(bare.process.pid);
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
        theirs: median(costs.map((round) => round.sdk)),
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
  } finally {
    for (const server of [bare, ours, sdk]) await server.stop();
  }
}

async function cost(server: Measured, requests: readonly Buffer[]): Promise<number> {
  const before = cpuMicros(server.process.pid);
  await load(server, requests, CALLS, CONCURRENCY);
  return (cpuMicros(server.process.pid) - before) / CALLS;
}
