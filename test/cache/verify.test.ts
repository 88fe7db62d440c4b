import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { listCache } from '../../src/cache/entries.ts';
import { loadDirectories } from '../../src/cache/loader/run.ts';
import { formatLock, parseLock } from '../../src/cache/pack/lock.ts';
import { entryNameOf } from '../../src/cache/sets/cache-name.ts';
import { splitContent } from '../../src/cache/sets/chunks.ts';
import { verifyCache } from '../../src/cache/verify.ts';
import { writeTar } from '../../src/oci/index.ts';
import { inspectContent } from '../../src/xpkg/index.ts';
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
  const { findings } = await verifyCache(directory, { packages });
  return findings.map(({ cause, message }) => `${cause}: ${message}`);
}

describe('a package in the cache', () => {
  test('that matches Crossplane is valid', async () => {
    expect(await found(cacheWith(gzipSync(yaml())), REFERENCE)).toEqual([]);
    expect(await found(cacheWith(gzipSync(yaml())), `${SOURCE}:v1.0.0@${DIGEST}`)).toEqual([]);
  });

  test('is not found by a tag', async () => {
    const [message = ''] = await found(cacheWith(gzipSync(yaml())), `${SOURCE}:v1.0.0`);
    expect(message).toMatch(/^tag: Crossplane resolves the tag v1\.0\.0 at the registry, with any pull policy/);
  });

  test('is not found under another name, and the finding names the existing file', async () => {
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
    ['ends early', whole.subarray(0, -5), /is truncated/],
    ['goes on behind its end', Buffer.concat([whole, Buffer.alloc(8)]), /after the end/],
  ])('is ignored if its file %s', async (_, bytes, message) => {
    expect(await found(cacheWith(bytes), REFERENCE)).toEqual([expect.stringMatching(/^gzip: /)]);
    expect((await found(cacheWith(bytes), REFERENCE))[0]).toMatch(message);
  });

  test.each([
    ['nothing', ''],
    ['something that is no YAML', 'a: [\n'],
    ['two metas', `${yaml()}---\n${yaml()}`],
    ['a kind that no package has', `${yaml()}---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n`],
  ])('is refused if its stream contains %s', async (_, text) => {
    const messages = await found(cacheWith(gzipSync(text)), REFERENCE);
    expect(messages.length).toBeGreaterThan(0);
    expect(messages.every((message) => message.startsWith('yaml: '))).toBe(true);
  });

  test('is a different one if a package with the same five digits was placed', async () => {
    const [from, into] = [fresh(), fresh()];
    const artifact = { source: SOURCE, digest: `sha256:e3b0c${'5'.repeat(59)}` };
    mountSet(from, splitContent({ file: FILE, bytes: gzipSync(yaml()), artifact }, { base: 'a' }));
    await loadDirectories([from], { into, maxBytes: 1e6 });
    expect(await found(into, REFERENCE)).toEqual([
      expect.stringMatching(/^digest: .* whose name in the cache is the same/),
    ]);
    expect(await found(into, `${SOURCE}@${artifact.digest}`)).toEqual([]);
  });

  const OTHER = 'registry.example.com/acme/other';
  const otherFile = (seed = 'o') => `registry-example-com-acme-other-sha256-${digestFor(seed).slice(7, 12)}.gz`;

  test('is not installed without its dependencies', async () => {
    const directory = cacheWith(gzipSync(yaml('cfg', { [OTHER]: '>=v1.0.0' })));
    expect(await found(directory, REFERENCE)).toEqual([expect.stringMatching(/^closure: .*which is not in/)]);
    writeFileSync(join(directory, otherFile()), gzipSync(yaml('other')));
    expect(await found(directory, REFERENCE, `${OTHER}@${digestFor('o')}`)).toEqual([
      expect.stringMatching(/^closure: .*by digest only/),
    ]);
    expect(await found(directory, REFERENCE, `${OTHER}:v0.9.0@${digestFor('o')}`)).toEqual([
      expect.stringMatching(/^closure: .*the set has v0\.9\.0/),
    ]);
    expect(await found(directory, REFERENCE, `${OTHER}:v1.2.0@${digestFor('o')}`)).toEqual([]);
  });

  test('finds its dependency in the directory, with an unknown version', async () => {
    const directory = cacheWith(gzipSync(yaml('cfg', { [OTHER]: '>=v1.0.0' })));
    writeFileSync(join(directory, otherFile()), gzipSync(yaml('other')));
    const { findings, notes, checked } = await verifyCache(directory, { packages: [REFERENCE] });
    expect({ findings, checked }).toEqual({ findings: [], checked: 2 });
    expect(notes).toEqual([expect.stringMatching(/depends on .*other \(>=v1\.0\.0\): .* whose version is unknown/)]);
  });

  test('finds its dependency by digest, and not by another digest', async () => {
    const directory = cacheWith(gzipSync(yaml('cfg', { [OTHER]: digestFor('o') })));
    writeFileSync(join(directory, otherFile('x')), gzipSync(yaml('other')));
    expect(await found(directory, REFERENCE)).toEqual([expect.stringMatching(/^closure: /)]);
    writeFileSync(join(directory, otherFile('o')), gzipSync(yaml('other')));
    expect(await found(directory, REFERENCE)).toEqual([]);
  });

  test('requires indirect dependencies, also with a cycle', async () => {
    const third = 'registry.example.com/acme/third';
    const directory = cacheWith(gzipSync(yaml('cfg', { [OTHER]: '*' })));
    writeFileSync(join(directory, otherFile()), gzipSync(yaml('other', { [third]: '*', [SOURCE]: '*' })));
    expect(await found(directory, REFERENCE)).toEqual([
      expect.stringMatching(/acme\/other depends on .*third .*which is not in/),
      expect.stringMatching(/acme\/other depends on .*cfg as "\*", but the set has it by digest only/),
    ]);
  });

  test.each([
    ['is damaged', 'x', ['gzip', 'closure']],
    ['holds no package', gzipSync('a: 1'), ['yaml', 'closure']],
  ])('is not installed if its dependency %s', async (_, bytes, causes) => {
    const directory = cacheWith(gzipSync(yaml('cfg', { [OTHER]: '*' })));
    writeFileSync(join(directory, otherFile()), bytes);
    const { findings } = await verifyCache(directory, { packages: [REFERENCE] });
    expect([...new Set(findings.map(({ cause }) => cause))]).toEqual(causes);
  });

  test('does not depend on an entry of another source with the same beginning', async () => {
    const long = `registry.example.com/${'x'.repeat(40)}`;
    const directory = cacheWith(gzipSync(yaml('cfg', { [`${long}/a`]: '*' })));
    const artifact = { source: `${long}/b`, digest: digestFor('b') };
    const from = fresh();
    mountSet(from, splitContent({ file: entryNameOf(artifact), bytes: gzipSync(yaml('b')), artifact }, { base: 'b' }));
    await loadDirectories([from], { into: directory, maxBytes: 1e6 });
    expect(await found(directory, REFERENCE)).toEqual([expect.stringMatching(/^closure: .*which is not in/)]);
  });

  test('with an invalid range is refused without ending the command', async () => {
    const directory = cacheWith(gzipSync(yaml('cfg', { [OTHER]: 'zzz' })));
    writeFileSync(join(directory, otherFile()), gzipSync(yaml('other')));
    expect(await found(directory, REFERENCE, `${OTHER}:v1.0.0@${digestFor('o')}`)).toEqual([
      expect.stringMatching(/^closure: /),
    ]);
  });

  test('cannot have a name that is not a reference', async () => {
    expect(await found(fresh(), 'cfg')).toEqual([expect.stringMatching(/^reference: /)]);
  });
});

