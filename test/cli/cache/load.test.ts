import { spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { gunzipSync, gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NEVER_LOADED } from '../../../package/never-loaded.ts';
import { listCache } from '../../../src/cache/entries.ts';
import { writeImageTarball } from '../../../src/oci/index.ts';
import { type ApiServer, configMaps, startApiServer } from '../../cache/loader/api-server.ts';
import { bytesOf, entrySet, mountSet } from '../../cache/sets.ts';
import { smallImage } from '../../oci/fixtures.ts';

const work = mkdtempSync(join(tmpdir(), 'cache-load-'));
chmodSync(work, 0o755);
afterAll(() => rmSync(work, { recursive: true }));
const fresh = () => {
  const directory = mkdtempSync(join(work, 'd-'));
  chmodSync(directory, 0o755);
  return directory;
};

const program = join(work, 'main.mjs');
beforeAll(async () => {
  await build({
    entryPoints: [join(import.meta.dirname, '../../../src/main.ts')],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: [...NEVER_LOADED],
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
    logLevel: 'error',
  });
});

const NOBODY = 65_534;

interface RunOptions {
  readonly uid?: number;
  /** Limits the size of files that the process may write, in blocks of 1,024 bytes, which acts as a full disk. */
  readonly fileBlocks?: number;
  readonly env?: NodeJS.ProcessEnv;
}

function start(args: readonly string[], { uid, fileBlocks, env }: RunOptions = {}) {
  const argv = [process.execPath, program, 'cache', 'load', ...args];
  const limited = ['bash', '-c', `trap '' XFSZ; ulimit -f ${fileBlocks}; exec "$0" "$@"`, ...argv];
  const [file = '', ...rest] = fileBlocks === undefined ? argv : limited;
  return spawn(file, rest, {
    env: { ...process.env, ...env },
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
}

async function run(args: readonly string[], options?: RunOptions) {
  const child = start(args, options);
  const exit = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
  return { code, stderr, summary: stdout === '' ? undefined : JSON.parse(stdout) };
}

const set = entrySet('cfg', { size: 200_000, chunkSize: 20_000 });
const entries = (into: string) => readdirSync(into).filter((name) => !name.startsWith('.package-cache/'));

describe('cache load', () => {
  test('exits with 0 and prints a summary when all is placed', async () => {
    const [from, into] = [fresh(), fresh()];
    mountSet(from, set);
    const { code, summary } = await run(['--from', from, '--into', into]);
    expect({ code, summary }).toMatchObject({ code: 0, summary: { placed: ['cfg.gz'], bytes: bytesOf(set).length } });
    expect(readFileSync(join(into, 'cfg.gz'))).toEqual(bytesOf(set));
  });

  test('converts a mounted package file, and prints how to install it', async () => {
    const [from, into] = [fresh(), fresh()];
    const meta = { apiVersion: 'meta.pkg.crossplane.io/v1', kind: 'Configuration', metadata: { name: 'best' } };
    await writeImageTarball(join(from, 'bestpackage.xpkg'), await smallImage(JSON.stringify(meta)));
    const plain = await run(['--from', from, '--into', into]);
    expect(plain).toMatchObject({ code: 0, summary: { placed: ['bestpackage.gz'] } });
    expect(plain.stderr).toContain('later versions require --package bestpackage.xpkg=registry/repository:tag');
    expect(await listCache(into)).toMatchObject([{ file: 'bestpackage.gz', placed: true, artifact: undefined }]);
    const reference = 'bestpackage.xpkg=registry.example.com/acme/bestpackage:v1.0.0';
    const named = await run(['--from', from, '--into', into, '--package', reference]);
    expect(named).toMatchObject({ code: 0, summary: { removed: ['bestpackage.gz'] } });
    const [, digest = ''] = /registry\.example\.com\/acme\/bestpackage@(sha256:[0-9a-f]{64})/.exec(named.stderr) ?? [];
    expect(named.summary.placed).toEqual([`registry-example-com-acme-bestpackage-sha256-${digest.slice(7, 12)}.gz`]);
  });

  test('exits with 2 and the reason when something is not placed', async () => {
    const [from, into] = [fresh(), fresh()];
    mountSet(from, set);
    const { code, stderr, summary } = await run(['--from', from, '--into', into, '--max-bytes', '1Ki']);
    expect({ code, summary }).toMatchObject({ code: 2, summary: { placed: [], refused: [{ code: 'TOO_LARGE' }] } });
    expect(stderr).toContain('its limit is 1 KiB');
  });

  test.each([
    ['neither directories nor namespaces', []],
    ['both', ['--from', '/', '--namespace', 'x']],
    ['directories and a grant', ['--from', '/', '--trust', 'x=registry.example.com']],
    ['an invalid namespace', ['--namespace', '../secrets']],
    ['a grant without prefixes', ['--trust', 'x']],
    ['a package without a name', ['--from', '/', '--package', 'a.xpkg']],
    ['a package without directories', ['--namespace', 'x', '--package', 'a.xpkg=registry.example.com/a:v1']],
    ['a directory for layers that does not exist', ['--from', '/proc/self/fd', '--layers-dir', '/no/such/directory']],
    ['a watch on directories', ['--from', '/', '--watch']],
    ['an invalid size', ['--from', '/', '--max-bytes', '16MB']],
    ['a directory that does not exist', ['--from', '/no/such/directory']],
    ['a cache that does not exist', ['--from', '/proc/self', '--into', '/no/such/directory']],
  ])('exits with 1 and one line for %s', async (_, args) => {
    const { code, stderr, summary } = await run(args);
    expect({ code, summary, lines: stderr.trim().split('\n').length }).toEqual({
      code: 1,
      summary: undefined,
      lines: 1,
    });
  });

  test('replaces its entries in a cache below its source directory, which it does not read', async () => {
    const from = fresh();
    const into = join(from, 'cache');
    mkdirSync(into);
    const place = async (text: string) => {
      writeFileSync(join(from, 'a.gz'), gzipSync(text));
      return run(['--from', from, '--into', into]);
    };
    expect(await place('old')).toMatchObject({ code: 0, summary: { placed: ['a.gz'] } });
    expect(await place('new')).toMatchObject({ code: 0, stderr: '', summary: { placed: ['a.gz'], refused: [] } });
    expect(gunzipSync(readFileSync(join(into, 'a.gz'))).toString()).toBe('new');
  });

  test('prints a rejection of several contents once', async () => {
    const sources = [fresh(), fresh()];
    for (const [index, source] of sources.entries()) writeFileSync(join(source, 'a.gz'), gzipSync(String(index)));
    const { code, stderr, summary } = await run(['--from', ...sources, '--into', fresh()]);
    expect({ code, lines: stderr.trim().split('\n') }).toEqual({
      code: 2,
      lines: [expect.stringContaining('cannot place a.gz: different contents have this name')],
    });
    expect(summary.refused).toHaveLength(2);
  });

  test('on a full disk exits with 2, keeps existing entries and places what still fits', async () => {
    const [from, into] = [fresh(), fresh()];
    const small = entrySet('small', { size: 500 });
    const another = entrySet('tiny', { size: 500 });
    mountSet(from, small);
    await run(['--from', from, '--into', into]);
    mountSet(from, set);
    mountSet(from, another);
    const { code, stderr, summary } = await run(['--from', from, '--into', into], { fileBlocks: 32 });
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('the disk is full (EFBIG)') });
    expect(summary).toMatchObject({ placed: ['tiny.gz'], unchanged: ['small.gz'], refused: [{ code: 'FULL' }] });
    expect(entries(into).sort()).toEqual(['.package-cache', 'small.gz', 'tiny.gz']);
    expect(readFileSync(join(into, 'small.gz'))).toEqual(bytesOf(small));
  });

  test('into a read-only directory exits with 1 and changes nothing', async () => {
    const [from, into] = [fresh(), fresh()];
    mountSet(from, set);
    mkdirSync(join(into, 'sub'));
    writeFileSync(join(into, 'foreign.gz'), 'x');
    chmodSync(into, 0o555);
    const asRoot = process.getuid?.() === 0;
    if (asRoot) chownSync(into, NOBODY, NOBODY);
    const { code, stderr } = await run(['--from', from, '--into', into], asRoot ? { uid: NOBODY } : {});
    // Otherwise only root could remove it.
    chmodSync(into, 0o755);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(/it is not writable \(EACCES\)/) });
    expect(readdirSync(into)).toEqual(['foreign.gz', 'sub']);
  });
});

