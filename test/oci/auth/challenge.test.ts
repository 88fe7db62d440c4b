import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseChallenge } from '../../../src/oci/auth/challenge.ts';
import { startCpuTimer } from '../../cpu-time.ts';

test.each([
  { header: undefined, want: undefined, reason: 'no header' },
  { header: '', want: undefined, reason: 'empty' },
  { header: 'Negotiate', want: undefined, reason: 'another scheme' },
  { header: 'Basic realm="x"', want: { kind: 'basic' }, reason: 'basic' },
  { header: 'basic', want: { kind: 'basic' }, reason: 'any case, no realm' },
  { header: 'Basic realm="x, Bearer y"', want: { kind: 'basic' }, reason: 'a comma in quotes' },
  { header: 'Bearer realm="https://a/t"', want: { kind: 'bearer', realm: 'https://a/t' }, reason: 'realm only' },
  {
    header: 'Bearer realm="https://a/t",service="s",scope="repository:a/b:pull,push"',
    want: { kind: 'bearer', realm: 'https://a/t', service: 's', scope: 'repository:a/b:pull,push' },
    reason: 'a comma in the scope',
  },
  { header: 'Negotiate abc==, Basic realm="x"', want: { kind: 'basic' }, reason: 'after one that is not known' },
  {
    header: 'Bearer realm=https://a/t , service=s',
    want: { kind: 'bearer', realm: 'https://a/t', service: 's' },
    reason: 'no quotes',
  },
  { header: 'Bearer service="s", Basic realm="x"', want: { kind: 'basic' }, reason: 'bearer without realm is none' },
  { header: 'Bearer realm="a\\"b"', want: { kind: 'bearer', realm: 'a"b' }, reason: 'an escaped quote' },
])('parses a challenge: $reason', ({ header, want, reason }) => {
  expect(parseChallenge(header), reason).toEqual(want);
});

test('parses any text in a short time', () => {
  const cpuTime = startCpuTimer();
  fc.assert(
    fc.property(fc.string(), (text) => {
      parseChallenge(text);
      parseChallenge(`Bearer ${text}`);
    }),
  );
  parseChallenge(`Bearer realm="${'\\'.repeat(50_000)}`);
  parseChallenge(`Basic ${'a=b,'.repeat(20_000)}`);
  expect(cpuTime()).toBeLessThan(2000);
});
