import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bar } from '../../src/cli/output/progress.ts';
import { missingRepository } from '../../src/cli/xpkg/missing-repository.ts';
import { OciError } from '../../src/oci/index.ts';
import { HAS_ZSTD } from '../oci/fixtures.ts';
import { fail, type RegistryServer, startRegistry } from '../oci/registry-server.ts';
import { runProgram } from '../program.ts';
import { SOME_DIGEST } from '../xpkg/fixtures.ts';

const FIXTURES = `${import.meta.dirname}/../xpkg/fixtures`;
const DIGEST_LINE = /^sha256:[0-9a-f]{64}\n$/;

let folder: string;
let registry: RegistryServer;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xpkg-'));
  registry = await startRegistry();
});
afterEach(async () => {
  await registry.close();
  await rm(folder, { recursive: true });
});

// Otherwise it would be the folder in which the tests run, with this project's examples in it.
const noExamples = () => join(folder, 'no-examples');
const xpkg = (...args: string[]) => runProgram(['xpkg', ...args], { HOME: folder });

async function build(): Promise<string> {
  const path = join(folder, 'x.xpkg');
  expect(await xpkg('build', '-f', `${FIXTURES}/configuration`, '-o', path)).toMatchObject({ code: 0 });
  return path;
}

test('build prints only the digest on stdout, and what it wrote on stderr', async () => {
  const path = join(folder, 'x.xpkg');
  const { code, stdout, stderr } = await xpkg('build', '-f', `${FIXTURES}/configuration`, '-o', path);
  expect(code).toBe(0);
  const lines = stderr.trimEnd().split('\n');
  expect(lines.pop()).toBe(`wrote ${path}`);
  expect(lines, 'what Crossplane passes over').toEqual(lines.filter((line) => line.includes(': warning: ')));
  expect(stdout).toMatch(DIGEST_LINE);
});

test('push, inspect, extract and copy accept the built package', async () => {
  const path = await build();
  const pushed = await xpkg('push', '-f', path, '-a', 'a.b=c', `${registry.host}/a/b:v1`);
  expect(pushed).toEqual({ code: 0, stdout: expect.stringMatching(DIGEST_LINE), stderr: '' });
  const copied = await xpkg('copy', `${registry.host}/a/b:v1`, `${registry.host}/c/d:v2`);
  expect(copied).toEqual(pushed);
  const again = await xpkg('copy', '--with-referrers', `${registry.host}/a/b:v1`, `${registry.host}/c/d:v2`);
  expect(again).toEqual({ ...pushed, stderr: 'copied 0 manifests that refer to it\n' });
  const digest = pushed.stdout.trim();

  const { stdout: text } = await xpkg('inspect', `${registry.host}/c/d:v2`);
  expect(text).toContain(`digest      ${digest}\n`);
  expect(text).toContain('package   Configuration Tricky_configuration.1, Crossplane >=v1.14.1-0, <3\n');
  expect(text).toContain('requires  Function registry.example.com/f >=v0.1.0\n');
  const { stdout: json } = await xpkg('inspect', '-o', 'json', path);
  expect(JSON.parse(json).images[0].package.name).toBe('Tricky_configuration.1');

  const fromRegistry = join(folder, 'one.gz');
  expect(await xpkg('extract', `${registry.host}/c/d@${digest}`, '-o', join(folder, 'one.x'))).toMatchObject({
    code: 0,
    stdout: `${digest}\n`,
  });
  expect(await xpkg('extract', '--from-xpkg', path, '-o', join(folder, 'two'))).toMatchObject({ code: 0 });
  const content = gunzipSync(await readFile(fromRegistry));
  expect(content).toEqual(gunzipSync(await readFile(join(folder, 'two.gz'))));
  expect(content.toString()).toBe(await readFile(`${FIXTURES}/../golden/configuration.package.yaml`, 'utf8'));
});

