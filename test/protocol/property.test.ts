import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { propertyNamesOf, propertyOf } from '../../src/protocol/property.ts';
import { decodeStruct, decodeValue, encodeStruct } from '../../src/protocol/struct.ts';
import { WireError } from '../../src/protocol/wire.ts';
import { delimited } from './arbitraries.ts';

const find = (object: Parameters<typeof encodeStruct>[0], ...path: string[]) => {
  const found = propertyOf(encodeStruct(object), path);
  return found && decodeValue(found);
};

describe('a property', () => {
  test.each([
    ['at the top', { a: 1, b: 2 }, ['b'], 2],
    ['in an object', { spec: { parameters: { x: 'y' } } }, ['spec', 'parameters'], { x: 'y' }],
    ['that is null', { spec: { parameters: null } }, ['spec', 'parameters'], null],
    ['that does not exist', { spec: {} }, ['spec', 'parameters'], undefined],
    ['in an object that does not exist', {}, ['spec', 'parameters'], undefined],
    ['in a value that is not an object', { spec: 'x' }, ['spec', 'parameters'], undefined],
    ['in a list', { spec: [{ parameters: 1 }] }, ['spec', 'parameters'], undefined],
    ['whose name has the same prefix', { spec: { parameters2: 1, param: 2 } }, ['spec', 'parameters'], undefined],
  ] as const)('%s', (_, object, path, want) => {
    expect(find(object, ...path)).toEqual(want);
  });

  test('is the last one of the name, and equal to that of a complete decoder', () => {
    const value = fc.oneof(fc.integer(), fc.string(), fc.dictionary(fc.constantFrom('a', 'b'), fc.integer()));
    const parts = fc.array(fc.record({ a: value, b: value }, { requiredKeys: [] }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(parts, fc.constantFrom('a', 'b'), (objects, name) => {
        const bytes = Buffer.concat(objects.map((object) => encodeStruct(object)));
        const found = propertyOf(bytes, [name]);
        expect(found && decodeValue(found)).toEqual(decodeStruct(bytes)[name]);
      }),
    );
  });

  test('is found in an entry with an unusual order of fields', () => {
    const value = Buffer.from([0x20, 1]);
    const entry = delimited(1, Buffer.concat([delimited(2, value), delimited(1, Buffer.from('a'))]));
    const found = propertyOf(entry, ['a']);
    expect(found && decodeValue(found)).toBe(true);
  });

  test.each([
    ['a length beyond the end', [0x0a, 5, 1]],
    ['a field that ends beyond its message', [0x0a, 1, 0x0a, 5]],
    ['a truncated tag', [0x80]],
  ])('is not read beyond %s', (_, bytes) => {
    expect(() => propertyOf(Buffer.from(bytes), ['a'])).toThrow(WireError);
  });
});

describe('the names of the properties of an object', () => {
  test.each([
    ['are sorted', { spec: { b: { c: 1 }, a: null } }, 9, ['a', 'b']],
    ['are empty without an object', { spec: 'x' }, 9, []],
    ['are empty for an empty object', {}, 9, []],
    ['end at the limit', { spec: { a: 1, b: 2, c: 3 } }, 2, ['a', 'b']],
  ] as const)('%s', (_, object, max, want) => {
    expect(propertyNamesOf(encodeStruct(object), 'spec', max)).toEqual(want);
  });

  test('are those that a complete decoder reads', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.integer()), (spec) => {
        const names = propertyNamesOf(encodeStruct({ spec }), 'spec', 1_000);
        expect(names).toEqual(Object.keys(spec).sort());
      }),
    );
  });
});
