import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as node from '../../../src/internal/bytes/hash.ts';
import * as browser from '../../../src/internal/bytes/hash-browser.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

test('hashes are those of FIPS 180-4', () => {
  for (const { sha1, sha256, sha256Hex } of [node, browser]) {
    const want = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
    expect(sha256Hex('abc')).toBe(want);
    expect(hex(sha256('abc'))).toBe(want);
    expect(hex(sha1(Buffer.from('abc')))).toBe('a9993e364706816aba3e25717850c26c9cd0d89d');
  }
});

test('Node and browsers agree', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.uint8Array({ maxLength: 300 })), (data) => {
      expect(browser.sha256Hex(data)).toBe(node.sha256Hex(data));
      expect(hex(browser.sha256(data))).toBe(hex(node.sha256(data)));
      if (typeof data !== 'string') expect(hex(browser.sha1(data))).toBe(hex(node.sha1(data)));
    }),
  );
});
