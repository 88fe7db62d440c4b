import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packageOf, packedObjects } from '../cache/upgrade/packed.ts';
import { crdFolder } from '../tools/index.ts';
import { type KubeApiServer, startKubeApiServer } from './kube-apiserver.ts';

const work = mkdtempSync(join(tmpdir(), 'package-set-'));
const PROGRAM = join(import.meta.dirname, '../../dist/main.js');
const CRDS = crdFolder('crossplane-v2.4.0');
let cluster: KubeApiServer;

beforeAll(async () => {
  cluster = await startKubeApiServer();
  await cluster.kubectl(['create', 'namespace', 'crossplane-system']);
  const files = readdirSync(CRDS).filter((file) => file.startsWith('pkg.crossplane.io_'));
  const args = files.flatMap((file) => ['-f', join(CRDS, file)]);
  await cluster.kubectl(['apply', '--server-side', ...args]);
  await cluster.kubectl(['wait', '--for=condition=Established', 'crd', '--all']);
}, 120_000);
afterAll(async () => {
  await cluster?.stop();
  rmSync(work, { recursive: true });
});

function write(version: string): string {
  const path = join(work, `${version}.yaml`);
  const packages = [packageOf('a', version, { size: 2_000_000 }), packageOf('b', 'v1.0.0')];
  const objects = packedObjects(packages, { name: 'platform', version }, 786_432);
  writeFileSync(path, objects.map(({ value }) => `---\n${JSON.stringify(value)}\n`).join(''));
  return path;
}
const [v1, v2] = [write('v1.0.0'), write('v2.0.0')];

async function cache(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { PATH: process.env.PATH, HOME: work, KUBECONFIG: cluster.kubeconfig.admin };
  return promisify(execFile)(process.execPath, [PROGRAM, 'cache', ...args], { env }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
}

/** The objects of the set that match a selector, one name a line. */
async function left(selector = 'workload-ecr.fn.crossplane.io/package-set=platform'): Promise<string[]> {
  const kinds = 'configmaps,imageconfigs.pkg.crossplane.io,configurations.pkg.crossplane.io,leases';
  const found = await cluster.kubectl(['get', kinds, '-n', 'crossplane-system', '-l', selector, '-o', 'name']);
  return found.trim().split('\n').filter(Boolean);
}

test('a real API server accepts a set, its upgrade, its rollback and its removal', { timeout: 120_000 }, async () => {
  expect(await cache('apply', v1)).toMatchObject({ code: 0, stderr: '' });
  expect(await cache('diff', 'cluster', v1)).toMatchObject({ code: 0, stdout: '' });
  expect(await cache('apply', v1)).toMatchObject({ code: 0, stdout: expect.stringContaining(', 3 unchanged') });

  expect((await cache('diff', 'cluster', v2)).stdout).toContain('~ registry.example.com/acme/a v1.0.0 -> v2.0.0');
  expect(await cache('apply', v2)).toMatchObject({ code: 0 });
  expect(await cache('prune', '--set', 'platform', '--yes')).toMatchObject({ code: 0 });
  expect(await cache('diff', 'cluster', v2)).toMatchObject({ code: 0 });
  expect(await left('workload-ecr.fn.crossplane.io/package-set-version=v1.0.0')).toEqual([]);

  expect(await cache('apply', v1)).toMatchObject({ code: 0 });
  expect(await cache('prune', '--set', 'platform')).toMatchObject({
    stdout: expect.stringContaining('newer than the current version v1.0.0'),
  });
  expect(await cache('prune', '--set', 'platform', '--set-version', 'v2.0.0', '--yes')).toMatchObject({ code: 0 });
  expect(await cache('diff', 'cluster', v1)).toMatchObject({ code: 0 });

  expect(await cache('prune', '--set', 'platform', '--all', '--uninstall', '--yes')).toMatchObject({ code: 0 });
  expect(await left()).toEqual([]);
  expect(await cluster.kubectl(['get', 'leases', '-n', 'crossplane-system', '-o', 'name'])).toBe('');
});

test('a set that kubectl applied is only taken over with --force, and nothing is changed without', async () => {
  await cluster.kubectl(['apply', '--server-side', '-f', v1]);
  const configuration = ['configuration.pkg.crossplane.io/acme-a', '-o', 'jsonpath={.spec.package}'];
  const before = await left();
  const refused = await cache('apply', v2);
  expect(await left()).toEqual(before);
  expect(refused).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('use --force-conflicts to take the fields over'),
  });
  expect(await cluster.kubectl(['get', ...configuration])).toMatch(/acme\/a:v1.0.0$/);
  expect(await cache('apply', v2, '--force-conflicts')).toMatchObject({ code: 0 });
  expect(await cluster.kubectl(['get', ...configuration])).toMatch(/acme\/a:v2.0.0$/);
});

