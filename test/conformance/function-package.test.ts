import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client, credentials } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import metadata from '../../package.json' with { type: 'json' };
import { decodeResponse } from '../../src/protocol/caller/decode-response.ts';
import { encodeRequest } from '../../src/protocol/request.ts';
import { freePort } from '../bench/process.ts';
import { seedRequest } from '../bench/requests.ts';
import { toolPath } from '../tools/index.ts';
import { type RegistryProcess, startRegistryProcess } from './registry-process.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');
const PROGRAM = join(ROOT, 'dist/main.js');
const PLATFORM = `--platform=linux/${process.arch === 'x64' ? 'amd64' : process.arch}`;
const fileFor = (architecture: string) => join(ROOT, `out/${metadata.name}-${metadata.version}-${architecture}.xpkg`);
const FILES = ['amd64', 'arm64'].map(fileFor);

let folder: string;
let registry: RegistryProcess;
let reference: string;
let built: string;

beforeAll(async () => {
  built = (await run('npx', ['tsx', 'package/build.ts'], { cwd: ROOT })).stdout;
  folder = await mkdtemp(join(tmpdir(), 'function-package-'));
  registry = await startRegistryProcess();
  reference = `${registry.host}/function-workload-ecr:v${metadata.version}`;
}, 600_000);
afterAll(async () => {
  await registry.close();
  await rm(folder, { recursive: true });
});

const sbomFor = (path: string) => path.replace(/\.xpkg$/, '.spdx.json');

test('the same input results in the same digests', async () => {
  expect((await run('npx', ['tsx', 'package/build.ts'], { cwd: ROOT })).stdout).toBe(built);
}, 120_000);

test('the pushed package is valid, for both platforms, each with an SBOM', async () => {
  const sboms = FILES.map(sbomFor).join(',');
  const { stdout } = await run(process.execPath, [
    PROGRAM,
    'xpkg',
    'push',
    '-f',
    FILES.join(','),
    '--sbom',
    sboms,
    reference,
  ]);
  const crane = toolPath('crane');
  await run(crane, ['validate', '--remote', reference]);
  const index = JSON.parse((await run(crane, ['manifest', reference])).stdout);
  expect((await run(crane, ['digest', reference])).stdout).toBe(stdout);
  const platforms = index.manifests.map(({ platform }: { platform: unknown }) => platform);
  expect(platforms).toEqual(['amd64', 'arm64'].map((architecture) => ({ architecture, os: 'linux' })));
  const digests = index.manifests.map(({ digest }: { digest: string }) => digest);
  expect(built.split('\n').flatMap((line) => (line.includes('.xpkg') ? [line.split(' ')[0]] : []))).toEqual(digests);
  for (const { digest } of index.manifests) {
    const fallback = `${registry.host}/function-workload-ecr:${digest.replace(':', '-')}`;
    const referrers = JSON.parse((await run(crane, ['manifest', fallback])).stdout);
    expect(referrers.manifests).toMatchObject([{ artifactType: 'application/spdx+json' }]);
  }
});

test('the image for amd64 has at most 48 MB', async () => {
  const [path] = FILES;
  const { stdout } = await run(process.execPath, [PROGRAM, 'xpkg', 'inspect', '-o', 'json', path ?? '']);
  const [image] = JSON.parse(stdout).images;
  expect(image.size).toBeLessThanOrEqual(48_000_000);
  expect(image.platform).toEqual({ os: 'linux', architecture: 'amd64' });
});

test('Crossplane reads the package', async () => {
  await run(toolPath('crossplane'), ['xpkg', 'extract', reference, '-o', join(folder, 'x.gz')]);
});

// Only root may chroot; for other users this test is skipped.
test.skipIf(process.getuid?.() !== 0)('the unpacked image serves a call as its unprivileged user', async () => {
  const crane = toolPath('crane');
  const { config } = JSON.parse((await run(crane, ['config', PLATFORM, reference])).stdout);
  expect(config.User).toBe('65532');
  const root = join(folder, 'root');
  await mkdir(root);
  await run('sh', ['-c', `${crane} export ${PLATFORM} ${reference} - | tar -x -C ${root}`]);
  const [address, httpAddress] = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`];
  const serve = [...config.Entrypoint, 'serve', '--insecure', '--address', address, '--http-address', httpAddress];
  const child = spawn('chroot', [`--userspec=${config.User}:${config.User}`, root, ...serve], {
    stdio: 'inherit',
    env: { ...environmentOf(config.Env), PATH: process.env.PATH },
  });
  const ended = once(child, 'exit');
  const client = new Client(address, credentials.createInsecure());
  try {
    await promisify(client.waitForReady.bind(client))(Date.now() + 20_000);
    const response = decodeResponse(await call(client, Buffer.from(encodeRequest(seedRequest))));
    expect(Object.keys(response.desired?.resources ?? {}).sort()).toEqual(['bundlerepo', 'imagerepo']);
    expect(response.results ?? []).toEqual([]);
  } finally {
    client.close();
    child.kill('SIGKILL');
    await ended;
  }
});

function environmentOf(lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}

function call(client: Client, request: Buffer): Promise<Buffer> {
  const path = '/apiextensions.fn.proto.v1.FunctionRunnerService/RunFunction';
  const same = (bytes: Buffer) => bytes;
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(path, same, same, request, (error, response) => {
      if (response === undefined) reject(error ?? new Error('no response'));
      else resolve(response);
    });
  });
}