const buildZstd = (path: string) =>
  xpkg('build', '-f', `${FIXTURES}/configuration`, '-o', path, '--compression', 'zstd');

test.runIf(HAS_ZSTD)('a zstd package has the same digest when it is built, inspected, pushed and pulled', async () => {
  const path = join(folder, 'x.xpkg');
  const built = await buildZstd(path);
  expect(built).toMatchObject({ code: 0, stdout: expect.stringMatching(DIGEST_LINE) });
  expect((await buildZstd(join(folder, 'y.xpkg'))).stdout).toBe(built.stdout);
  expect(await readFile(path)).toEqual(await readFile(join(folder, 'y.xpkg')));
  const { stdout: inspected } = await xpkg('inspect', path);
  expect(inspected).toContain(`digest      ${built.stdout}media type  application/vnd.oci.image.manifest.v1+json\n`);
  expect(await xpkg('push', '-f', path, `${registry.host}/a/b:v1`)).toMatchObject({ code: 0 });
  const manifests = [...registry.manifests.values()].map(({ bytes }) => JSON.parse(bytes.toString()));
  const layers = manifests[0]?.layers.map(({ mediaType }: { mediaType: string }) => mediaType);
  expect(layers).toEqual(Array(2).fill('application/vnd.oci.image.layer.v1.tar+zstd'));
  expect(await xpkg('extract', `${registry.host}/a/b:v1`, '-o', join(folder, 'x'))).toMatchObject({ code: 0 });
  expect(gunzipSync(await readFile(join(folder, 'x.gz'))).toString()).toBe(
    await readFile(`${FIXTURES}/../golden/configuration.package.yaml`, 'utf8'),
  );
});

test.skipIf(HAS_ZSTD)('build on a Node without zstd refuses a zstd package, and writes nothing', async () => {
  const { code, stdout, stderr } = await buildZstd(join(folder, 'x.xpkg'));
  expect({ code, stdout, files: await readdir(folder) }).toEqual({ code: 1, stdout: '', files: [] });
  expect(stderr).toMatch(
    /: cannot compress with zstd: Node\.js \S+ does not support it; use 22\.15 or later, or compress with gzip\n$/,
  );
});

test('lint prints one line for each finding and exits with 1', async () => {
  await writeFile(join(folder, 'a.yaml'), 'apiVersion: v1\nkind: ConfigMap\n');
  await writeFile(join(folder, 'b.yaml'), 'a: [\n');
  const { code, stdout, stderr } = await xpkg('lint', '-f', folder, '-e', noExamples());
  expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
  expect(stdout.split('\n')).toEqual([
    expect.stringMatching(/a\.yaml:2:1: packages must not contain ConfigMap of v1/),
    expect.stringMatching(/b\.yaml:2:1: /),
    '',
  ]);
  // As users in a clone run it: without -e.
  expect(await xpkg('lint', '-f', `${FIXTURES}/../../../package`, '--strict')).toEqual({
    code: 0,
    stdout: '',
    stderr: '',
  });
});

test('lint prints warnings, which --strict makes findings', async () => {
  const root = await mkdtemp(join(folder, 'strict-'));
  const text =
    'apiVersion: meta.pkg.crossplane.io/v1\nkind: Configuration\nmetadata: {name: x}\nspec: {dependson: []}\n';
  await writeFile(join(root, 'crossplane.yaml'), text);
  const args = ['lint', '-f', root, '-e', noExamples()];
  const field = 'unknown field "dependson", which Crossplane drops; did you mean dependsOn?\n';
  const loose = await xpkg(...args);
  expect(loose).toMatchObject({ code: 0, stdout: expect.stringMatching(/crossplane\.yaml:4:8: warning: /) });
  const strict = await xpkg(...args, '--strict');
  expect(strict).toMatchObject({ code: 1, stdout: loose.stdout.replace('warning: ', '') });
  expect(strict.stdout.endsWith(field)).toBe(true);
  const built = await xpkg('build', '-f', root, '-e', noExamples(), '-o', join(root, 'x.xpkg'));
  expect(built).toMatchObject({ code: 0, stderr: expect.stringContaining(`warning: ${field}`) });
});

