import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadDirectories } from '../../../src/cache/loader/run.ts';
import { verifyCache } from '../../../src/cache/verify.ts';
import { createRegistryClient, parseReference, pushArtifact } from '../../../src/oci/index.ts';
import { isYamlObject, parseYaml } from '../../../src/yaml/index.ts';
import { smallImage } from '../../oci/fixtures.ts';
import { type RegistryServer, startRegistry } from '../../oci/registry-server.ts';

const work = mkdtempSync(join(tmpdir(), 'cache-pack-'));
let registry: RegistryServer;
beforeAll(async () => {
  registry = await startRegistry();
});
afterAll(async () => {
  await registry.close();
  rmSync(work, { recursive: true });
});

const main = join(import.meta.dirname, '../../../src/main.ts');

const pack = (...args: string[]) => cache('pack', ...args);
const verify = (...args: string[]) => cache('verify', ...args);

async function cache(...args: string[]) {
  const argv = ['--import', 'tsx', main, 'cache', ...args];
  const run = promisify(execFile)(process.execPath, argv, { env: { ...process.env, DOCKER_CONFIG: work } });
  return run.then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
}

async function push(name: string, dependencies: Record<string, string> = {}, kind = 'Configuration'): Promise<string> {
  const dependsOn = Object.entries(dependencies).map(([configuration, version]) => ({ configuration, version }));
  const meta = {
    apiVersion: 'meta.pkg.crossplane.io/v1',
    kind,
    metadata: { name: 'a' },
    spec: { dependsOn },
  };
  const image = await smallImage(JSON.stringify(meta));
  const client = createRegistryClient();
  await pushArtifact(client, parseReference(`${registry.host}/${name}`), image);
  await client.close();
  return image.document.descriptor.digest;
}

test('packs a package with its dependencies, which loads and verifies', async () => {
  const other = await push('acme/other:v1.2.0');
  const digest = await push('acme/cfg:v1.0.0', { [`${registry.host}/acme/other`]: '>=v1.0.0' });
  const lock = join(work, 'lock.json');
  const named = `${registry.host}/acme/cfg:v1.0.0@${digest}`;
  const { code, stdout, stderr } = await pack(named, '--with-dependencies', '--lock', lock);
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('2 packages in 2 ConfigMaps') });
  const objects = parseYaml(stdout, 'out').map(({ value }) => (isYamlObject(value) ? value : {}));
  expect(objects.map(({ kind }) => kind)).toEqual([
    'ConfigMap',
    'ConfigMap',
    'ImageConfig',
    'ImageConfig',
    'Configuration',
    'Configuration',
    'ConfigMap',
  ]);
  expect(JSON.parse(readFileSync(lock, 'utf8')).packages).toHaveLength(2);
  const [from, into] = [mkdtempSync(join(work, 'from-')), mkdtempSync(join(work, 'into-'))];
  for (const { data, binaryData } of objects) {
    if (binaryData === undefined) continue;
    for (const [name, text] of Object.entries(isYamlObject(data) ? data : {}))
      writeFileSync(join(from, name), String(text));
    for (const [name, base64] of Object.entries(isYamlObject(binaryData) ? binaryData : {})) {
      writeFileSync(join(from, name), Buffer.from(String(base64), 'base64'));
    }
  }
  expect((await loadDirectories([from], { into, maxBytes: 1e6 })).placed).toHaveLength(2);
  const packages = [named, `${registry.host}/acme/other:v1.2.0@${other}`];
  expect(await verifyCache(into, { packages })).toEqual({ findings: [], notes: [], checked: 2 });
  expect(await verify(into, '--lock', lock)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('2 packages can be installed'),
  });
  expect(await verify(into)).toMatchObject({ code: 0, stderr: expect.stringContaining('whose version is unknown') });
  const [entry = ''] = readdirSync(into).filter((name) => name.includes('acme-other'));
  writeFileSync(join(into, entry), 'damaged');
  expect(await verify(into, '--lock', lock)).toMatchObject({ code: 2, stdout: expect.stringContaining('(gzip)') });
  expect(await verify(into, '--package', named)).toMatchObject({ code: 2 });
  expect(await verify(into)).toMatchObject({ code: 2 });
});

test('refuses a tag without a digest, with the reason, unless --resolve is set', async () => {
  await push('acme/plain:v1.0.0');
  const refused = await pack(`${registry.host}/acme/plain:v1.0.0`);
  expect(refused).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringContaining('must have a digest, since Crossplane 2.2'),
  });
  expect(await pack(`${registry.host}/acme/plain:v1.0.0`, '--resolve')).toMatchObject({ code: 0 });
});

