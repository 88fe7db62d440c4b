import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { loadDirectories } from '../../src/cache/loader/run.ts';
import { splitContent } from '../../src/cache/sets/chunks.ts';
import { listCache, verifyCache } from '../../src/cache/verify.ts';
import { writeTar } from '../../src/oci/index.ts';
import { collect } from '../oci/fixtures.ts';
import { digestFor, mountSet } from './sets.ts';

const work = mkdtempSync(join(tmpdir(), 'verify-'));
afterAll(() => rmSync(work, { recursive: true }));
const fresh = () => mkdtempSync(join(work, 'd-'));

const SOURCE = 'registry.example.com/acme/cfg';
const DIGEST = `sha256:e3b0c${'4'.repeat(59)}`;
const FILE = 'registry-example-com-acme-cfg-sha256-e3b0c.gz';
const REFERENCE = `${SOURCE}@${DIGEST}`;

function yaml(name = 'cfg', dependencies: Record<string, string> = {}): string {
  const dependsOn = Object.entries(dependencies).map(([source, version]) => ({ configuration: source, version }));
  return `${JSON.stringify({ apiVersion: 'meta.pkg.crossplane.io/v1', kind: 'Configuration', metadata: { name }, spec: { dependsOn } })}\n`;
}

/** A cache directory with one file. */
function cacheWith(bytes: Uint8Array | string, file = FILE): string {
  const directory = fresh();
  writeFileSync(join(directory, file), bytes);
  return directory;
}

async function found(directory: string, ...packages: string[]): Promise<string[]> {
  return (await verifyCache(directory, packages)).map(({ cause, message }) => `${cause}: ${message}`);
}

describe('a package in the cache', () => {
  test('that is as Crossplane wants it is fine', async () => {
    expect(await found(cacheWith(gzipSync(yaml())), REFERENCE)).toEqual([]);
    expect(await found(cacheWith(gzipSync(yaml())), `${SOURCE}:v1.0.0@${DIGEST}`)).toEqual([]);
  });

  test('is not used by a tag', async () => {
    const [message = ''] = await found(cacheWith(gzipSync(yaml())), `${SOURCE}:v1.0.0`);
    expect(message).toMatch(/^tag: Crossplane asks the registry what the tag v1\.0\.0 means, whatever the pull policy/);
  });

  test('is not found under another name, and what is there instead is told', async () => {
    const tar = await collect(writeTar([{ type: 'file', name: 'package.yaml', content: Buffer.from(yaml()) }]));
    const directory = cacheWith(tar, 'provider.gz');
    writeFileSync(join(directory, 'out.gz'), gzipSync(yaml('other')));
    expect(await found(directory, REFERENCE)).toEqual([
      `name: expected ${FILE}; found out.gz (Configuration other), provider.gz (a tarball, not a gzip'd package.yaml)`,
    ]);
    expect(await found(fresh(), REFERENCE)).toEqual([`name: expected ${FILE}; found nothing`]);
  });

  const whole = gzipSync(yaml());
  test.each([
    ['is empty', Buffer.alloc(0), /it is empty/],
    ['is plain YAML', yaml(), /not one complete gzip stream/],
    ['ends early', whole.subarray(0, -5), /ends early/],
    ['goes on behind its end', Buffer.concat([whole, Buffer.alloc(8)]), /behind the end/],
  ])('is passed over when its file %s', async (_, bytes, message) => {
    expect(await found(cacheWith(bytes), REFERENCE)).toEqual([expect.stringMatching(/^gzip: /)]);
    expect((await found(cacheWith(bytes), REFERENCE))[0]).toMatch(message);
  });

  test.each([
    ['nothing', ''],
    ['something that is no YAML', 'a: [\n'],
    ['two metas', `${yaml()}---\n${yaml()}`],
    ['a kind that no package has', `${yaml()}---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n`],
  ])('is refused when its stream holds %s', async (_, text) => {
    const messages = await found(cacheWith(gzipSync(text)), REFERENCE);
    expect(messages.length).toBeGreaterThan(0);
    expect(messages.every((message) => message.startsWith('yaml: '))).toBe(true);
  });

  test('is another one when a package of the same five digits was placed', async () => {
    const [from, into] = [fresh(), fresh()];
    const artifact = { source: SOURCE, digest: `sha256:e3b0c${'5'.repeat(59)}` };
    mountSet(from, splitContent({ file: FILE, bytes: gzipSync(yaml()), artifact }, { base: 'a' }));
    await loadDirectories([from], { into, maxBytes: 1e6 });
    expect(await found(into, REFERENCE)).toEqual([
      expect.stringMatching(/^digest: .* whose name in the cache is the same/),
    ]);
    expect(await found(into, `${SOURCE}@${artifact.digest}`)).toEqual([]);
  });

  test('is not installed without what it depends on', async () => {
    const other = 'registry.example.com/acme/other';
    const directory = cacheWith(gzipSync(yaml('cfg', { [other]: '>=v1.0.0' })));
    writeFileSync(
      join(directory, `registry-example-com-acme-other-sha256-${digestFor('o').slice(7, 12)}.gz`),
      gzipSync(yaml()),
    );
    expect(await found(directory, REFERENCE)).toEqual([expect.stringMatching(/^closure: .*which is not in the set/)]);
    expect(await found(directory, REFERENCE, `${other}@${digestFor('o')}`)).toEqual([
      expect.stringMatching(/^closure: .*by digest only/),
    ]);
    expect(await found(directory, REFERENCE, `${other}:v1.2.0@${digestFor('o')}`)).toEqual([]);
  });

  test('cannot have a name that is no reference', async () => {
    expect(await found(fresh(), 'cfg')).toEqual([expect.stringMatching(/^reference: /)]);
  });
});

test('a cache directory is listed with what is in it', async () => {
  const directory = cacheWith(gzipSync(yaml()));
  writeFileSync(join(directory, 'x.gz'), 'xyz');
  expect(await listCache(directory)).toEqual([
    { file: FILE, bytes: gzipSync(yaml()).length, artifact: undefined, content: 'Configuration cfg' },
    { file: 'x.gz', bytes: 3, artifact: undefined, content: '3 B, it is not one complete gzip stream' },
  ]);
});
