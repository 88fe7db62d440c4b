import { expect, test } from 'vitest';
import { decodeBase64 } from '../../../src/internal/bytes/base64.ts';

test.each([
  ['', ''],
  ['YQ==', 'a'],
  ['YWI=', 'ab'],
  ['YWJj', 'abc'],
  ['+/+/', '\xfb\xff\xbf'],
])('%j is decoded', (text, bytes) => {
  expect(decodeBase64(text)).toEqual(Buffer.from(bytes, 'latin1'));
});

test.each(['YQ', 'YQ=', 'YQ==\n', 'Y_-=', '====', 'Y===', 'YQ==YQ==', ' YQ=='])('%j is refused', (text) => {
  expect(decodeBase64(text)).toBeUndefined();
});
