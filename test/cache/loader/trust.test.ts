import { describe, expect, test } from 'vitest';
import { isCacheError } from '../../../src/cache/errors.ts';
import { checkTrust, parseTrust } from '../../../src/cache/loader/trust.ts';
import { entryNameOf } from '../../../src/cache/sets/cache-name.ts';
import { splitContent } from '../../../src/cache/sets/chunks.ts';

describe('the options', () => {
  test('specify namespaces that are trusted for all sources, and for some', () => {
    expect(parseTrust(['b', 'a', 'a'], ['t=r.example.com/t/,q.example.com:5000', 't=r.example.com/u'])).toEqual([
      { namespace: 'b' },
      { namespace: 'a' },
      { namespace: 't', prefixes: ['r.example.com/t', 'q.example.com:5000', 'r.example.com/u'] },
    ]);
  });

  const bad: [string, string[], string[]][] = [
    ['a namespace that climbs', ['..'], []],
    ['a namespace with a path', ['a/b'], []],
    ['a namespace that stands for all', ['*'], []],
    ['no namespace', [''], []],
    ['a namespace that is too long', ['x'.repeat(64)], []],
    ['a namespace in upper case', ['Team'], []],
    ['a grant without prefixes', [], ['t=']],
    ['a grant without a namespace', [], ['=r.example.com']],
    ['a grant that is only a namespace', [], ['t']],
    ['an empty prefix among others', [], ['t=r.example.com/a,,r.example.com/b']],
    ['a prefix with a scheme', [], ['t=oci://r.example.com/a']],
    ['a prefix with a wildcard', [], ['t=r.example.com/*']],
    ['a prefix that is a wildcard', [], ['t=*']],
    ['a prefix with a tag', [], ['t=r.example.com/a:v1']],
    ['a prefix that climbs', [], ['t=r.example.com/../b']],
    ['a prefix that is too long', [], [`t=r.example.com/${'a'.repeat(2_000)}`]],
    ['a namespace that is trusted in two ways', ['t'], ['t=r.example.com/a']],
  ];
  test.each(bad)('refuse %s', (_, namespaces, grants) => {
    expect(() => parseTrust(namespaces, grants)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
  });

  test('are parsed in linear time', () => {
    for (const text of ['a-'.repeat(40_000), 'a.'.repeat(40_000), 'a'.repeat(80_000), `a/${'a_'.repeat(40_000)}!`]) {
      expect(() => parseTrust([], [`t=${text}`])).toThrow();
    }
  });
});

const DIGEST = `sha256:e3b0c${'4'.repeat(59)}`;
const TENANT = { namespace: 'tenant', prefixes: ['registry.example.com/tenant', 'mirror.example.com'] };

function check(source: string | undefined, file?: string, rule: Parameters<typeof checkTrust>[1] = TENANT): string {
  const artifact = source === undefined ? undefined : { source, digest: DIGEST };
  const name = file ?? (artifact ? entryNameOf(artifact) : 'a.gz');
  const { manifest } = splitContent({ file: name, bytes: Buffer.from('x'), artifact }, { base: 'a' });
  try {
    checkTrust(manifest, rule, 'a-set');
    return 'trusted';
  } catch (error) {
    return isCacheError(error) ? error.code : String(error);
  }
}

describe('a namespace that is trusted for some sources', () => {
  const own = 'registry.example.com/tenant/cfg';
  const key = entryNameOf({ source: own, digest: DIGEST }).replace(/\.gz$/, '');

  test.each([
    ['a source below a prefix', own, undefined],
    ['a source that is a prefix', 'registry.example.com/tenant', undefined],
    ['a source that Crossplane counts a tag to', `${own}:v1`, undefined],
    ['a source of a host', 'mirror.example.com/any/thing', undefined],
    ['an image of its own', own, `${key}.xpkg`],
    ['a layer of its own', own, `${key}.tar.gz`],
    ['a selection of a layer of its own', own, `${key}-0a1b2c3d4e5f.tar.gz`],
  ])('may contain %s', (_, source, file) => {
    expect(check(source, file)).toBe('trusted');
  });

  test.each([
    ['another source', 'registry.example.com/platform/cfg', undefined],
    ['a source that only begins like a prefix', 'registry.example.com/tenant-b/cfg', undefined],
    ['a source of a host that only begins like one', 'mirror.example.com.evil.example/cfg', undefined],
    ['a source of another port', 'mirror.example.com:5000/cfg', undefined],
    ['a source in upper case', 'registry.example.com/tenant/CFG', undefined],
    ['a source that climbs', 'registry.example.com/tenant/../platform/cfg', undefined],
    ['a source with a line break', 'registry.example.com/tenant/cfg\n', undefined],
    ['no source', undefined, undefined],
    ['the file of another source', own, entryNameOf({ source: 'registry.example.com/platform/cfg', digest: DIGEST })],
    ['a file that Crossplane could look up, though it begins like its own', own, `${key}-x.gz`],
    ['a file that begins like its own without a separator', own, `${key}x.xpkg`],
  ])('must not contain %s', (_, source, file) => {
    expect(check(source, file)).toBe('UNTRUSTED');
  });

  test('is not the same as one that is trusted for all', () => {
    expect(check('registry.example.com/platform/cfg', undefined, { namespace: 'crossplane-system' })).toBe('trusted');
    expect(check(undefined, undefined, { namespace: 'crossplane-system' })).toBe('trusted');
    expect(check('registry.example.com/platform/cfg', undefined, { namespace: 'tenant', prefixes: [] })).toBe(
      'UNTRUSTED',
    );
  });
});