const remove = () => cache('prune', '--set', 'platform', '--all', '--uninstall', '--yes');

test('with two concurrent operators, one version is applied completely, and the other operator changes nothing', async () => {
  await remove();
  const outcomes = await Promise.all([v1, v2].map((path) => cache('apply', path, '--pause', '250ms')));
  const [won, lost] = outcomes.toSorted((a, b) => a.code - b.code);
  expect(won).toMatchObject({ code: 0, stderr: '' });
  expect(lost).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/ is changing it/) });
  const [winner, loser] = won === outcomes[0] ? [v1, v2] : [v2, v1];
  expect(await cache('diff', 'cluster', winner)).toMatchObject({ code: 0 });
  expect((await cache('apply', loser)).code).toBe(0);
});

test('missing ConfigMaps are reported and created again', async () => {
  await remove();
  await cache('apply', v1);
  const before = await left();
  const gone = before.filter((name) => name.includes('acme-a-')).slice(1, 2);
  expect(gone).toHaveLength(1);
  await cluster.kubectl(['delete', '-n', 'crossplane-system', ...gone]);
  const [name = ''] = gone.map((one) => one.replace('configmap/', ''));
  expect(await cache('diff', 'cluster', v1)).toMatchObject({ code: 1, stdout: expect.stringContaining(name) });
  const map = join(work, 'map.html');
  expect(await cache('map', '--namespace', 'crossplane-system', '-o', map)).toMatchObject({ code: 0 });
  expect(readFileSync(map, 'utf8')).toMatch(/class="bad">[^<]*acme-a/);
  expect(await cache('prune', '--set', 'platform', '--yes')).toMatchObject({ code: 0 });
  expect(await left()).toEqual(before.filter((one) => !gone.includes(one)));
  expect(await cache('apply', v1)).toMatchObject({ code: 0, stdout: expect.stringContaining(', 2 unchanged') });
  expect(await left()).toEqual(before);
  expect(await cache('diff', 'cluster', v1)).toMatchObject({ code: 0 });
});

test('kustomize, which Flux uses, does not change a set', async () => {
  const folder = join(work, 'flux');
  mkdirSync(folder);
  copyFileSync(v1, join(folder, 'v1.yaml'));
  const page = readFileSync(join(import.meta.dirname, '../../examples/package-cache/upgrades.md'), 'utf8');
  const [, kustomization = ''] = /```yaml\n(# kustomization.yaml\n[^`]*)```/.exec(page) ?? [];
  writeFileSync(join(folder, 'kustomization.yaml'), kustomization.replace('v2.yaml', 'v1.yaml'));
  const built = join(work, 'built.yaml');
  writeFileSync(built, await cluster.kubectl(['kustomize', folder]));
  expect(await cache('diff', v1, built)).toMatchObject({ code: 0, stdout: '' });
  // As kustomize-controller applies.
  await cluster.kubectl([
    'apply',
    '--server-side',
    '--force-conflicts',
    '--field-manager=kustomize-controller',
    '-f',
    built,
  ]);
  await cache('prune', '--set', 'platform', '--set-version', 'v2.0.0', '--yes');
  expect(await cache('diff', 'cluster', v1)).toMatchObject({ code: 0, stdout: '' });
});
