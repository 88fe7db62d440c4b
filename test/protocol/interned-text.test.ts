import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { textAt } from '../../src/protocol/interned-text.ts';

const read = (text: string) => {
  const bytes = Buffer.from(`<${text}>`);
  return textAt(bytes, 1, bytes.length - 1);
};

test('returns the text of the bytes, regardless of earlier texts', () => {
  // Few letters, so that many texts differ in one byte only.
  const word = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 140 });
  fc.assert(
    fc.property(fc.array(fc.oneof(word, fc.string({ unit: 'grapheme' }))), (texts) => {
      expect([...texts, ...texts].map(read)).toEqual([...texts, ...texts]);
    }),
  );
});

test('distinguishes ARNs that differ in one byte', () => {
  const arn = 'arn:aws:ecr:eu-west-2:123456789012:repository/tap/workloads/example-app-default';
  for (let index = 0; index < arn.length; index++) {
    const other = `${arn.slice(0, index)}#${arn.slice(index + 1)}`;
    expect([read(arn), read(other), read(arn)]).toEqual([arn, other, arn]);
  }
});
