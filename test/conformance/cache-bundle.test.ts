import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readBundle, writeBundle } from '../../src/cache/bundle/bundle-file.ts';
import { collectBundle } from '../../src/cache/bundle/collect.ts';
import { pushBundle } from '../../src/cache/bundle/push.ts';
import { buildIndex, createRegistryClient, parseReference, pushArtifact } from '../../src/oci/index.ts';
import { smallImage } from '../oci/fixtures.ts';
import { toolPath } from '../tools/index.ts';
import { type RegistryProcess, startRegistryProcess } from './registry-process.ts';

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'bundle-conformance-'));
const client = createRegistryClient();
let registry: RegistryProcess;
beforeAll(async () => {
  registry = await startRegistryProcess();
});
afterAll(async () => {
  await client.close();
  await registry.close();
  rmSync(folder, { recursive: true });
});

const PLATFORMS = ['amd64', 'arm64'].map((architecture) => ({ os: 'linux', architecture }));
const META = JSON.stringify({ apiVersion: 'meta.pkg.crossplane.io/v1', kind: 'Function', metadata: { name: 'fn' } });

async function crane(...args: string[]): Promise<string> {
  const { stdout } = await run(toolPath('crane'), args, { env: { ...process.env, DOCKER_CONFIG: folder } });
  return stdout.trim();
}

test('crane reads the output of cache bundle, and the pushed bundle is valid and has the same digest', async () => {
  const children = await Promise.all(
    PLATFORMS.map(async (platform) => ({ artifact: await smallImage(META, { platform }), platform })),
  );
  const index = buildIndex(children);
  const source = `${registry.host}/acme/fn`;
  await pushArtifact(client, parseReference(`${source}:v1.0.0`), index);
  const { digest } = index.document.descriptor;
  const path = join(folder, 'platform.tar');
  const lock = [{ source, tag: 'v1.0.0', digest }];
  await writeBundle(path, await collectBundle(client, { lock, named: [], loaderImage: `${source}:v1.0.0` }));

  const unpacked = join(folder, 'unpacked');
  mkdirSync(unpacked);
  await run('tar', ['-xf', path, '-C', unpacked]);
  await crane('push', '--index', unpacked, `${registry.host}/crane/all:v1`);
  expect(await crane('validate', '--remote', `${registry.host}/crane/all:v1`)).toContain('PASS');
  expect(JSON.parse(await crane('manifest', `${registry.host}/crane/all:v1`)).manifests[0]).toMatchObject({
    digest,
    annotations: { 'io.containerd.image.name': `${source}:v1.0.0` },
  });

  await pushBundle(client, await readBundle(path), { registry: registry.host, prefix: 'mirror' });
  const mirrored = `${registry.host}/mirror/acme/fn:v1.0.0`;
  expect(await crane('digest', mirrored)).toBe(digest);
  expect(await crane('validate', '--remote', mirrored)).toContain('PASS');
});

test('crane pushes one of our package files by its name', async () => {
  const path = join(folder, 'a.xpkg');
  writeFileSync(join(folder, 'crossplane.yaml'), JSON.stringify({ ...JSON.parse(META), kind: 'Configuration' }));
  const reference = `${registry.host}/acme/cfg:v1.0.0`;
  const args = ['xpkg', 'build', '-f', folder, '--ignore', 'unpacked/**', '-o', path, '--tag', reference];
  const { stdout } = await run(process.execPath, [join(import.meta.dirname, '../../dist/main.js'), ...args], {
    cwd: folder,
  });
  const listing = await run('tar', ['-xOf', path, 'manifest.json']);
  expect(JSON.parse(listing.stdout)[0].RepoTags).toEqual([reference]);
  expect(await crane('validate', '--tarball', path)).toContain('PASS');
  expect(stdout).toMatch(/^sha256:/);
});
