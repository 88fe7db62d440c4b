import { spawn } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  buildImage,
  buildLayer,
  encodeJson,
  readImageTarball,
  writeImageTarball,
  writeTar,
} from '../../src/oci/index.ts';
import { startRegistryProcess } from '../conformance/registry-process.ts';
import { crdFolder, toolPath } from '../tools/index.ts';
import { ownPackage } from './own-package.ts';
import { median, type Row } from './table.ts';

const ROOT = join(import.meta.dirname, '../..');
const PROGRAM = join(ROOT, 'dist/main.js');
const ROUNDS = 5;
const CRDS = 200;
const IMAGE_BYTES = 100 * 1024 * 1024;

/** Building packages beside Crossplane's program, pushing beside crane, and the size of the function's own image. */
export async function benchXpkg(): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-xpkg-'));
  try {
    return [...(await benchBuild(folder)), ...(await benchPush(folder)), ...(await imageSize())];
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function benchBuild(folder: string): Promise<Row[]> {
  const provider = join(folder, 'provider');
  await mkdir(provider);
  const crds = (await readdir(crdFolder('provider-aws'))).sort().slice(0, CRDS);
  for (const name of crds) await cp(join(crdFolder('provider-aws'), name), join(provider, name));
  await writeFile(
    join(provider, 'crossplane.yaml'),
    'apiVersion: meta.pkg.crossplane.io/v1\nkind: Provider\nmetadata: {name: x}\n',
  );
  const runtime = join(folder, 'runtime.tar');
  await writeImageTarball(runtime, await imageOf(IMAGE_BYTES / 2));
  const embed = `--embed-runtime-image-tarball=${runtime}`;
  const wholeFunction = join(ROOT, 'test/xpkg/fixtures/function');
  return [
    await compareBuilds(`xpkg build, ${crds.length} CRDs`, provider, folder),
    await compareBuilds('xpkg build, function on a runtime of 50 MiB', wholeFunction, folder, embed),
  ];
}

async function compareBuilds(name: string, root: string, folder: string, ...more: readonly string[]): Promise<Row> {
  const args = ['xpkg', 'build', '-f', root, '-e', join(root, 'examples'), '-o', join(folder, 'x.xpkg'), ...more];
  const [ours, theirs] = await inTurn(
    () => runMeasured(process.execPath, [PROGRAM, ...args]),
    () => runMeasured(toolPath('crossplane'), args),
  );
  const ratio = ours.ms / theirs.ms;
  return {
    name,
    unit: 'ms',
    ours: ours.ms,
    against: 'crossplane',
    theirs: theirs.ms,
    goal: 'ratio <= 1.5',
    met: ratio <= 1.5,
  };
}

async function benchPush(folder: string): Promise<Row[]> {
  const path = join(folder, 'image.tar');
  const registry = await startRegistryProcess();
  try {
    let round = 0;
    // A new image each time: the registry keeps what it has.
    const fresh = async () => {
      await writeImageTarball(path, await imageOf(IMAGE_BYTES));
      round += 1;
      return `${registry.host}/bench/image:v${round}`;
    };
    const [ours, theirs] = await inTurn(
      async () => runMeasured(process.execPath, [PROGRAM, 'xpkg', 'push', '-f', path, await fresh()]),
      async () => runMeasured(toolPath('crane'), ['push', path, await fresh()]),
    );
    const speed = ({ ms }: Outcome) => IMAGE_BYTES / 1e6 / (ms / 1000);
    const [one, other] = [speed(ours), speed(theirs)];
    const memory = {
      name: 'its resident memory',
      unit: 'MB',
      ours: ours.peakMb,
      goal: '< 150 MB',
      met: ours.peakMb < 150,
    };
    return [
      {
        name: 'xpkg push of 100 MiB',
        unit: 'MB/s',
        ours: one,
        against: 'crane',
        theirs: other,
        goal: 'ratio >= 0.8',
        met: one / other >= 0.8,
      },
      memory,
    ];
  } finally {
    await registry.close();
  }
}

async function imageOf(size: number) {
  const layer = await buildLayer(
    writeTar([{ type: 'file', name: 'blob', content: randomFillSync(Buffer.alloc(size)) }]),
  );
  const rootfs = { type: 'layers', diff_ids: [layer.diffId] };
  return buildImage({ config: encodeJson({ os: 'linux', architecture: 'amd64', rootfs }), layers: [layer] });
}

async function imageSize(): Promise<Row[]> {
  const { layers } = await readImageTarball(ownPackage());
  const size = layers.reduce((sum, { descriptor }) => sum + descriptor.size, 0) / 1e6;
  return [{ name: 'function image for amd64, compressed', unit: 'MB', ours: size, goal: '<= 48 MB', met: size <= 48 }];
}

interface Outcome {
  readonly ms: number;
  readonly peakMb: number;
}

/** Runs two programs by turns, so that a busy moment hits both, and gives the middle run of each. */
async function inTurn(one: () => Promise<Outcome>, other: () => Promise<Outcome>): Promise<[Outcome, Outcome]> {
  const outcomes: [Outcome[], Outcome[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    outcomes[0].push(await one());
    outcomes[1].push(await other());
  }
  const middle = (of: readonly Outcome[]) => ({
    ms: median(of.map(({ ms }) => ms)),
    peakMb: Math.max(...of.map(({ peakMb }) => peakMb)),
  });
  return [middle(outcomes[0]), middle(outcomes[1])];
}

const SAMPLE_MS = 10;

/** Runs a program to its end; its peak memory is what /proc said last. */
async function runMeasured(file: string, args: readonly string[]): Promise<Outcome> {
  const begin = performance.now();
  const child = spawn(file, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let peakMb = 0;
  let log = '';
  child.stderr.on('data', (chunk) => {
    log += chunk;
  });
  const sampler = setInterval(() => {
    peakMb = Math.max(peakMb, peakOf(child.pid));
  }, SAMPLE_MS);
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  clearInterval(sampler);
  if (code !== 0) throw new Error(`${file} ended with ${code}:\n${log}`);
  return { ms: performance.now() - begin, peakMb };
}

function peakOf(pid: number | undefined): number {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1000;
  } catch (error) {
    // It has just ended.
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')) return 0;
    throw error;
  }
}
