import { execFileSync, spawn } from 'node:child_process';
import {
  copyFileSync,
  createWriteStream,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  buildImage,
  bytesBlob,
  dockerConfigSource,
  encodeJson,
  MEDIA_TYPES,
  writeImageTarball,
  writeTar,
} from '../../src/oci/index.ts';
import { cacheFileName } from '../../src/xpkg/index.ts';
import { collect } from '../oci/fixtures.ts';
import { PROGRAM, runProgram } from '../program.ts';

// Files that block, never end, or decompress to far more than their size. Each command must report the problem and exit.

const folder = mkdtempSync(join(tmpdir(), 'hostile-'));
const at = (...names: string[]) => join(folder, ...names);
const TARGET = 'registry.example.com/acme/cfg:v1';
const DIGEST = `sha256:${'ab'.repeat(32)}`;
const META = 'apiVersion: meta.pkg.crossplane.io/v1\nkind: Configuration\nmetadata: {name: cfg}\n';
const RENDER = `${import.meta.dirname}/../render/inputs`;

afterAll(() => rmSync(folder, { recursive: true }));
beforeAll(async () => {
  execFileSync('mkfifo', [at('fifo'), at('fifo.xpkg')]);
  symlinkSync('/dev/zero', at('zero'));
  symlinkSync('/dev/zero', at('zero.xpkg'));
  writeFileSync(at('huge.xpkg'), '');
  truncateSync(at('huge.xpkg'), 2 ** 40);
  mkdirSync(at('directory.xpkg'));
  for (const [name, target] of Object.entries({ zero: '/dev/zero', fifo: at('fifo'), huge: at('huge.xpkg') })) {
    mkdirSync(at(`root-${name}`));
    writeFileSync(at(`root-${name}`, 'crossplane.yaml'), META);
    symlinkSync(target, at(`root-${name}`, 'x.yaml'));
    mkdirSync(at(`tls-${name}`));
    for (const file of ['tls.crt', 'tls.key', 'ca.crt']) symlinkSync(target, at(`tls-${name}`, file));
    mkdirSync(at(`docker-${name}`));
    symlinkSync(target, at(`docker-${name}`, 'config.json'));
    mkdirSync(at(`cache-${name}`));
    symlinkSync(target, at(`cache-${name}`, cacheFileName(`registry.example.com/acme/cfg@${DIGEST}`, DIGEST)));
  }
  await writeBomb(
    'bomb.xpkg',
    await collect(writeTar([{ type: 'file', name: 'package.yaml', content: Buffer.alloc(200 * 1_048_576) }])),
  );
  await writeBomb('runtime-bomb.xpkg', Buffer.alloc(200 * 1_048_576), '');
  mkdirSync(at('cache-bomb'));
  writeFileSync(
    at('cache-bomb', cacheFileName(`registry.example.com/acme/cfg@${DIGEST}`, DIGEST)),
    gzipSync(Buffer.alloc(200 * 1_048_576)),
  );
  writeFileSync(at('laughs.yaml'), laughs());
  writeFileSync(at('deep.yaml'), `${'['.repeat(50_000)}\n`);
  await writeLayout('climbs.tar', '../../pwned', '');
  await writeLayout('deep.tar', 'index.json', `{"schemaVersion":2,"manifests":${'['.repeat(100_001)}`);
  mkdirSync(at('root-laughs'));
  copyFileSync(at('laughs.yaml'), at('root-laughs', 'x.yaml'));
}, 60_000);

/** A package file whose only layer, of some hundred kilobytes, unpacks to `content`. */
async function writeBomb(name: string, content: Buffer, mark = 'base'): Promise<void> {
  const layer = bytesBlob(MEDIA_TYPES.dockerLayerGzip, gzipSync(content));
  const labels = mark === '' ? {} : { [`io.crossplane.xpkg:${layer.descriptor.digest}`]: mark };
  const rootfs = { type: 'layers', diff_ids: [] };
  const config = encodeJson({ architecture: '', os: '', rootfs, config: { Labels: labels } });
  await writeImageTarball(at(name), buildImage({ config, layers: [layer] }));
}

