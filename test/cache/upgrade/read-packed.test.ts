import { describe, expect, test } from 'vitest';
import { isCacheError } from '../../../src/cache/errors.ts';
import { type FoundObject, readPackedSet } from '../../../src/cache/upgrade/read-packed.ts';
import { packageOf, packedObjects, platform } from './packed.ts';

const SET = { name: 'platform', version: 'v1.0.0' };
const whole = () => packedObjects([packageOf('a', 'v1.0.0', { size: 6_000 }), packageOf('b', 'v1.0.0')], SET);

function refusal(found: readonly FoundObject[]): string {
  try {
    readPackedSet(found, 'a.yaml');
  } catch (error) {
    if (isCacheError(error)) return `${error.code} ${error.message}`;
    throw error;
  }
  return 'none';
}

/** The object with a field of its metadata or data changed. */
function changed({ value, where }: FoundObject, change: (text: string) => string): FoundObject {
  return { value: JSON.parse(change(JSON.stringify(value))), where };
}

test('a complete set is read, with its record last', () => {
  const { set, namespace, objects, record } = platform('v1.0.0');
  expect({ set, namespace }).toEqual({ set: SET, namespace: 'crossplane-system' });
  expect(objects.at(-1)?.name).toBe('package-set-platform');
  expect(objects).toHaveLength(record.objects.length + 1);
  expect(objects.filter(({ kind }) => kind === 'ConfigMap').length).toBeGreaterThan(4);
});

test('the order of the objects is irrelevant', () => {
  expect(readPackedSet(whole().reverse(), 'a.yaml').objects.at(-1)?.name).toBe('package-set-platform');
});

describe('sets that are refused:', () => {
  const stranger = { value: { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' } }, where: 'a.yaml, line 3' };
  const cases: [string, () => FoundObject[], RegExp][] = [
    ['nothing', () => [], /^INCOMPLETE .*it has no objects/],
    ['a file that was cut off', () => whole().slice(0, -3), /^INCOMPLETE .*record of the set.*may be truncated/],
    [
      'a set without a ConfigMap in the middle',
      () => whole().filter((_, index) => index !== 1),
      /^INCOMPLETE .*1 of \d+ objects of the set are missing: ConfigMap acme-a-[0-9a-f]{16}-1/,
    ],
    [
      'an object that no set has',
      () => [...whole(), stranger],
      /^INVALID_MEMBER cannot use a.yaml, line 3: .*do not support Secret/,
    ],
    ['an object twice', () => [...whole(), ...whole().slice(0, 1)], /^INVALID_MEMBER .*it has .* twice/],
    [
      'two versions of a set',
      () => [...whole(), ...packedObjects([packageOf('a', 'v2.0.0')], { ...SET, version: 'v2.0.0' })],
      /^INVALID_MEMBER .*2 sets \(platform v1.0.0, platform v2.0.0\)/,
    ],
    [
      'an object without labels',
      () =>
        whole().map((one, index) =>
          index > 0 ? one : changed(one, (text) => text.replace(/"[^"]+package-set":"platform",/, '')),
        ),
      /^INVALID_MEMBER .*labels for the set and its version are missing/,
    ],
    [
      'a chunk with other bytes',
      () =>
        whole().map((one, index) =>
          index !== 1 ? one : changed(one, (text) => text.replace(/(\.001":")..../, '$1AAAA')),
        ),
      /^CHECKSUM_MISMATCH cannot use a.yaml: .*chunk 1/,
    ],
    [
      'a chunk under the label of another',
      () =>
        whole().map((one, index) =>
          index !== 1 ? one : changed(one, (text) => text.replace('cache-index":"1"', 'cache-index":"0"')),
        ),
      /^INCOMPLETE /,
    ],
    [
      'a ConfigMap of another namespace',
      () =>
        whole().map((one, index) =>
          index !== 1
            ? one
            : changed(one, (text) => text.replace('"namespace":"crossplane-system"', '"namespace":"b"')),
        ),
      /^INVALID_MEMBER .*other ConfigMaps of the set are in the namespace crossplane-system/,
    ],
    [
      'a name that would lead to another path of the API',
      () =>
        whole().map((one, index) =>
          index !== 1 ? one : changed(one, (text) => text.replace(/"name":"acme-a/, '"name":"../../acme-a')),
        ),
      /^INVALID_MEMBER .*metadata.name is invalid/,
    ],
    [
      'a record that cannot be read',
      () =>
        whole().map((one, index, all) =>
          index < all.length - 1 ? one : changed(one, (text) => text.replace('{\\"format', '(\\"format')),
        ),
      /^INVALID_MEMBER cannot read the record/,
    ],
  ];
  test.each(cases)('%s', (_, make, message) => {
    expect(refusal(make())).toMatch(message);
  });
});