describe('a directory as a whole', () => {
  const all = async (directory: string) => {
    const { findings, notes, checked } = await verifyCache(directory, {});
    return { causes: findings.map(({ cause, package: name }) => `${cause} ${name}`), notes, checked };
  };

  test('is valid if every entry and its dependencies are', async () => {
    const other = 'registry.example.com/acme/other';
    const directory = cacheWith(gzipSync(yaml('cfg', { [other]: digestFor('o') })));
    const file = `registry-example-com-acme-other-sha256-${digestFor('o').slice(7, 12)}.gz`;
    writeFileSync(join(directory, file), gzipSync(yaml('other')));
    expect(await all(directory)).toEqual({ causes: [], notes: [], checked: 2 });
  });

  test('that is empty is not valid', async () => {
    const directory = fresh();
    expect(await all(directory)).toMatchObject({ causes: [`empty ${directory}`], checked: 0 });
    writeFileSync(join(directory, 'README.md'), 'x');
    writeFileSync(join(directory, '.hidden.gz'), 'x');
    expect(await all(directory)).toMatchObject({ causes: [`empty ${directory}`] });
  });

  test('with a damaged entry is not valid', async () => {
    const directory = cacheWith(gzipSync(yaml()).subarray(0, -5));
    writeFileSync(join(directory, 'b-sha256-00000.gz'), gzipSync('a: ['));
    expect(await all(directory)).toMatchObject({ causes: ['yaml b-sha256-00000.gz', `gzip ${FILE}`] });
  });

  test('without a dependency is not valid', async () => {
    const directory = cacheWith(gzipSync(yaml('cfg', { 'registry.example.com/acme/other': '*' })));
    expect(await all(directory)).toMatchObject({ causes: [`closure ${FILE}`] });
  });

  test('results in a note about files that Crossplane never looks up', async () => {
    const directory = cacheWith(gzipSync(yaml()));
    writeFileSync(join(directory, 'best.gz'), gzipSync(yaml()));
    writeFileSync(join(directory, 'a.xpkg'), 'x');
    const { causes, notes } = await all(directory);
    expect({ causes, notes: notes.join('\n') }).toEqual({
      causes: [],
      notes: expect.stringMatching(/best\.gz.*\n.*a\.xpkg/),
    });
  });

  test('is read through the links of a mounted ConfigMap, without hidden files', async () => {
    const directory = fresh();
    mkdirSync(join(directory, '..data'));
    writeFileSync(join(directory, '..data', FILE), gzipSync(yaml()));
    symlinkSync(join('..data', FILE), join(directory, FILE));
    symlinkSync('/dev/zero', join(directory, 'zero.gz'));
    symlinkSync('nowhere', join(directory, 'nowhere.gz'));
    mkdirSync(join(directory, 'folder.gz'));
    expect(await all(directory)).toMatchObject({ causes: [], checked: 1 });
    expect((await listCache(directory)).map(({ file }) => file)).toEqual([FILE]);
  });
});

