import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseDuration } from '../../src/go/duration.ts';

for (const [text, seconds] of [
  ['0s', 0],
  ['500ms', 0.5],
  ['90s', 90],
  ['1h30m', 5400],
  ['1.5h', 5400],
  ['1m1m', 120],
] as const) {
  test(`${text} is ${seconds} seconds`, () => expect(parseDuration(text)).toBe(seconds));
}

for (const text of ['', '0', '10', 's', '-1s', '+1s', '1 s', '1d', '1s ', '1.s', '1e3s', '10 minutes']) {
  test(`refuses ${JSON.stringify(text)}`, () => expect(parseDuration(text)).toBeUndefined());
}

test('adds up hours, minutes and seconds', () => {
  const count = fc.nat(10_000);
  fc.assert(
    fc.property(count, count, count, (h, m, s) => {
      expect(parseDuration(`${h}h${m}m${s}s`)).toBe(h * 3600 + m * 60 + s);
    }),
  );
});
