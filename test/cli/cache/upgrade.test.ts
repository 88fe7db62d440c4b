import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { FoundObject } from '../../../src/cache/upgrade/read-packed.ts';
import { printYaml } from '../../../src/yaml/index.ts';
import { packageOf, packedObjects } from '../../cache/upgrade/packed.ts';
import { kubeconfigOf, type SetServer, startSetServer } from '../../cache/upgrade/set-server.ts';
import { runProgram, startProgram } from '../../program.ts';

const work = mkdtempSync(join(tmpdir(), 'cache-upgrade-'));
afterAll(() => rmSync(work, { recursive: true }));

let server: SetServer;
beforeEach(async () => {
  server = await startSetServer();
});
afterEach(() => server.close());

function write(name: string, objects: readonly FoundObject[]): string {
  const path = join(work, name);
  writeFileSync(path, objects.map(({ value }) => `---\n${printYaml(JSON.parse(JSON.stringify(value)))}`).join(''));
  return path;
}

const objectsOf = (version: string) =>
  packedObjects([packageOf('a', version, { size: 6_000 }), packageOf('b', 'v1.0.0')], { name: 'platform', version });
const v1 = write('v1.yaml', objectsOf('v1.0.0'));
const v2 = write('v2.yaml', objectsOf('v2.0.0'));

function environment(): Record<string, string> {
  const path = join(work, 'kubeconfig');
  writeFileSync(path, kubeconfigOf(server));
  return { KUBECONFIG: path };
}
const cache = (...args: string[]) => runProgram(['cache', ...args], environment());

test('a set is applied, compared, upgraded, pruned and removed', async () => {
  expect(await cache('diff', 'cluster', v1)).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/^version none -> v1.0.0\n\+ /),
  });
  expect(await cache('apply', v1)).toEqual({
    code: 0,
    stdout: expect.stringMatching(/^set platform v1\.0\.0: \d+ objects applied, 0 unchanged\n$/),
    stderr: '',
  });
  expect(await cache('diff', 'cluster', v1)).toEqual({ code: 0, stdout: '', stderr: 'no difference\n' });
  expect(await cache('diff', v1, v2)).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('~ registry.example.com/acme/a v1.0.0 -> v2.0.0'),
  });
  expect(await cache('apply', v2, '-o', 'json')).toMatchObject({ code: 0 });
  const before = server.objects.size;
  const plan = await cache('prune', '--set', 'platform');
  expect(plan).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('would remove ConfigMap crossplane-system/acme-a-'),
  });
  expect(plan.stderr).toMatch(/nothing was changed; --yes removes \d+ objects/);
  expect(server.objects.size).toBe(before);
  const { stdout } = await cache('prune', '--set', 'platform', '--yes', '-o', 'json');
  expect(JSON.parse(stdout)).toMatchObject({ set: 'platform', current: 'v2.0.0', dryRun: false, kept: [] });
  expect(await cache('prune', '--set', 'platform', '--all', '--uninstall', '--yes')).toMatchObject({ code: 0 });
  expect([...server.objects.keys()]).toEqual([]);
});

test('without a kubeconfig, prints where it was expected', async () => {
  for (const args of [
    ['apply', v1],
    ['diff', 'cluster', v1],
    ['prune', '--set', 'platform'],
  ]) {
    const { stdout, stderr } = await runProgram(['cache', ...args], { HOME: work });
    expect([stdout, stderr]).toEqual([
      '',
      expect.stringMatching(/: \$KUBECONFIG and ~\/\.kube\/config do not exist, .*; set KUBECONFIG\n$/),
    ]);
  }
});

test.each([
  { name: 'that does not exist', path: '/none', why: 'no such file or folder' },
  {
    name: 'that is not YAML',
    path: write('bad-kubeconfig', []),
    content: 'bad: [',
    why: 'unexpected end of the stream',
  },
])('a kubeconfig $name is an error of one line with its path', async ({ path, content, why }) => {
  if (content !== undefined) writeFileSync(path, content);
  const { stderr } = await runProgram(['cache', 'prune', '--set', 'platform'], { KUBECONFIG: path });
  expect(stderr).toMatch(new RegExp(`^[\\w-]+: cannot read the kubeconfig ${path}: ${why}.*\n$`));
});

describe('nothing is changed, with one line and exit code', () => {
  const cut = write('cut.yaml', objectsOf('v1.0.0').slice(0, -2));
  const hole = write(
    'hole.yaml',
    objectsOf('v1.0.0').filter((_, index) => index !== 2),
  );
  test.each<[number, string, string[], RegExp]>([
    [1, 'a truncated file', ['apply', cut], /may be truncated/],
    [1, 'a set with a missing ConfigMap', ['apply', hole], /1 of \d+ objects of the set are missing/],
    [1, 'two versions at once', ['apply', v1, v2], /has .* twice|has objects of 2 sets/],
    [1, 'a file that does not exist', ['apply', '/no/such/file'], /cannot read \/no\/such\/file/],
    [2, 'a truncated file, for diff', ['diff', 'cluster', cut], /may be truncated/],
    [2, 'an unknown option of diff', ['diff', v1, v2, '--nope'], /unknown option/],
    [2, 'the cluster compared with itself', ['diff', 'cluster', 'cluster'], /cannot compare the cluster with itself/],
    [1, 'a set that does not exist', ['prune', '--set', 'nope', '--yes'], /set nope not found/],
    [1, 'an invalid name of a set', ['prune', '--set', 'No', '--yes'], /invalid name of a set "No"/],
    [
      1,
      '--all with --set-version',
      ['prune', '--set', 'a', '--all', '--set-version', 'v1'],
      /--all must not be used with --set-version/,
    ],
  ])('%i: %s', async (code, _, args, message) => {
    const ended = await cache(...args);
    expect(ended).toMatchObject({ code, stdout: '', stderr: expect.stringMatching(message) });
    expect(ended.stderr.trim().split('\n')).toHaveLength(1);
    expect(server.objects.size).toBe(0);
  });
});

test('exits with 2 when an API server refuses some objects, and continues in the next run', async () => {
  let count = 0;
  server.fault = (method) => (method === 'PATCH' && ++count > 3 ? { status: 403 } : undefined);
  const first = await cache('apply', v1);
  expect(first).toMatchObject({ code: 2, stdout: expect.stringContaining('3 objects applied') });
  expect(first.stderr).toMatch(/answered 403: faked 403; \d+ objects not applied; run the same command to continue\n$/);
  server.fault = undefined;
  expect(await cache('apply', v1)).toMatchObject({ code: 0, stdout: expect.stringContaining('3 unchanged') });
});

test('waiting for a busy API server is reported, and ends with Ctrl-C', async () => {
  server.fault = (method) => (method === 'PATCH' ? { status: 429, headers: { 'retry-after': '30' } } : undefined);
  const { process: running, ended } = startProgram(['cache', 'apply', v1], environment());
  await new Promise<void>((resolve) =>
    running.stderr.on('data', (data) => String(data).includes('waiting 30.0 s') && resolve()),
  );
  running.kill('SIGINT');
  expect(await ended).toMatchObject({ code: 1, stderr: expect.stringContaining('canceled') });
});
