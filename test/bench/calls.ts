import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { NODE_FLAGS } from '../../package/runtime/node-flags.ts';
import { createFunction } from '../../src/function/run.ts';
import type { RunFunctionRequest } from '../../src/protocol/messages.ts';
import { encodeRequest } from '../../src/protocol/request.ts';
import { cpuMicros, freePort, load, type Measured, residentMiB, start } from './process.ts';
import { crowdedRequest, seedRequest } from './requests.ts';
import { sdkServer } from './servers/sdk/server.ts';
import { median, type Row } from './table.ts';

const root = `${import.meta.dirname}/../..`;
const ROUNDS = 9;
const CALLS = 4_000;
/** Until V8 has come to its full collections, which it begins late. */
const WARM_UP_CALLS = 30_000;
const SDK_WARM_UP_CALLS = 6_000;
const CONCURRENCY = 8;

/** CPU time per call, memory under load and time to the first answer, beside a bare server and the published SDK. */
export async function benchCalls(): Promise<Row[]> {
  const work = mkdtempSync(join(tmpdir(), 'bench-'));
  const bareScript = join(work, 'bare.mjs');
  await build({
    entryPoints: [`${import.meta.dirname}/servers/bare.ts`],
    outfile: bareScript,
    bundle: true,
    platform: 'node',
    format: 'esm',
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
  });
  const sdkScript = sdkServer();
  const httpPort = await freePort();
  const ours = (address: string) => [
    `${root}/dist/main.js`,
    'serve',
    '--insecure',
    '--address',
    address,
    '--http-address',
    `127.0.0.1:${httpPort}`,
  ];
  const rows: Row[] = [];
  for (const [name, request, limit] of [
    ['seed request', seedRequest, 1.7],
    ['with 50 resources of an earlier step', crowdedRequest, 1.5],
  ] as const) {
    const bytes = Buffer.from(encodeRequest(request));
    const bare = await bareArguments(bareScript, work, request);
    rows.push(
      ...(await compare(`${name} (${(bytes.length / 1000).toFixed(1)} KB)`, bytes, limit, {
        bare,
        ours: (address) => [...NODE_FLAGS, ...ours(address)],
        sdk: (address) => [sdkScript, address],
      })),
    );
  }
  rows.push(
    await startUp(await bareArguments(bareScript, work, seedRequest), ours, Buffer.from(encodeRequest(seedRequest))),
  );
  return rows;
}

type Arguments = (address: string) => readonly string[];

async function bareArguments(script: string, work: string, request: RunFunctionRequest): Promise<Arguments> {
  const { response } = await createFunction()(Buffer.from(encodeRequest(request)));
  const file = join(work, `${response.length}.bin`);
  writeFileSync(file, response);
  return (address) => [script, address, file];
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

async function startUp(bare: Arguments, ours: Arguments, request: Buffer): Promise<Row> {
  const times: { bare: number; ours: number }[] = [];
  const time = async (program: Arguments) => {
    const server = await start(program, request);
    await server.stop();
    return server.firstAnswerMs;
  };
  for (let round = 0; round < ROUNDS; round++) times.push({ bare: await time(bare), ours: await time(ours) });
  const ms = median(times.map((round) => round.ours));
  return {
    name: 'start to first answered call',
    unit: 'ms',
    ours: ms,
    against: 'bare grpc-js',
    theirs: median(times.map((round) => round.bare)),
    goal: '<= 150 ms',
    met: ms <= 150,
  };
}
