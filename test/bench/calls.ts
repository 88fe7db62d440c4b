import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NODE_FLAGS } from '../../package/runtime/node-flags.ts';
import { encodeRequest } from '../../src/protocol/request.ts';
import { cpuMicros, load, type Measured, residentMiB, start } from './process.ts';
import { crowdedRequest, seedRequest } from './requests.ts';
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
  for (const [name, request, limit] of [
    ['seed request', seedRequest, 1.7],
    ['with 50 resources of an earlier step', crowdedRequest, 1.5],
  ] as const) {
    const bytes = Buffer.from(encodeRequest(request));
    const bare = await bareFor(request);
    rows.push(
      ...(await compare(`${name} (${(bytes.length / 1000).toFixed(1)} KB)`, bytes, limit, {
        bare,
        ours: (address) => [...NODE_FLAGS, ...ours(address)],
        sdk: (address) => [sdkScript, address],
      })),
    );
  }
  return rows;
}

async function compare(
  name: string,
  request: Buffer,
  limit: number,
  programs: { readonly bare: Arguments; readonly ours: Arguments; readonly sdk: Arguments },
): Promise<Row[]> {
  const bare = await start(programs.bare, request);
  const ours = await start(programs.ours, request);
  const sdk = await start(programs.sdk, request);
  try {
    for (const server of [bare, ours]) await load(server, request, WARM_UP_CALLS, CONCURRENCY);
    await load(sdk, request, SDK_WARM_UP_CALLS, CONCURRENCY);
    const costs: { bare: number; ours: number; sdk: number }[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      costs.push({ bare: await cost(bare, request), ours: await cost(ours, request), sdk: await cost(sdk, request) });
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
        goal: 'ratio <= 1.1',
        met: memory / bareMemory <= 1.1,
      },
    ];
  } finally {
    for (const server of [bare, ours, sdk]) await server.stop();
  }
}

async function cost(server: Measured, request: Buffer): Promise<number> {
  const before = cpuMicros(server.process.pid);
  await load(server, request, CALLS, CONCURRENCY);
  return (cpuMicros(server.process.pid) - before) / CALLS;
}
