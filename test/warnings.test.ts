import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runProgram } from './program.ts';

// Node prints deprecations of libraries to standard error, where users and log collectors see them. `--pending-deprecation` brings forward
// those that only newer versions print.

const NODE_OPTIONS = '--pending-deprecation';
const CLAIM = `${import.meta.dirname}/../examples/claim`;

/** A cluster at a port where nothing listens. */
const KUBECONFIG = {
  apiVersion: 'v1',
  kind: 'Config',
  'current-context': 'test',
  clusters: [{ name: 'test', cluster: { server: 'http://127.0.0.1:1' } }],
  contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
  users: [{ name: 'test', user: {} }],
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'warnings-'));
  await writeFile(join(folder, 'kubeconfig'), JSON.stringify(KUBECONFIG));
});
afterAll(() => rm(folder, { recursive: true }));

describe('commands print no warning of Node', () => {
  for (const { name, args, code } of [
    { name: '--help', args: () => ['--help'], code: 0 },
    { name: 'render', args: () => ['render', `${CLAIM}/claim.yaml`, `${CLAIM}/composition.yaml`], code: 0 },
    {
      name: 'xpkg inspect of an unreachable registry',
      args: () => ['xpkg', 'inspect', '127.0.0.1:1/a/package:v1'],
      code: 1,
    },
    {
      name: 'cache load from an unreachable cluster',
      args: () => ['cache', 'load', '--namespace', 'test', '--into', folder],
      code: 1,
    },
  ]) {
    test(name, async () => {
      const ended = await runProgram(args(), { NODE_OPTIONS, KUBECONFIG: join(folder, 'kubeconfig') });
      expect(ended.code).toBe(code);
      expect(ended.stderr).not.toMatch(/warning/i);
    });
  }
});