test('refuses a set with a missing dependency', async () => {
  const digest = await push('acme/needs:v1.0.0', { 'registry.example.com/acme/nowhere': '*' });
  const { code, stderr } = await pack(`${registry.host}/acme/needs@${digest}`);
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('which is not in the set') });
});

test('keeps the lock when the output cannot be written', async () => {
  const digest = await push('acme/locked:v1.0.0');
  const folder = mkdtempSync(join(work, 'outputs-'));
  const lock = join(folder, 'lock.json');
  writeFileSync(lock, 'old');
  const named = `${registry.host}/acme/locked:v1.0.0@${digest}`;
  expect(await pack(named, '--with-dependencies', '--lock', lock, '-o', folder)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`cannot write ${folder}: it is a folder`),
  });
  expect(readdirSync(folder)).toEqual(['lock.json']);
  expect(readFileSync(lock, 'utf8')).toBe('old');
});

test('does not overwrite the lock with the objects', async () => {
  const file = join(work, 'same.yaml');
  const args = [
    'registry.example.com/acme/a@sha256:1',
    '--with-dependencies',
    '--lock',
    file,
    '-o',
    `${work}/./same.yaml`,
  ];
  expect(await pack(...args)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('cannot pack: --output and --lock must not be the same file'),
  });
});

test('keeps the name of a package that it fetches from a mirror', async () => {
  const digest = await push('mirror/cfg:v1.0.0');
  const rewrite = `registry.example.com/acme=${registry.host}/mirror`;
  const { stdout } = await pack(`registry.example.com/acme/cfg:v1.0.0@${digest}`, '--rewrite', rewrite);
  expect(stdout).toContain(`registry-example-com-acme-cfg-sha256-${digest.slice(7, 12)}.gz`);
  expect(stdout).toContain('package: registry.example.com/acme/cfg:v1.0.0');
});

test('--list-images prints the image of a Function, and nothing for a Configuration', async () => {
  const [configuration, image] = [await push('acme/cfg:v2.0.0'), await push('acme/fn:v1.0.0', {}, 'Function')];
  const names = [`${registry.host}/acme/cfg@${configuration}`, `${registry.host}/acme/fn@${image}`];
  expect(await pack(...names, '--list-images')).toMatchObject({ code: 0, stdout: `${names[1]}\n` });
});

test('writes one ConfigMap whose mount is a cache', async () => {
  const digest = await push('acme/single:v1.0.0');
  const named = `${registry.host}/acme/single:v1.0.0@${digest}`;
  const { stdout } = await pack(named, '--single');
  const [map, ...others] = parseYaml(stdout, 'out').map(({ value }) => (isYamlObject(value) ? value : {}));
  expect(map).toMatchObject({ kind: 'ConfigMap', metadata: { name: 'package-cache', namespace: 'crossplane-system' } });
  expect(others.map(({ kind }) => kind)).toEqual(['ImageConfig', 'Configuration', 'ConfigMap']);
  const mounted = mkdtempSync(join(work, 'mounted-'));
  for (const [name, base64] of Object.entries(isYamlObject(map?.binaryData) ? map.binaryData : {})) {
    writeFileSync(join(mounted, name), Buffer.from(String(base64), 'base64'));
  }
  expect((await verifyCache(mounted, { packages: [named] })).findings).toEqual([]);
});

describe('cache verify exits with 1 and one line for', () => {
  const lockFile = (text: string) => {
    const path = join(mkdtempSync(join(work, 'lock-')), 'lock.json');
    writeFileSync(path, text);
    return path;
  };
  test.each<[string, () => string[]]>([
    ['a directory that does not exist', () => ['/no/such/directory']],
    ['a lock that does not exist', () => [work, '--lock', '/no/such/lock']],
    ['an endless lock', () => [work, '--lock', '/dev/zero']],
    ['a lock that is not JSON', () => [work, '--lock', lockFile('{')]],
    ['a lock of another version', () => [work, '--lock', lockFile('{"version":2,"packages":[]}')]],
    [
      'a lock with an invalid digest',
      () => [work, '--lock', lockFile('{"version":1,"packages":[{"source":"a","digest":"x"}]}')],
    ],
    ['an empty package', () => [work, '--package', '']],
  ])('%s', async (_, args) => {
    const { code, stdout, stderr } = await verify(...args());
    expect({ code, stdout, lines: stderr.trim().split('\n').length }).toEqual({ code: 1, stdout: '', lines: 1 });
  });
});
