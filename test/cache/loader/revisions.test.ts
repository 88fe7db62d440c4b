import { describe, expect, test } from 'vitest';
import { isNeededBy } from '../../../src/cache/loader/revisions.ts';
import { digestFor, entrySet } from '../sets.ts';

const cfg = entrySet('cfg', { size: 6_000 });

describe('a package revision needs a file', () => {
  const digest = digestFor('cfg');
  const { manifest } = cfg;
  const record = { manifest };
  const cases: [string, boolean, { image: string; resolvedImage?: string }][] = [
    ['of its source and digest', true, { image: `registry.example.com/acme/cfg@${digest}` }],
    ['of its source by a tag whose digest it does not tell', true, { image: 'registry.example.com/acme/cfg:v1' }],
    [
      'of its source by a tag that an ImageConfig resolves to its digest',
      true,
      { image: 'registry.example.com/acme/cfg:v1', resolvedImage: `mirror.example.com/acme/cfg@${digest}` },
    ],
    ['not of another digest', false, { image: `registry.example.com/acme/cfg@${digestFor('x')}` }],
    [
      'not when its tag resolves to another digest',
      false,
      { image: 'registry.example.com/acme/cfg:v1', resolvedImage: `registry.example.com/acme/cfg@${digestFor('x')}` },
    ],
    ['not of another source', false, { image: `registry.example.com/acme/other@${digest}` }],
    ['not of a source that it begins with', false, { image: 'registry.example.com/acme/cfg-2:v1' }],
    [
      'not of a mirror: the file is named by the original source',
      false,
      { image: `mirror.example.com/acme/cfg@${digest}` },
    ],
  ];
  test.each(cases)('%s: %s', (_, want, revision) => {
    expect(isNeededBy(record, revision)).toBe(want);
  });

  test('with a tag and a digest: in Crossplane, the tag is part of the source', () => {
    const tagged = {
      manifest: { ...manifest, artifact: { source: 'registry.example.com/acme/cfg:v1', digest } },
    };
    expect(isNeededBy(tagged, { image: `registry.example.com/acme/cfg:v1@${digest}` })).toBe(true);
  });

  test('never if the origin of the file is unknown', () => {
    const { artifact: _, ...bare } = manifest;
    expect(isNeededBy({ manifest: bare }, { image: 'registry.example.com/acme/cfg:v1' })).toBe(false);
  });
});
