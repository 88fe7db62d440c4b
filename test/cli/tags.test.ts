import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RegistryServer, startRegistry } from '../oci/registry-server.ts';
import { runProgram } from '../program.ts';

const TAGS = ['latest', 'v1.0.0', 'v1.10.0', 'v1.9.0', 'v2.0.0-rc1', 'v2.0.0'];
let registry: RegistryServer;
let digest = '';
beforeAll(async () => {
  registry = await startRegistry();
  const type = 'application/vnd.oci.image.manifest.v1+json';
  for (const tag of TAGS) digest = registry.putManifest('acme/x', tag, Buffer.from('{"schemaVersion":2}'), type);
});
afterAll(() => registry.close());

test.each([
  { options: [], lists: TAGS },
  { options: ['--semver', '^1.0.0'], lists: ['v1.10.0', 'v1.9.0', 'v1.0.0'] },
  { options: ['--semver', '>=2.0.0-0'], lists: ['v2.0.0', 'v2.0.0-rc1'] },
  { options: ['--filter', '-rc[0-9]+$'], lists: ['v2.0.0-rc1'] },
  { options: ['--filter', 'v1', '--semver', '>1.5'], lists: ['v1.10.0', 'v1.9.0'] },
  { options: ['--filter', 'none'], lists: [] },
])('tags $options', async ({ options, lists }) => {
  const { code, stdout } = await runProgram(['tags', `${registry.host}/acme/x`, ...options]);
  expect(code).toBe(0);
  expect(stdout.split('\n').slice(0, -1).toSorted()).toEqual(lists.toSorted());
  if (options.includes('--semver')) expect(stdout).toBe(lists.map((tag) => `${tag}\n`).join(''));
});

test.each([
  { options: ['--semver', 'one'], says: /one/ },
  { options: ['--filter', '('], says: /invalid filter for tags "\("/ },
])('tags $options is an error of one line', async ({ options, says }) => {
  const { code, stdout, stderr } = await runProgram(['tags', `${registry.host}/acme/x`, ...options]);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/^[^\n]+\n$/);
  expect(stderr).toMatch(says);
});

test('digest prints the digest of a tag', async () => {
  expect(await runProgram(['digest', `${registry.host}/acme/x:v1.0.0`])).toEqual({
    code: 0,
    stdout: `${digest}\n`,
    stderr: '',
  });
});