/** An archive of an image layout with one file more. tar-stream writes any name. */
async function writeLayout(name: string, file: string, text: string): Promise<void> {
  const archive = pack();
  archive.entry({ name: 'oci-layout' }, '{"imageLayoutVersion":"1.0.0"}');
  archive.entry({ name: file }, text);
  archive.finalize();
  await pipeline(archive, createWriteStream(at(name)));
}

function laughs(): string {
  const lines = Array.from({ length: 9 }, (_, index) => `l${index + 1}: &l${index + 1} [${`*l${index},`.repeat(9)}]`);
  return `apiVersion: v1\nkind: Laugh\nl0: &l0 [lol]\n${lines.join('\n')}\n`;
}

interface Case {
  readonly args: readonly string[];
  readonly says: RegExp;
  readonly code?: number;
}

const xr = `${RENDER}/thing.yaml`;
const composition = `${RENDER}/composition-nothing.yaml`;
const DEVICE = /it is a device, not a regular file/;
const FIFO = /it is a FIFO, not a regular file/;
const LARGE = /has more than \d+ bytes/;

const CASES: readonly Case[] = [
  { args: ['xpkg', 'build', '-f', at('root-zero'), '-o', at('out.xpkg')], says: DEVICE },
  { args: ['xpkg', 'build', '-f', at('root-fifo'), '-o', at('out.xpkg')], says: FIFO },
  { args: ['xpkg', 'build', '-f', at('root-huge'), '-o', at('out.xpkg')], says: LARGE },
  { args: ['xpkg', 'lint', '-f', at('root-zero')], says: DEVICE },
  { args: ['xpkg', 'lint', '-f', at('root-laughs')], says: /its aliases expand to too much content/ },
  { args: ['xpkg', 'lint', '-e', at('root-zero'), '-f', at('root-laughs')], says: DEVICE },
  { args: ['xpkg', 'build', '-f', at('tls-zero'), '--embed-runtime-image-tarball', at('zero')], says: DEVICE },
  { args: ['xpkg', 'build', '-f', at('tls-zero'), '--embed-runtime-image-tarball', at('fifo')], says: FIFO },
  { args: ['xpkg', 'build', '-f', at('tls-zero'), '--embed-runtime-image-tarball', at('huge.xpkg')], says: LARGE },
  { args: ['xpkg', 'inspect', at('bomb.xpkg')], says: /unpacked, has more than \d+ bytes/ },
  { args: ['xpkg', 'inspect', at('runtime-bomb.xpkg')], says: /unpacked, has more than \d+ bytes/ },
  { args: ['xpkg', 'extract', '--from-xpkg', at('bomb.xpkg'), '-o', at('out.gz')], says: /unpacked, has more than/ },
  { args: ['xpkg', 'extract', '--from-xpkg', at('zero.xpkg'), '-o', at('out.gz')], says: DEVICE },
  { args: ['xpkg', 'extract', '--from-xpkg', at('fifo.xpkg'), '-o', at('out.gz')], says: FIFO },
  { args: ['xpkg', 'extract', '--from-xpkg', at('directory.xpkg'), '-o', at('out.gz')], says: /it is a directory/ },
  { args: ['xpkg', 'push', '-f', at('zero.xpkg'), TARGET], says: DEVICE },
  { args: ['xpkg', 'push', '-f', at('fifo.xpkg'), TARGET], says: FIFO },
  { args: ['xpkg', 'push', '-f', at('bomb.xpkg'), '--sbom', at('zero'), TARGET], says: DEVICE },
  { args: ['xpkg', 'push', '-f', at('bomb.xpkg'), '--ca-file', at('zero'), TARGET], says: DEVICE },
  { args: ['xpkg', 'copy', '--ca-file', at('fifo'), TARGET, TARGET], says: FIFO },
  { args: ['cache', 'pack', `${at('zero.xpkg')}=${TARGET}`], says: DEVICE },
  { args: ['cache', 'pack', `${at('bomb.xpkg')}=${TARGET}`], says: /unpacked, has more than \d+ bytes/ },
  ...(['zero', 'fifo'] as const).map((name) => ({
    args: ['cache', 'verify', at(`cache-${name}`), '--package', `registry.example.com/acme/cfg@${DIGEST}`],
    // Entries that are not regular files are ignored.
    says: /expected registry-example-com-acme-cfg-sha256-\w+\.gz; found nothing/,
    code: 2,
  })),
  {
    args: ['cache', 'verify', at('cache-bomb'), '--package', `registry.example.com/acme/cfg@${DIGEST}`],
    says: LARGE,
    code: 2,
  },
  { args: ['cache', 'ls', at('cache-bomb')], says: LARGE, code: 0 },
  { args: ['validate', at('zero')], says: DEVICE },
  { args: ['validate', at('fifo')], says: FIFO },
  { args: ['validate', at('huge.xpkg')], says: LARGE },
  { args: ['validate', at('laughs.yaml')], says: /its aliases expand to too much content/ },
  { args: ['cache', 'diff', at('laughs.yaml'), at('zero')], says: /its aliases expand to too much content/, code: 2 },
  { args: ['cache', 'diff', at('fifo'), at('fifo')], says: FIFO, code: 2 },
  { args: ['cache', 'apply', at('huge.xpkg')], says: LARGE },
  { args: ['cache', 'bundle', '--lock', at('zero'), '-o', at('out.tar')], says: DEVICE },
  { args: ['cache', 'bundle', 'push', at('fifo'), 'registry.example.com/x'], says: FIFO },
  { args: ['cache', 'bundle', 'push', at('huge.xpkg'), 'registry.example.com/x'], says: LARGE },
  {
    args: ['cache', 'bundle', 'push', at('climbs.tar'), 'registry.example.com/x'],
    says: /must be a relative path inside/,
  },
  {
    args: ['cache', 'bundle', 'push', at('deep.tar'), 'registry.example.com/x'],
    says: /it has more than 100000 values/,
  },
  { args: ['render', at('zero'), composition], says: DEVICE },
  { args: ['render', at('fifo'), composition], says: FIFO },
  { args: ['render', at('huge.xpkg'), composition], says: LARGE },
  { args: ['render', at('laughs.yaml'), composition], says: /its aliases expand to too much content/ },
  { args: ['render', at('deep.yaml'), composition], says: /nested more than 500 levels deep/ },
  { args: ['render', xr, at('zero')], says: DEVICE },
  { args: ['render', xr, composition, '-o', at('root-zero')], says: DEVICE },
  { args: ['render', xr, composition, '-e', at('fifo')], says: FIFO },
  { args: ['render', xr, composition, '--context-files', `a=${at('zero')}`], says: DEVICE },
  { args: ['render', xr, composition, '--xrd', at('huge.xpkg')], says: LARGE },
  { args: ['render', xr, composition, '--function-credentials', at('zero')], says: DEVICE },
  { args: ['serve', '--tls-certs-dir', at('tls-zero')], says: DEVICE },
  { args: ['serve', '--tls-certs-dir', at('tls-fifo')], says: FIFO },
  { args: ['serve', '--tls-certs-dir', at('tls-huge')], says: LARGE },
];

describe('a command with a malicious file ends with an error', () => {
  test.each(CASES)('$args', async ({ args, says, code = 1 }) => {
    const { code: got, stdout, stderr } = await runProgram(args);
    expect({ code: got, says: `${stdout}${stderr}` }).toEqual({ code, says: expect.stringMatching(says) });
  });

  test('render reads standard input up to a limit', async () => {
    const child = spawn(process.execPath, [PROGRAM, 'render', '-', composition], {
      stdio: [openSync('/dev/zero', 'r'), 'ignore', 'pipe'],
    });
    const stderr: Buffer[] = [];
    child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk));
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect({ code, says: Buffer.concat(stderr).toString() }).toEqual({
      code: 1,
      says: expect.stringMatching(/cannot read standard input: it has more than \d+ bytes/),
    });
  });
});

test.each(['zero', 'fifo', 'huge'])('docker’s config file must not be a link to %s', async (name) => {
  const source = dockerConfigSource({ DOCKER_CONFIG: at(`docker-${name}`) }, folder);
  await expect(source.get({ registry: 'registry.example.com', repository: 'a' })).rejects.toMatchObject({
    code: 'INVALID_CREDENTIALS',
  });
});