describe('cache load from a cluster', () => {
  async function kubeconfig(server: ApiServer): Promise<string> {
    const path = join(fresh(), 'kubeconfig');
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'a', cluster: { server: server.server, 'insecure-skip-tls-verify': true } }],
      users: [{ name: 'a', user: { token: 'x' } }],
      contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
      'current-context': 'a',
    };
    writeFileSync(path, JSON.stringify(config));
    return path;
  }

  test('removes at once the temporary files of a loader that was killed', async () => {
    const server = await startApiServer();
    server.apply(...configMaps(set));
    const into = fresh();
    const env = { KUBECONFIG: await kubeconfig(server) };
    const reached = server.hang(`${set.name}-1`);
    const killed = start(['--namespace', 'crossplane-system', '--into', into], { env });
    const exit = new Promise((resolve) => killed.once('exit', resolve));
    await reached;
    expect(readdirSync(into).filter((name) => name.startsWith('.package-cache-'))).toHaveLength(1);
    killed.kill('SIGKILL');
    await exit;
    await server.close();
    const from = fresh();
    mountSet(from, set);
    expect(await run(['--from', from, '--into', into])).toMatchObject({ code: 0, summary: { placed: ['cfg.gz'] } });
    expect(readdirSync(into).sort()).toEqual(['.package-cache', 'cfg.gz']);
  });

  test('exits with 2 for a package that its namespace may not provide', async () => {
    const server = await startApiServer();
    server.apply(...configMaps(set));
    const env = { KUBECONFIG: await kubeconfig(server) };
    const args = ['--trust', 'crossplane-system=registry.example.com/elsewhere', '--into', fresh()];
    expect(await run(args, { env })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('must be below registry.example.com/elsewhere'),
      summary: { placed: [], refused: [{ code: 'UNTRUSTED' }] },
    });
    await server.close();
  });

  test('follows a cluster, serves metrics and ends with 0 on SIGTERM', async () => {
    const server = await startApiServer();
    server.apply(...configMaps(set));
    const into = fresh();
    const args = ['--namespace', 'crossplane-system', '--into', into, '--watch', '--http-address', '127.0.0.1:0'];
    const child = start(args, { env: { KUBECONFIG: await kubeconfig(server) } });
    const exit = new Promise<number | null>((resolve) => child.once('exit', resolve));
    const [summary] = await lines(child.stdout, 1);
    expect(JSON.parse(summary ?? '')).toMatchObject({ placed: ['cfg.gz'] });
    const [log] = await lines(child.stderr, 1);
    const { port } = JSON.parse(log ?? '').http;
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    expect(metrics).toContain('package_cache_loader_entries 1');
    expect(metrics).toContain('package_cache_loader_placed_total 1');
    expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);
    server.delete(...configMaps(set));
    const [second] = await lines(child.stdout, 1);
    expect(JSON.parse(second ?? '')).toMatchObject({ removed: ['cfg.gz'] });
    child.kill('SIGTERM');
    expect(await exit).toBe(0);
    await server.close();
  });
});

/** The next lines of a stream. */
async function lines(stream: NodeJS.ReadableStream, count: number): Promise<string[]> {
  let seen = '';
  while (seen.split('\n').length <= count) {
    const chunk = stream.read() as Buffer | null;
    if (chunk !== null) seen += chunk.toString('utf8');
    else await new Promise((resolve) => stream.once('readable', resolve));
  }
  return seen.trim().split('\n');
}
