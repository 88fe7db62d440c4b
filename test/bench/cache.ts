import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NODE_FLAGS } from '../../package/runtime/node-flags.ts';
import { type ChunkSet, splitContent } from '../../src/cache/sets/chunks.ts';
import { toConfigMap } from '../../src/cache/sets/config-map.ts';
import type { RunFunctionRequest } from '../../src/protocol/messages.ts';
import { encodeRequest } from '../../src/protocol/request.ts';
import { startKubeApiServer } from '../conformance/kube-apiserver.ts';
import { cpuMicros, load, start } from './process.ts';
import { seedRequest } from './requests.ts';
import { bareServer, ourServer } from './servers/programs.ts';
import { median, type Row } from './table.ts';

const root = `${import.meta.dirname}/../..`;
const main = `${root}/dist/main.js`;
const MEGABYTE = 1_000_000;

/** The package cache: a call that carries a package, the loader, and chunk sizes on a real API server. */
export async function benchCache(): Promise<Row[]> {
  const work = mkdtempSync(join(tmpdir(), 'bench-cache-'));
  try {
    return [await carryingCall(work), ...(await loader(work)), ...(await chunkSizes(work))];
  } finally {
    rmSync(work, { recursive: true });
  }
}

/** Bytes that do not compress, the same in each run. */
function noise(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let at = 0; at < size; at += 32) createHash('sha256').update(String(at)).digest().copy(bytes, at);
  return bytes;
}

/** The set of a package of `size` bytes. */
export function setOf(size: number, chunkSize: number): ChunkSet {
  const artifact = { source: 'registry.example.com/acme/cfg', digest: `sha256:${'ab'.repeat(32)}` };
  return splitContent({ file: 'cfg.gz', bytes: noise(size), artifact }, { base: 'bench', chunkSize });
}

const CALLS = 60;
const ROUNDS = 5;

/** A request whose observed state carries a package, which the answer carries on. */
function carryingRequest(): RunFunctionRequest {
  const set = setOf(2.5 * MEGABYTE, 786_432);
  const maps = set.chunks.map((chunk) => {
    const object = toConfigMap(set, chunk, { namespace: 'crossplane-system' });
    return [`package-cache-cfg-${set.name.slice(-16)}-${chunk.index}`, { resource: object }] as const;
  });
  const { observed, input } = seedRequest;
  const source = { name: 'cfg', url: 'oci://registry.example.com/acme/cfg', suspend: true };
  return {
    ...seedRequest,
    observed: { ...observed, resources: { ...observed?.resources, ...Object.fromEntries(maps) } },
    input: {
      ...input,
      packageCache: { maxContentBytes: 2_900_000 },
      enforced: { packageCache: { sources: [source] } },
    },
  };
}

async function carryingCall(work: string): Promise<Row> {
  const request = carryingRequest();
  const bytes = Buffer.from(encodeRequest(request));
  const serve = await ourServer(main);
  const ours = await start((address) => [...NODE_FLAGS, ...serve(address)], bytes);
  const bare = await start(await (await bareServer(work))(request), bytes);
  const times: { ours: number[]; bare: number[] } = { ours: [], bare: [] };
  const response = await ours.call(bytes);
  try {
    for (let round = 0; round <= ROUNDS; round += 1) {
      for (const [name, server] of [
        ['ours', ours],
        ['bare', bare],
      ] as const) {
        const before = cpuMicros(server.process.pid);
        await load(server, [bytes], CALLS, 2);
        // The first round warms up.
        if (round > 0) times[name].push((cpuMicros(server.process.pid) - before) / CALLS / 1_000);
      }
    }
  } finally {
    await ours.stop();
    await bare.stop();
  }
  const [mine, theirs] = [median(times.ours), median(times.bare)];
  return {
    name: `call with a 2.5 MB package (${(bytes.length / MEGABYTE).toFixed(1)} MB in, ${(response.length / MEGABYTE).toFixed(1)} MB out)`,
    unit: 'ms CPU',
    ours: mine,
    theirs,
    against: 'bare grpc-js',
    // Content is hashed at each call. Half of the rest is V8's: it marks the heap after every few calls with so much outside it, and the
    // bare server has next to no heap.
    goal: 'ratio <= 3',
    met: mine / theirs <= 3,
  };
}