describe('an error is one line with exit code 1, and nothing on stdout', () => {
  const wrong: { name: string; args: (path: string) => string[]; stderr: RegExp }[] = [
    {
      name: 'a missing folder',
      args: () => ['build', '-f', '/none'],
      stderr: /^[\w-]+: cannot read the package root \/none: not a folder\n$/,
    },
    {
      name: 'no metadata',
      args: () => ['build', '-f', folder],
      stderr: /: package metadata is missing; add a crossplane\.yaml/,
    },
    {
      name: 'a target without a tag',
      args: (path) => ['push', '-f', path, 'r.example.com/a'],
      stderr: /must be REGISTRY\/REPOSITORY:TAG\n$/,
    },
    {
      name: 'a bad annotation',
      args: (path) => ['push', '-f', path, '-a', 'x', 'r.example.com/acme:v1'],
      stderr: /^error: option '-a, --oci-annotation <key=value>' argument 'x' is invalid. It must be key=value.\n$/,
    },
    {
      name: 'a file that is not a package',
      args: () => ['push', '-f', `${FIXTURES}/function/crossplane.yaml`, 'r.example.com/acme:v1'],
      stderr: /: cannot read /,
    },
    {
      name: 'a file that does not exist',
      args: () => ['push', '-f', '/none.xpkg', 'r.example.com/acme:v1'],
      stderr: /^[\w-]+: cannot read \/none\.xpkg: no such file or folder\n$/,
    },
    {
      name: 'certificates that do not exist',
      args: (path) => ['push', '-f', path, '--ca-file', '/none.crt', 'r.example.com/acme:v1'],
      stderr: /^[\w-]+: cannot read \/none\.crt: no such file or folder\n$/,
    },
    {
      name: 'invalid certificates',
      args: (path) => ['push', '-f', path, '--ca-file', path, 'r.example.com/acme:v1'],
      stderr: /^[\w-]+: cannot use --ca-file \S+: it has no certificate in PEM\n$/,
    },
    {
      name: 'a format instead of a file',
      args: () => ['build', '-q', '-f', `${FIXTURES}/configuration`, '-o', 'json'],
      stderr:
        /^error: option '-o, --package-file <path>' argument 'json' is invalid\. It is the file to write: use --format json, or \.\/json for a file of that name\.\n$/,
    },
    {
      name: 'a runtime image that does not exist',
      args: () => ['build', '-f', `${FIXTURES}/function`, '--embed-runtime-image-tarball', '/none.tar'],
      stderr: /^[\w-]+: cannot read \/none\.tar: no such file or folder\n$/,
    },
    {
      name: 'an output in a folder that does not exist',
      args: () => ['build', '-q', '-f', `${FIXTURES}/configuration`, '-o', '/none/x.xpkg'],
      stderr: /^[\w-]+: cannot write \/none\/x\.xpkg: its folder does not exist\n$/,
    },
    {
      name: 'an output that is an existing folder',
      args: () => ['build', '-q', '-f', `${FIXTURES}/configuration`, '-o', folder],
      stderr: /^[\w-]+: cannot write \S+: it is a folder\n$/,
    },
    {
      name: 'an output on a full disk',
      args: () => ['build', '-q', '-f', `${FIXTURES}/configuration`, '-o', '/dev/full'],
      stderr: /^[\w-]+: cannot write \/dev\/full: the disk is full \(ENOSPC\)\n$/,
    },
    ...['none.xpkg', './none', 'r.example.com/none.xpkg', 'none:v1', 'acme/none:v1'].map((text) => ({
      name: `inspect ${text}, where there is no such file`,
      args: () => ['inspect', text],
      stderr: new RegExp(`^[\\w-]+: cannot read "${text}": it does not exist; a reference begins with its registry, `),
    })),
    {
      name: 'extract from a folder',
      args: () => ['extract', folder],
      stderr: /^[\w-]+: cannot read ".*": it is not a file; /,
    },
    {
      name: 'another number of SBOMs than packages',
      args: (path) => ['push', '-f', path, '--sbom', 'a,b', 'r.example.com/acme:v1'],
      stderr: /invalid number of SBOMs: expected one for each of 1 package files, got 2/,
    },
  ];
  for (const { name, args, stderr } of wrong) {
    test(name, async () => {
      const ended = await xpkg(...args(await build()));
      expect(ended).toMatchObject({ code: 1, stdout: '' });
      expect(ended.stderr).toMatch(stderr);
      expect(ended.stderr).not.toMatch(/\n {4}at /);
    });
  }

  for (const { status, code } of [
    { status: 401, code: 'UNAUTHORIZED' },
    { status: 403, code: 'DENIED' },
    { status: 404, code: 'NAME_UNKNOWN' },
    { status: 400, code: 'UNSUPPORTED' },
  ]) {
    test(`a registry that responds with ${status}`, async () => {
      registry.fault = (_, response) => {
        fail(response, status, code, 'no');
        return true;
      };
      const ended = await xpkg('extract', `${registry.host}/a/b:v1`, '-o', join(folder, 'x.gz'));
      expect(ended).toMatchObject({ code: 1, stdout: '' });
      expect(ended.stderr).toMatch(/^[^\n]+\n$/);
      expect(await readdir(folder)).toEqual([]);
    });
  }

  test('a registry that responds with HTML', async () => {
    registry.fault = (_, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html>welcome</html>');
      return true;
    };
    const ended = await xpkg('inspect', `${registry.host}/a/b:v1`);
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toMatch(/^[^\n]+\n$/);
  });
});

