import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isEmptyDocument, splitDocuments } from '../../../src/yaml/stream/split.ts';

/** A line-by-line implementation of the same. */
function splitLines(stream: string) {
  const lines = stream.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  const chunks: { text: string; line: number }[] = [];
  let start = 0;
  const add = (end: number) => chunks.push({ text: `${lines.slice(start, end).join('\n')}\n`, line: start + 1 });
  for (const [index, line] of lines.entries()) {
    if (!line.startsWith('---')) continue;
    const rest = line.slice(3).trim();
    if (rest !== '' && !rest.startsWith('#')) return { chunks, line: index + 1 };
    if (index === start) continue;
    add(index);
    start = index + 1;
  }
  if (start < lines.length) add(lines.length);
  return { chunks, line: undefined };
}

const PIECES = ['---', '--- # c', '--- x', '----', 'a: 1', ' ---', '', '\n', '\n', '\n', '\r\n', '\r', ' ', '...', '#'];

test('splits as a line-by-line implementation does', () => {
  const streams = fc.array(fc.constantFrom(...PIECES), { maxLength: 12 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(streams, (stream) => {
      const { chunks, problem } = splitDocuments(stream);
      expect({ chunks, line: problem?.line }).toEqual(splitLines(stream));
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  { text: '', empty: true },
  { text: '\n \n', empty: true },
  { text: '---\n# x\n...\n', empty: true },
  { text: '--- \n', empty: false },
  { text: '# x\na', empty: false },
])('$text is empty: $empty', ({ text, empty }) => {
  expect(isEmptyDocument(text)).toBe(empty);
});

test('refuses more documents than the limit', () => {
  expect(splitDocuments('a\n---\n'.repeat(20_000)).chunks).toHaveLength(20_000);
  expect(splitDocuments('a\n---\n'.repeat(20_001)).problem).toMatchObject({ code: 'SIZE', line: 40_002 });
});
