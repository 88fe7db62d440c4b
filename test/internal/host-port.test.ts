import { expect, test } from 'vitest';
import { parseHostPort } from '../../src/internal/host-port.ts';

test.each([
  ['0.0.0.0:9443', '0.0.0.0', 9_443],
  ['localhost:0', 'localhost', 0],
  ['[::]:9443', '::', 9_443],
  [':65535', '0.0.0.0', 65_535],
])('%s is an address', (text, host, port) => {
  expect(parseHostPort(text)).toEqual({ host, port });
});

test.each(['', ':', '9443', 'localhost', 'localhost:', 'localhost:65536', 'localhost:-1', 'a:1b', 'a:123456'])(
  '%j is not an address',
  (text) => {
    expect(parseHostPort(text)).toBeUndefined();
  },
);