async function loader(work: string): Promise<Row[]> {
  const from = join(work, 'chunks');
  mkdirSync(from);
  const set = setOf(200 * MEGABYTE, 786_432);
  for (const { file, bytes, manifest } of set.chunks) {
    writeFileSync(join(from, file), bytes);
    if (manifest) writeFileSync(join(from, manifest.file), manifest.text);
  }
  const cat: number[] = [];
  const ours: number[] = [];
  let peak = 0;
  for (let round = 0; round < 4; round += 1) {
    const begin = performance.now();
    execFileSync('bash', ['-c', `cat ${set.name}.[0-9]* | sha256sum`], { cwd: from });
    cat.push(performance.now() - begin);
    const into = mkdtempSync(join(work, 'into-'));
    const started = performance.now();
    const child = spawn(process.execPath, [
      main,
      'cache',
      'load',
      '--from',
      from,
      '--into',
      into,
      '--max-bytes',
      '1Gi',
    ]);
    peak = Math.max(peak, await peakMiB(child));
    ours.push(performance.now() - started);
    rmSync(into, { recursive: true });
  }
  const [mine, theirs] = [200_000 / median(ours), 200_000 / median(cat)];
  return [
    {
      name: 'loader, 200 MB in chunk files, whole process',
      unit: 'MB/s',
      ours: mine,
      theirs,
      against: 'cat | sha256sum',
      goal: 'ratio >= 0.7',
      met: mine / theirs >= 0.7,
    },
    { name: 'its peak memory', unit: 'MiB', ours: peak, goal: '< 120 MB', met: peak * 1.048_576 < 120 },
  ];
}

/** The most memory that a process had until it ended. */
function peakMiB(child: ChildProcess): Promise<number> {
  let peak = 0;
  const look = setInterval(() => {
    const line = /VmHWM:\s+(\d+) kB/.exec(statusOf(child.pid));
    peak = Math.max(peak, Number(line?.[1] ?? 0) / 1_024);
  }, 10);
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => {
      clearInterval(look);
      if (code === 0) resolve(peak);
      else reject(new Error(`the loader ended with ${code}`));
    });
  });
}

function statusOf(pid: number | undefined): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    // It has ended between two looks.
    return '';
  }
}

/** Times on a real API server: from nothing to the last ConfigMap applied, and from there to the entry on disk. */
async function chunkSizes(work: string): Promise<Row[]> {
  const cluster = await startKubeApiServer();
  const into = mkdtempSync(join(work, 'watch-'));
  const args = ['cache', 'load', '--namespace', 'default', '--into', into, '--watch', '--http-address', '127.0.0.1:0'];
  const child = spawn(process.execPath, [main, ...args], {
    env: { ...process.env, KUBECONFIG: cluster.kubeconfig.admin },
  });
  try {
    const rows: Row[] = [];
    await prints(child, '"placed":[]');
    for (const kibibytes of [64, 128, 256, 512, 768, 960]) {
      const set = setOf(2.5 * MEGABYTE, kibibytes * 1_024);
      const objects = set.chunks.map((chunk) => JSON.stringify(toConfigMap(set, chunk, { namespace: 'default' })));
      const file = join(work, 'objects.yaml');
      writeFileSync(file, objects.join('\n---\n'));
      const begin = performance.now();
      const placed = prints(child, '"placed":["cfg.gz"]').then(() => performance.now());
      await cluster.kubectl(['apply', '--server-side', '-f', file]);
      const applied = performance.now();
      const onDisk = await placed;
      const name = `2.5 MB in chunks of ${kibibytes} KiB (${set.chunks.length} ConfigMaps)`;
      rows.push({ name: `${name}: apply`, unit: 'ms', ours: applied - begin });
      rows.push({ name: `${name}: on disk after that`, unit: 'ms', ours: Math.max(0, onDisk - applied) });
      const gone = prints(child, '"removed":["cfg.gz"]');
      await cluster.kubectl(['delete', 'configmaps', '-l', 'workload-ecr.fn.crossplane.io/cache-set']);
      await gone;
      if (readdirSync(into).some((entry) => entry === 'cfg.gz')) throw new Error('cfg.gz was not removed');
    }
    return rows;
  } finally {
    child.kill('SIGKILL');
    await cluster.stop();
  }
}

/** Resolves when the process prints a line that holds `text`, from now on. */
function prints(child: ChildProcess, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let seen = '';
    const look = (data: Buffer) => {
      seen += data;
      if (!seen.includes(text)) return;
      child.stdout?.off('data', look);
      resolve();
    };
    child.stdout?.on('data', look);
    child.once('exit', (code) => reject(new Error(`the loader ended with ${code}`)));
  });
}
