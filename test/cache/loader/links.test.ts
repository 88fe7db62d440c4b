import { describe, expect, test } from 'vitest';
import { isLinkOf, linkPath, planLinks } from '../../../src/cache/loader/links.ts';
import type { Revision } from '../../../src/cache/loader/revisions.ts';
import { entryNameOf } from '../../../src/cache/sets/cache-name.ts';
import type { SetManifest } from '../../../src/cache/sets/manifest.ts';
import { digestFor } from '../sets.ts';

const SOURCE = 'registry.example.com/acme/cfg';
const [A, B] = [digestFor('a'), digestFor('b')];

// As BuildPath of Crossplane v1.20.1 prints them below its directory.
const paths: [string, string | undefined][] = [
  ['registry.example.com/acme/cfg:v1.0.0', 'registry.example.com/acme/cfg:v1.0.gz'],
  ['registry.example.com/acme/cfg:v1', 'registry.example.com/acme/cfg:v1.gz'],
  ['127.0.0.5:5000/cfg:v1.0.0-rc.1', '127.0.0.5:5000/cfg:v1.0.0-rc.gz'],
  [`127.0.0.5:5000/acme/cfg@${A}`, `127.0.0.5:5000/acme/cfg@${A}.gz`],
  [`registry.example.com/my.cfg@${A}`, 'registry.example.com/my.gz'],
  [`registry.example.com/cfg:v1.0.0@${A}`, 'registry.example.com/cfg:v1.0.gz'],
  ['bestpackage', undefined],
  ['../outside/cfg:v1.0.0', undefined],
  ['registry.example.com/../../cfg:v1', undefined],
  ['registry.example.com//cfg:v1', undefined],
  ['/etc/cfg:v1', undefined],
  ['registry.example.com/.hidden/cfg:v1', undefined],
  ['.package-cache/cfg:v1', undefined],
  ['registry.example.com/a\0b', undefined],
  ['registry.example.com/', undefined],
  [`registry.example.com/${'a/'.repeat(40)}cfg:v1`, undefined],
  [`registry.example.com/${'a'.repeat(251)}`, undefined],
];

test.each(paths)('%j is looked up at %j', (reference, path) => {
  expect(linkPath(reference)).toBe(path);
});

test.each([
  [`${SOURCE}@${A}.gz`, SOURCE, true],
  [`${SOURCE}:v1.0.gz`, SOURCE, true],
  [`${SOURCE}@${B}.gz`, SOURCE, false],
  ['registry.example.com/acme/other:v1.gz', SOURCE, false],
  [`${SOURCE}-more:v1.gz`, SOURCE, false],
  ['registry.example.com:5000/acme/cfg:v1.gz', 'registry.example.com', false],
  ['registry.example.com/my.gz', 'registry.example.com/my.cfg', true],
  ['registry.example.com/my.cfg:v1.gz', 'registry.example.com/my.cfg', true],
])('%s may be a path of %s: %j', (path, source, may) => {
  expect(isLinkOf(path, { source, digest: A })).toBe(may);
});

function entry(digest: string, source = SOURCE): SetManifest {
  const artifact = { source, digest };
  return { version: 1, file: entryNameOf(artifact), size: 1, sha256: '', chunkSize: 1, chunks: [], artifact };
}

/** A revision as Crossplane v1 names it: of its package, and the first twelve characters of the reference. */
function revision(image: string, resolvedImage?: string, over: Partial<Revision> = {}): Revision {
  const name = 'cfg-registry-exa';
  return { kind: 'Configuration', name, package: 'cfg', isActive: true, image, resolvedImage, ...over };
}

const [fileA, fileB] = [entry(A).file, entry(B).file];
const pinnedA = revision(`${SOURCE}:v1.0.0`, `${SOURCE}@${A}`);
const pinnedB = revision(`${SOURCE}:v1.0.1`, `${SOURCE}@${B}`);

describe('a link is created', () => {
  test('for a tag that an ImageConfig pins', () => {
    expect(planLinks([pinnedA], [entry(A), entry(B)]).links).toEqual([{ path: `${SOURCE}:v1.0.gz`, file: fileA }]);
  });

  test('for a digest', () => {
    expect(planLinks([revision(`${SOURCE}@${B}`)], [entry(A), entry(B)]).links).toEqual([
      { path: `${SOURCE}@${B}.gz`, file: fileB },
    ]);
  });

  test('to the entry of the active revision, if another revision has the same path', () => {
    const { links, refused } = planLinks([{ ...pinnedA, isActive: false }, pinnedB], [entry(A), entry(B)]);
    expect({ links, refused }).toEqual({ links: [{ path: `${SOURCE}:v1.0.gz`, file: fileB }], refused: [] });
  });

  test('for two revisions that need the same content', () => {
    expect(planLinks([pinnedA, pinnedA], [entry(A)]).links).toHaveLength(1);
  });
});

describe('a link is not created', () => {
  const cases: [string, Revision[], SetManifest[]][] = [
    ['for a tag whose digest is not known', [revision(`${SOURCE}:v1.0.0`)], [entry(A)]],
    ['for content that is not in place', [pinnedA], [entry(B)]],
    ['to the content of another source', [pinnedA], [entry(A, 'registry.example.com/acme/other')]],
    ['to a file that is not named after its artifact', [pinnedA], [{ ...entry(A), file: 'cfg.gz' }]],
    [
      'for a revision that is named after a digest, as Crossplane 2.2 and later do, and every other policy than Never',
      [revision(`${SOURCE}:v1.0.0`, `${SOURCE}@${A}`, { name: `cfg-${A.slice(7, 19)}` })],
      [entry(A)],
    ],
  ];
  test.each(cases)('%s', (_, revisions, entries) => {
    expect(planLinks(revisions, entries)).toEqual({ links: [], refused: [] });
  });

  test.each([
    ['the content of both is there', [entry(A), entry(B)]],
    ['only one is there', [entry(A)]],
  ])('at a path that two active revisions need for different contents: %s', (_, entries) => {
    expect(planLinks([pinnedB, pinnedA], entries)).toEqual({
      links: [],
      refused: [
        {
          name: `${SOURCE}:v1.0.gz`,
          where: `${SOURCE}:v1.0.gz`,
          code: 'CONFLICT',
          message: `cannot link ${SOURCE}:v1.0.gz: Crossplane before 2.2 looks up ${SOURCE}:v1.0.0 and ${SOURCE}:v1.0.1 there; install one of them by its digest`,
        },
      ],
    });
  });
});