describe('a lock', () => {
  const locked = { source: SOURCE, tag: 'v1.0.0', digest: DIGEST };

  test('is valid if all its packages exist, with a note about other entries', async () => {
    const directory = cacheWith(gzipSync(yaml()));
    writeFileSync(join(directory, 'b-sha256-00000.gz'), gzipSync(yaml('b')));
    expect(await verifyCache(directory, { lock: [locked] })).toEqual({
      findings: [],
      notes: ['not in the lock: "b-sha256-00000.gz"'],
      checked: 1,
    });
  });

  test('of another set is not valid', async () => {
    const { findings } = await verifyCache(cacheWith(gzipSync(yaml())), {
      lock: [{ ...locked, digest: digestFor('x') }],
    });
    expect(findings).toMatchObject([{ cause: 'name' }]);
  });

  test('without packages is not valid', async () => {
    expect((await verifyCache(cacheWith(gzipSync(yaml())), { lock: [] })).findings).toMatchObject([{ cause: 'empty' }]);
  });

  test('is formatted and parsed', () => {
    const packages = [{ ...locked, yaml: Buffer.alloc(0), content: inspectContent(Buffer.from(yaml())) }];
    expect(parseLock(formatLock({ packages, requirements: [] }), 'x')).toEqual([locked]);
  });

  test.each(['', '[]', '{"version":1}', '{"version":1,"packages":[{"source":""}]}', '\u001b[2J'])(
    'is refused: %j',
    (text) => {
      expect(() => parseLock(text, 'x')).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
    },
  );
});

test('the files of a cache directory are listed with their content', async () => {
  const directory = cacheWith(gzipSync(yaml()));
  writeFileSync(join(directory, 'x.gz'), 'xyz');
  expect(await listCache(directory)).toEqual([
    {
      file: FILE,
      bytes: gzipSync(yaml()).length,
      artifact: undefined,
      placed: false,
      content: 'Configuration cfg',
    },
    { file: 'x.gz', bytes: 3, artifact: undefined, placed: false, content: '3 B, it is not one complete gzip stream' },
  ]);
});
