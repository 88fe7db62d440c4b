import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { ChunkSet } from '../../src/cache/sets/chunks.ts';
import { configMaps } from '../cache/loader/api-server.ts';
import { bytesOf, entrySet } from '../cache/sets.ts';
import { type KubeApiServer, startKubeApiServer } from './kube-apiserver.ts';

const main = join(import.meta.dirname, '../../src/main.ts');
const work = mkdtempSync(join(tmpdir(), 'cache-loader-'));
let cluster: KubeApiServer;
let into: string;
let loader: ChildProcess | undefined;

const RIGHTS = `
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: package-cache-loader, namespace: crossplane-system}
rules:
- {apiGroups: [''], resources: [configmaps], verbs: [get, list, watch]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: package-cache-loader, namespace: crossplane-system}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: package-cache-loader}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: loader}]
`;
const REVISION_RIGHTS = `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: package-cache-loader}
rules:
- {apiGroups: [pkg.crossplane.io], resources: ['*'], verbs: [list]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: package-cache-loader}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: package-cache-loader}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: loader}]
`;

beforeAll(async () => {
  cluster = await startKubeApiServer();
  await cluster.kubectl(['create', 'namespace', 'crossplane-system']);
  await cluster.kubectl(['apply', '-f', '-'], RIGHTS);
}, 120_000);
afterAll(async () => {
  await cluster?.stop();
  rmSync(work, { recursive: true });
});
beforeEach(() => {
  into = mkdtempSync(join(work, 'd-'));
});
afterEach(async () => {
  loader?.kill('SIGKILL');
  loader = undefined;
  await cluster.kubectl(['delete', 'configmaps', '--all', '-n', 'crossplane-system']);
});

function apply(...sets: ChunkSet[]): Promise<string> {
  const objects = sets.flatMap((set) => configMaps(set)).map((object) => JSON.stringify(object));
  return cluster.kubectl(['apply', '--server-side', '-f', '-'], objects.join('\n---\n'));
}

function start(...args: string[]): ChildProcess {
  const argv = ['--import', 'tsx', main, 'cache', 'load', '--namespace', 'crossplane-system', '--into', into, ...args];
  return spawn(process.execPath, argv, { env: { ...process.env, KUBECONFIG: cluster.kubeconfig.loader } });
}

async function once(): Promise<{ code: number | null; summary: Record<string, unknown> }> {
  const child = start();
  let [stdout, stderr] = ['', ''];
  child.stdout?.on('data', (data) => {
    stdout += data;
  });
  child.stderr?.on('data', (data) => {
    stderr += data;
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  if (stdout === '') throw new Error(`the loader ended with ${code}: ${stderr}`);
  return { code, summary: JSON.parse(stdout) };
}

/** Resolves with the first summary of the running loader for which `done` is true. */
function summaryWhere(done: (summary: { placed: string[]; removed: string[] }) => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    let rest = '';
    loader?.once('exit', () => reject(new Error('the loader ended')));
    loader?.stdout?.on('data', (data) => {
      const lines = `${rest}${data}`.split('\n');
      rest = lines.pop() ?? '';
      if (lines.some((line) => done(JSON.parse(line)))) resolve();
    });
  });
}

const entries = () => readdirSync(into).filter((name) => !name.startsWith('.'));

test('the loader only needs permission to read ConfigMaps, and removes nothing without permission to read package revisions', async () => {
  const cfg = entrySet('cfg', { size: 2_000_000, chunkSize: 786_432 });
  expect(cfg.chunks.length).toBeGreaterThan(1);
  await apply(cfg);
  expect(await once()).toMatchObject({ code: 0, summary: { placed: ['cfg.gz'] } });
  expect(readFileSync(join(into, 'cfg.gz'))).toEqual(bytesOf(cfg));
  await cluster.kubectl(['delete', 'configmaps', '--all', '-n', 'crossplane-system']);
  expect(await once()).toMatchObject({ summary: { kept: [{ file: 'cfg.gz' }], removed: [] } });
  await cluster.kubectl(['apply', '-f', '-'], REVISION_RIGHTS);
  expect(await once()).toMatchObject({ code: 0, summary: { removed: ['cfg.gz'] } });
  expect(entries()).toEqual([]);
});

test('the watching loader loads and removes sets as they change', async () => {
  await cluster.kubectl(['apply', '-f', '-'], REVISION_RIGHTS);
  loader = start('--watch', '--http-address', '127.0.0.1:0');
  await summaryWhere(() => true);
  const placed = summaryWhere((summary) => summary.placed.includes('late.gz'));
  const late = entrySet('late', { size: 50_000, chunkSize: 10_000 });
  await apply(late);
  await placed;
  expect(readFileSync(join(into, 'late.gz'))).toEqual(bytesOf(late));
  const removed = summaryWhere((summary) => summary.removed.includes('late.gz'));
  await cluster.kubectl(['delete', 'configmaps', '--all', '-n', 'crossplane-system']);
  await removed;
  expect(entries()).toEqual([]);
});

test('the largest chunk of the format fits into a ConfigMap, together with its manifest', async () => {
  const { MAX_CHUNK_BYTES, splitContent } = await import('../../src/cache/sets/chunks.ts');
  const bytes = Buffer.alloc(MAX_CHUNK_BYTES * 2, 7);
  await apply(splitContent({ file: 'full.gz', bytes }, { base: 'full', chunkSize: MAX_CHUNK_BYTES }));
  expect(await once()).toMatchObject({ code: 0, summary: { placed: ['full.gz'] } });
});

test('a ConfigMap of the package cache cannot be updated, only deleted', async () => {
  const cfg = entrySet('cfg');
  await apply(cfg);
  const [first] = configMaps(cfg);
  const changed = JSON.stringify({ ...first, binaryData: { other: 'AAAA' } });
  await expect(cluster.kubectl(['apply', '--server-side', '-f', '-'], changed)).rejects.toThrow(/immutable/);
});
