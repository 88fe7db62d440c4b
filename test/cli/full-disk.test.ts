import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeImageTarball } from '../../src/oci/index.ts';
import { smallImage } from '../oci/fixtures.ts';
import { type RegistryServer, startRegistry } from '../oci/registry-server.ts';
import { type Ended, PROGRAM, runProgram } from '../program.ts';

const work = mkdtempSync(join(tmpdir(), 'full-disk-'));
const source = join(work, 'source');
const fixture = join(import.meta.dirname, '../xpkg/fixtures/configuration');
const meta = JSON.stringify({
  apiVersion: 'meta.pkg.crossplane.io/v1',
  kind: 'Configuration',
  metadata: { name: 'a' },
});

let registry: RegistryServer;
beforeAll(async () => {
  registry = await startRegistry();
  mkdirSync(source);
  writeFileSync(join(source, 'registry-example-com-a-sha256-00000.gz'), gzipSync(meta));
  const file = join(source, 'a.xpkg');
  await writeImageTarball(file, await smallImage(meta, { platform: { os: '', architecture: '' } }));
  const reference = `${registry.host}/acme/cfg:v1`;
  const pushed = await runProgram(['xpkg', 'push', '-f', file, reference], { HOME: work });
  expect(pushed).toMatchObject({ code: 0, stderr: '' });
  const packages = [{ source: `${registry.host}/acme/cfg`, version: 'v1', digest: pushed.stdout.trim(), neededBy: [] }];
  writeFileSync(join(source, 'lock.json'), JSON.stringify({ version: 1, packages }));
  const bundled = await runProgram(
    ['cache', 'bundle', '-o', join(source, 'bundle.tar'), '--lock', join(source, 'lock.json')],
    { HOME: work },
  );
  expect(bundled).toMatchObject({ code: 0 });
});
afterAll(async () => {
  await registry.close();
  rmSync(work, { recursive: true });
});

/** Runs the program with a limit of 0 bytes for files, which acts as a full disk. */
function runOnFullDisk(args: readonly string[], dockerConfig: string): Promise<Ended> {
  const command = `trap '' XFSZ; ulimit -f 0; exec "$0" "$@"`;
  const env = { PATH: process.env.PATH, HOME: work, DOCKER_CONFIG: dockerConfig };
  return new Promise((resolve) => {
    execFile('bash', ['-c', command, process.execPath, PROGRAM, ...args], { env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

const packageFile = join(source, 'a.xpkg');
test.each<[string, string, (target: string) => string[]]>([
  ['xpkg build', 'file', (target) => ['-f', fixture, '-o', join(target, 'file'), '-q']],
  ['xpkg extract', 'file.gz', (target) => [packageFile, '-o', join(target, 'file.gz')]],
  [
    'cache pack',
    'file',
    (target) => [`${packageFile}=registry.example.com/acme/a:v1`, '-o', join(target, 'file'), '-q'],
  ],
  [
    'cache pack --with-dependencies',
    'lock',
    (target) => [`${packageFile}=registry.example.com/acme/a:v1`, '--lock', join(target, 'lock'), '-q'],
  ],
  ['cache bundle', 'file', (target) => ['-o', join(target, 'file'), '--lock', join(source, 'lock.json'), '-q']],
  [
    'cache bundle push',
    'image-configs.yaml',
    (target) => [join(source, 'bundle.tar'), `${registry.host}/mirror`, '--mirror-dir', target, '-q'],
  ],
  ['cache map', 'file', (target) => [source, '-o', join(target, 'file')]],
  ['login', 'config.json', () => [registry.host, '-u', 'a', '-p', 'b', '-q']],
])('%s reports %s on a full disk, and leaves it unchanged', async (command, name, args) => {
  const target = mkdtempSync(join(work, 'target-'));
  const path = join(target, name);
  writeFileSync(path, '{}');
  const { code, stdout, stderr } = await runOnFullDisk([...command.split(' '), ...args(target)], target);
  expect({ code, stdout: stdout.slice(0, 100) }).toEqual({ code: 1, stdout: '' });
  const [last = ''] = stderr.trimEnd().split('\n').slice(-1);
  expect(last).toBe(`function-workload-ecr: cannot write ${path}: the disk is full (EFBIG)`);
  expect(readFileSync(path, 'utf8')).toBe('{}');
  expect(readdirSync(target)).toEqual([name]);
});
