import { expect, test } from 'vitest';
import { formatSize, parseSize } from '../../src/internal/size.ts';

test.each([
  [0, '0 B'],
  [1_023, '1023 B'],
  [1_024, '1 KiB'],
  [1_536, '1.5 KiB'],
  [1_048_576, '1 MiB'],
  [24_222_105, '23.1 MiB'],
])('%d bytes are told as %s', (bytes, text) => {
  expect(formatSize(bytes)).toBe(text);
});

test.each([
  ['0', 0],
  ['1024', 1_024],
  ['768Ki', 786_432],
  ['16Mi', 16_777_216],
  ['1Gi', 1_073_741_824],
])('%s is %d bytes', (text, bytes) => {
  expect(parseSize(text)).toBe(bytes);
});

test.each(['', '-1', '1.5Mi', '16MB', '16 Mi', 'Mi', '9'.repeat(20)])('%j is not a size', (text) => {
  expect(parseSize(text)).toBeUndefined();
});
