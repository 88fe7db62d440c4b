import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { tagWithoutRequirements } from '../../src/protocol/request-tag.ts';
import { delimited, wireMessage } from './arbitraries.ts';
import { fieldOf, mapOf, messageType } from './reflection.ts';

const Request = messageType('RunFunctionRequest');
const EMPTY = new Uint8Array(0);

describe('tagWithoutRequirements', () => {
  test('returns the tag that protobufjs reads, for any encoding of a request without requirements', () => {
    fc.assert(
      fc.property(wireMessage(Request), (bytes) => {
        const message = Request.decode(bytes);
        const maps = ['extraResources', 'requiredResources', 'requiredSchemas'].map((field) => mapOf(message, field));
        const meta = fieldOf(message, 'meta');
        const tag = meta ? Reflect.get(meta, 'tag') : '';
        expect(tagWithoutRequirements(bytes) ?? '').toBe(maps.some(({ length }) => length > 0) ? '' : tag);
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    [
      'the last of several',
      delimited(1, delimited(1, Buffer.from('a'))),
      delimited(1, delimited(1, Buffer.from('b'))),
      'b',
    ],
    ['one before a meta without a tag', delimited(1, delimited(1, Buffer.from('a'))), delimited(1, EMPTY), 'a'],
    ['none before a schema', delimited(1, delimited(1, Buffer.from('a'))), delimited(9, EMPTY), undefined],
    [
      'none after older required resources',
      delimited(6, EMPTY),
      delimited(1, delimited(1, Buffer.from('a'))),
      undefined,
    ],
  ])('returns %s', (_, first, second, expected) => {
    expect(tagWithoutRequirements(Buffer.concat([first, second]))).toBe(expected);
  });

  test.each([
    ['a field that ends beyond the request', Buffer.from([0x12, 5, 0])],
    ['a tag that ends beyond meta', Buffer.from([0x0a, 2, 0x0a, 5])],
  ])('refuses %s', (_, bytes) => {
    expect(() => tagWithoutRequirements(bytes)).toThrow(expect.objectContaining({ code: 'MALFORMED' }));
  });
});
