import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  buildIndex,
  createRegistryClient,
  type Platform,
  parseReference,
  pushArtifact,
  readImageLayoutArchive,
} from '../../../src/oci/index.ts';
import { smallImage } from '../../oci/fixtures.ts';
import { type RegistryServer, startRegistry } from '../../oci/registry-server.ts';
import { runProgram } from '../../program.ts';

const work = mkdtempSync(join(tmpdir(), 'cache-bundle-'));
let open: RegistryServer;
let closed: RegistryServer;
const digests: Record<string, string> = {};
const lock = join(work, 'lock.json');
const bundle = join(work, 'platform.tar');

const cache = (...args: string[]) => runProgram(['cache', ...args], { DOCKER_CONFIG: work, HOME: work });
const AMD64 = { os: 'linux', architecture: 'amd64' };
const ARM64 = { os: 'linux', architecture: 'arm64' };

function metaOf(kind: string, dependencies: readonly string[] = []): string {
  const dependsOn = dependencies.map((one) => ({ function: `${open.host}/acme/${one}`, version: '>=v1.0.0' }));
  return JSON.stringify({
    apiVersion: 'meta.pkg.crossplane.io/v1',
    kind,
    metadata: { name: 'a' },
    spec: { dependsOn },
  });
}

async function push(name: string, text: string, platforms: readonly Platform[]): Promise<void> {
  const client = createRegistryClient();
  const children = await Promise.all(
    platforms.map(async (platform) => ({ artifact: await smallImage(text, { platform }), platform })),
  );
  const artifact =
    platforms.length === 0 ? await smallImage(text, { platform: { os: '', architecture: '' } }) : buildIndex(children);
  await pushArtifact(client, parseReference(`${open.host}/${name}`), artifact);
  await client.close();
  digests[name] = artifact.document.descriptor.digest;
}

function lockOf(...names: string[]): string {
  const packages = names.map((name) => {
    const [repository, version] = name.split(':');
    return { source: `${open.host}/${repository}`, version, digest: digests[name], neededBy: [] };
  });
  return JSON.stringify({ version: 1, packages });
}

beforeAll(async () => {
  [open, closed] = [await startRegistry(), await startRegistry()];
  await push('acme/cfg:v1.0.0', metaOf('Configuration', ['fn']), []);
  await push('acme/fn:v1.2.0', metaOf('Function'), [AMD64, ARM64]);
  await push('acme/loader:v9', 'the loader', [AMD64, ARM64]);
  writeFileSync(lock, lockOf('acme/cfg:v1.0.0', 'acme/fn:v1.2.0'));
  const loader = `${open.host}/acme/loader:v9`;
  expect(await cache('bundle', '-o', bundle, '--lock', lock, '--loader-image', loader)).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('wrote 2 packages and 1 other images'),
  });
});
afterAll(async () => {
  await open.close();
  await closed.close();
  rmSync(work, { recursive: true });
});

const sumOf = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');

test('a bundle has the same bytes each time', async () => {
  const again = join(work, 'again.tar');
  await cache('bundle', '-o', again, '--lock', lock, '--loader-image', `${open.host}/acme/loader:v9`);
  expect(sumOf(again)).toBe(sumOf(bundle));
});

test('names its images in the forms of containerd and other tools', async () => {
  const { entries } = await readImageLayoutArchive(bundle);
  expect(entries.map(({ name, imageName }) => [name, imageName])).toEqual(
    ['acme/cfg:v1.0.0', 'acme/fn:v1.2.0', 'acme/loader:v9'].map((name) => [
      `${open.host}/${name}`,
      `${open.host}/${name}`,
    ]),
  );
  expect(entries.map(({ artifact }) => artifact.document.descriptor.digest)).toEqual(Object.values(digests));
});

test('is pushed with unchanged digests, and with the objects that redirect Crossplane and containerd', async () => {
  const mirror = join(work, 'mirror');
  const target = `${closed.host}/mirror`;
  const { code, stdout } = await cache('bundle', 'push', bundle, target, '--lock', lock, '--mirror-dir', mirror);
  expect(code).toBe(0);
  expect(stdout.trim().split('\n')).toEqual(
    Object.entries(digests).map(([name, digest]) => `${target}/${name}@${digest}`),
  );
  for (const [name, digest] of Object.entries(digests)) {
    expect(closed.manifests.has(`mirror/${name}`)).toBe(true);
    expect(closed.manifests.has(`mirror/${name.split(':')[0]}@${digest}`)).toBe(true);
  }
  expect([...closed.blobs.keys()].sort()).toEqual([...open.blobs.keys()].sort());
  expect(readFileSync(join(mirror, 'image-configs.yaml'), 'utf8')).toContain(`prefix: ${closed.host}/mirror/`);
  expect(readFileSync(join(mirror, 'certs.d', open.host, 'hosts.toml'), 'utf8')).toBe(
    `server = "https://${open.host}"\n\n[host."http://${closed.host}/v2/mirror"]\n  capabilities = ["pull", "resolve"]\n  override_path = true\n`,
  );
});

