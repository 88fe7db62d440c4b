import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import type { Link } from '../../src/cache/loader/links.ts';
import { loadDirectories } from '../../src/cache/loader/run.ts';
import { keepLinks } from '../../src/cache/loader/target/links.ts';
import { entryNameOf } from '../../src/cache/sets/cache-name.ts';
import { splitContent } from '../../src/cache/sets/chunks.ts';
import { verifyCache } from '../../src/cache/verify.ts';
import { digestFor, mountSet } from './sets.ts';

const work = mkdtempSync(join(tmpdir(), 'verify-links-'));
afterAll(() => rmSync(work, { recursive: true }));

const HOST = 'registry.example.com/acme';
const SOURCE = `${HOST}/cfg`;
const [A, B] = [digestFor('a'), digestFor('b')];
const PINNED = `${SOURCE}:v1.0.0@${A}`;
const PATH = `${SOURCE}:v1.0.gz`;

/** The cache directory of a Crossplane v1 with two versions of a package that the loader placed, and links. */
async function cacheWith(...links: Link[]): Promise<string> {
  const [from, into] = [mkdtempSync(join(work, 'from-')), mkdtempSync(join(work, 'into-'))];
  for (const digest of [A, B]) {
    const artifact = { source: SOURCE, digest };
    const object = { apiVersion: 'meta.pkg.crossplane.io/v1', kind: 'Configuration', metadata: { name: 'cfg' } };
    const bytes = gzipSync(`# ${digest}\n${JSON.stringify(object)}\n`);
    mountSet(from, splitContent({ file: entryNameOf(artifact), bytes, artifact }, { base: digest.slice(7, 12) }));
  }
  await loadDirectories([from], { into, maxBytes: 1_000_000 });
  await keepLinks(into, links);
  return into;
}

const fileOf = (digest: string) => entryNameOf({ source: SOURCE, digest });
const [fileA, fileB] = [fileOf(A), fileOf(B)];
const [toA, toB] = [
  { path: PATH, file: fileA },
  { path: PATH, file: fileB },
];
const elsewhere = { path: `${HOST}/other:v1.gz`, file: fileB };
const nowhere = { path: PATH, file: fileOf(digestFor('c')) };
const LATER = 'cache load creates one when a package revision of Crossplane before 2.2 needs it';

test.each<[string, Link[], string[], string[], string[]]>([
  ['no links: Crossplane 2.2 and later', [], [], [], []],
  [
    'a link to an entry',
    [toA],
    [],
    [],
    [`Crossplane before 2.2 finds ${fileA} at ${PATH}`, `${fileB}: no link leads to it; ${LATER}`],
  ],
  [
    'a link whose entry is not there',
    [nowhere],
    [],
    [
      `${PATH}: it leads to ${nowhere.file}, which does not exist; Crossplane before 2.2 sends a request to the registry`,
    ],
    [fileA, fileB].map((file) => `${file}: no link leads to it; ${LATER}`),
  ],
  [
    'a link at the path of another package',
    [elsewhere],
    [],
    [
      `${HOST}/other:v1.gz: it leads to ${fileB}, which has ${SOURCE}@${B}, not the package that Crossplane before 2.2 looks up there`,
    ],
    [`${fileA}: no link leads to it; ${LATER}`],
  ],
  ['a package and its link', [toA], [PINNED], [], [`Crossplane before 2.2 finds ${fileA} at ${PATH}`]],
  [
    'a package by its digest and its link',
    [{ path: `${SOURCE}@${B}.gz`, file: fileB }],
    [`${SOURCE}@${B}`],
    [],
    [`Crossplane before 2.2 finds ${fileB} at ${SOURCE}@${B}.gz`],
  ],
  [
    'a package whose path leads to another version',
    [toB],
    [PINNED],
    [
      `${PINNED}: ${PATH}, where Crossplane before 2.2 looks it up, leads to ${fileB}, not to ${fileA}; install it by its digest`,
    ],
    [],
  ],
  [
    'a package that no revision requests yet',
    [{ path: `${SOURCE}:v2.0.gz`, file: fileB }],
    [PINNED],
    [],
    [`${PINNED}: no link leads to ${fileA} at ${PATH}; ${LATER}`],
  ],
])('%s', async (_, links, packages, expected, notes) => {
  const report = await verifyCache(await cacheWith(...links), { packages });
  expect(report.findings.map(({ package: name, message }) => `${name}: ${message}`)).toEqual(expected);
  expect(report.findings.every(({ cause }) => cause === 'link')).toBe(true);
  expect(report.notes.toSorted()).toEqual(notes.toSorted());
});

test('a package with another file at its path', async () => {
  const directory = await cacheWith({ path: `${SOURCE}:v2.0.gz`, file: fileB });
  mkdirSync(join(directory, HOST), { recursive: true });
  writeFileSync(join(directory, PATH), 'x');
  const { findings } = await verifyCache(directory, { packages: [PINNED] });
  expect(findings).toEqual([
    {
      package: PINNED,
      cause: 'link',
      message: `${PATH}, where Crossplane before 2.2 looks it up, is not a link to an entry; remove it`,
    },
  ]);
});