describe('missingRepository', () => {
  const ecr = { registry: '123456789012.dkr.ecr.eu-west-1.amazonaws.com', repository: 'crossplane/x', tag: 'v1' };
  const answer = (code: string) =>
    new OciError('NOT_FOUND', 'not found', { status: 404, registryErrors: [{ code, message: '' }] });

  test('names the missing ECR repository and the command that creates it', () => {
    const error = missingRepository(ecr, answer('NAME_UNKNOWN'));
    expect(error).toMatchObject({ name: 'XpkgError', code: 'NO_REPOSITORY' });
    expect(error?.message).toContain(
      'repository crossplane/x does not exist in account 123456789012, region eu-west-1',
    );
    expect(error?.message).toContain('aws ecr create-repository --region eu-west-1 --repository-name crossplane/x');
  });

  for (const { name, registry, error } of [
    { name: 'another registry', registry: 'registry.example.com', error: answer('NAME_UNKNOWN') },
    { name: 'a missing tag', registry: ecr.registry, error: answer('MANIFEST_UNKNOWN') },
    { name: 'another error', registry: ecr.registry, error: new Error('x') },
  ]) {
    test(`ignores ${name}`, () => expect(missingRepository({ ...ecr, registry }, error)).toBeUndefined());
  }
});

for (const { progress, line } of [
  { progress: { sentBytes: 0, state: 'sending' }, line: `[${' '.repeat(30)}] 0 B of 2 MiB` },
  {
    progress: { sentBytes: 1_048_576, state: 'sending' },
    line: `[${'='.repeat(15)}${' '.repeat(15)}] 1 MiB of 2 MiB`,
  },
  { progress: { sentBytes: 0, state: 'exists' }, line: `[${'='.repeat(30)}] 2 MiB exists` },
] as const) {
  test(`prints the progress of a blob as ${line}`, () => {
    expect(bar({ digest: SOME_DIGEST, size: 2_097_152, ...progress })).toBe(`${SOME_DIGEST.slice(7, 19)} ${line}`);
  });
}
