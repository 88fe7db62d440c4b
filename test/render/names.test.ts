import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { childName, compositeUid, generatedName, isValidName } from '../../src/render/names.ts';

describe('childName', () => {
  const longest = 'p'.repeat(50);
  const table = [
    { reason: 'a prefix gets its hyphen', prefix: 'app', want: /^app-[0-9a-f]{12}$/ },
    { reason: 'a hyphen is not doubled', prefix: 'app-', want: /^app-[0-9a-f]{12}$/ },
    { reason: 'no prefix, no hyphen', prefix: '', want: /^[0-9a-f]{12}$/ },
    { reason: '50 characters, a hyphen and the hash are exactly 63', prefix: longest, want: /^p{50}-[0-9a-f]{12}$/ },
    { reason: 'one more is cut', prefix: `${longest}q`, want: /^p{50}-[0-9a-f]{12}$/ },
    { reason: 'a hyphen at the cut is kept', prefix: `${longest}-q`, want: /^p{50}-[0-9a-f]{12}$/ },
  ];
  for (const { reason, prefix, want } of table) {
    test(reason, () => expect(childName(prefix, 'uid', 'imagerepo')).toMatch(want));
  }

  test('has at most 63 characters and depends on owner and resource', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9-]{0,100}$/), fc.uuid(), fc.string(), (prefix, uid, name) => {
        const child = childName(prefix, uid, name);
        expect(child.length).toBeLessThanOrEqual(63);
        expect(child).not.toBe(childName(prefix, uid, `${name}x`));
      }),
    );
  });
});

test('compositeUid is the version 5 UUID that Crossplane computes', () => {
  const uid = compositeUid('tap.vrabbi.cloud', 'v1alpha1', 'XWorkloadECRRepo', '', 'example-app-repos-abcde');
  expect(uid).toBe('436ad1d3-e7b6-5cc8-8e8c-75e80ea48960');
});

describe('generatedName', () => {
  test('returns the same five characters for the same seed, others for another', () => {
    expect(generatedName('app-', 'a')).toBe(generatedName('app-', 'a'));
    expect(generatedName('app-', 'a')).not.toBe(generatedName('app-', 'b'));
    expect(generatedName('app-', 'a')).toMatch(/^app-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  });

  for (const { length, want, reason } of [
    { length: 57, want: 62, reason: 'one less than the maximum' },
    { length: 58, want: 63, reason: 'the maximum' },
    { length: 59, want: 63, reason: 'one more than the maximum is cut' },
  ]) {
    test(reason, () => expect(generatedName('p'.repeat(length), 'a')).toHaveLength(want));
  }
});

describe('isValidName', () => {
  for (const [name, group, kind, want, reason] of [
    ['a', '', 'ConfigMap', true, 'one letter'],
    ['a.b-c.9', '', 'ConfigMap', true, 'labels with dots between'],
    ['x'.repeat(253), '', 'ConfigMap', true, 'exactly 253'],
    ['x'.repeat(254), '', 'ConfigMap', false, 'one over'],
    ['', '', 'ConfigMap', false, 'empty'],
    ['a..b', '', 'ConfigMap', false, 'an empty label'],
    ['-a', '', 'ConfigMap', false, 'begins with a hyphen'],
    ['A', '', 'ConfigMap', false, 'upper case'],
    ['system:a', '', 'ConfigMap', false, 'a colon'],
    ['system:a', 'rbac.authorization.k8s.io', 'Role', true, 'a colon in an RBAC kind'],
    ['system:a', 'example.org', 'Role', false, 'a colon in a kind of that name only'],
  ] as const) {
    test(reason, () => expect(isValidName(name, group, kind)).toBe(want));
  }
});