test('one of several platforms has another index, whose digest is recorded', async () => {
  const small = join(work, 'small.tar');
  const { code, stderr } = await cache('bundle', '-o', small, '--lock', lock, '--platform', 'linux/arm64');
  expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringMatching(/digests of \S+acme\/fn changed/) });
  const { entries } = await readImageLayoutArchive(small);
  const [cfg, fn] = entries.map(({ artifact }) => artifact);
  expect(cfg?.document.descriptor.digest).toBe(digests['acme/cfg:v1.0.0']);
  expect(fn?.kind === 'index' && fn.document.manifest.manifests.map(({ platform }) => platform?.architecture)).toEqual([
    'arm64',
  ]);
  const written = JSON.parse(readFileSync(`${small}.lock.json`, 'utf8'));
  expect(written.packages[1].digest).toBe(fn?.document.descriptor.digest);
});

describe('nothing is written, with one line and exit code 1, for', () => {
  const other = (text: string) => {
    const path = join(mkdtempSync(join(work, 'lock-')), 'lock.json');
    writeFileSync(path, text);
    return path;
  };
  test.each<[string, () => string[], RegExp]>([
    [
      'a lock of another set',
      () => ['--lock', lock, 'registry.example.com/acme/x:v1'],
      /lock is of another set, it does not list it/,
    ],
    [
      'a lock of another version',
      () => ['--lock', lock, `${open.host}/acme/cfg:v2.0.0`],
      /of another set, it lists \S+acme\/cfg:v1.0.0/,
    ],
    [
      'a lock that lacks a dependency',
      () => ['--lock', other(lockOf('acme/cfg:v1.0.0'))],
      /acme\/fn.*which is not in the set/,
    ],
    ['an empty lock', () => ['--lock', other('{"version":1,"packages":[]}')], /lists no packages/],
    ['a lock that does not exist', () => ['--lock', '/no/such/lock'], /cannot read \/no\/such\/lock/],
    [
      'a platform that an image lacks',
      () => ['--lock', lock, '--platform', 'linux/s390x'],
      /acme\/fn for linux\/s390x: the index has no manifest/,
    ],
    [
      'a loader that does not exist',
      () => ['--lock', lock, '--loader-image', `${open.host}/acme/none:v1`],
      /acme\/none/,
    ],
  ])('%s', async (_, args, message) => {
    const path = join(work, 'none.tar');
    const ended = await cache('bundle', '-o', path, ...args());
    expect(ended).toMatchObject({ code: 1, stderr: expect.stringMatching(message) });
    expect(ended.stderr.trim().split('\n')).toHaveLength(1);
    expect(existsSync(path)).toBe(false);
    expect(readdirSync(work).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });
});

describe('nothing is pushed, with one line and exit code 1, for', () => {
  const changed = (change: (path: string) => void) => {
    const path = join(mkdtempSync(join(work, 'bad-')), 'bad.tar');
    copyFileSync(bundle, path);
    change(path);
    return path;
  };
  const replaced = (from: string, to: string) =>
    changed((path) => {
      const bytes = readFileSync(path);
      bytes.write(to, bytes.indexOf(from));
      writeFileSync(path, bytes);
    });
  test.each<[string, () => string[], RegExp]>([
    [
      'a half-written archive',
      () => [changed((path) => truncateSync(path, 9_000))],
      /cannot read the image layout|the blob \S+ of \d+ bytes is missing/,
    ],
    [
      'an archive without its last blobs',
      () => [changed((path) => truncateSync(path, readFileSync(path).length - 3 * 1_024))],
      /cannot read the image layout|the blob \S+ of \d+ bytes is missing|not found/,
    ],
    ['a file that is not an archive', () => [lock], /cannot read the image layout/],
    ['a file that does not exist', () => ['/no/such/file'], /no such file/],
    [
      'a bundle whose lock names an image that it lacks',
      () => [replaced('"version": "v1.2.0"', '"version": "v1.2.1"')],
      /1 images of its lock are missing: \S+acme\/fn:v1.2.1/,
    ],
    ['a changed byte', () => [replaced('rootfs', 'ROOTFS')], /sha256|digest/i],
    [
      'a lock of another set',
      () => {
        const path = join(work, 'other.lock.json');
        writeFileSync(path, lockOf('acme/cfg:v1.0.0'));
        return [bundle, '--lock', path];
      },
      /the lock does not have \S+acme\/fn:v1.2.0/,
    ],
  ])('%s', async (_, args, message) => {
    const before = closed.requests.length;
    const [path = '', ...rest] = args();
    const ended = await cache('bundle', 'push', path, `${closed.host}/other`, ...rest);
    expect(ended).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(message) });
    expect(ended.stderr.trim().split('\n')).toHaveLength(1);
    expect(closed.requests.length).toBe(before);
  });

  test.each(['registry.local:5000/UPPER', 'registry.local/../x', '-', 'registry.local/a//b'])(
    'refuses the target %s',
    async (target) => {
      const ended = await cache('bundle', 'push', '--', bundle, target);
      expect(ended).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('it must be REGISTRY or REGISTRY/PREFIX'),
      });
    },
  );
});
