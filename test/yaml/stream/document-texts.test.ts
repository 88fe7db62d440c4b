import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { documentTexts } from '../../../src/yaml/stream/document-texts.ts';
import { isEmptyDocument, splitDocuments } from '../../../src/yaml/stream/split.ts';
import { inPieces, pieces } from '../../oci/fixtures.ts';

async function textsOf(source: AsyncIterable<Uint8Array>, maxCharacters = 1_000) {
  const texts: { text: string; line: number }[] = [];
  for await (const chunk of documentTexts(source, maxCharacters, 'a.yaml')) texts.push(chunk);
  return texts;
}

describe('documentTexts', () => {
  test('splits chunks as it splits the whole stream', async () => {
    const PIECES = ['---', '--- # c', 'a: 1', 'ä', ' ---', '\n', '\n', '\n', '\r\n', ' ', '...', '#'];
    const streams = fc.array(fc.constantFrom(...PIECES), { maxLength: 12 }).map((parts) => parts.join(''));
    await fc.assert(
      fc.asyncProperty(streams, fc.integer({ min: 1, max: 8 }), async (stream, size) => {
        const { chunks, problem } = splitDocuments(stream);
        if (problem !== undefined) return;
        const contentOf = ({ text, line }: { text: string; line: number }) => {
          const [separator = ''] = /^---.*\n?/.exec(text) ?? [];
          const content = text.slice(separator.length).replaceAll('\r\n', '\n').replace(/\n?$/, '\n');
          return { text: content, line: separator === '' ? line : line + 1 };
        };
        const hasContent = ({ text }: { text: string }) => !isEmptyDocument(text);
        const texts = await textsOf(inPieces(Buffer.from(stream), size));
        expect(texts.map(contentOf).filter(hasContent)).toEqual(chunks.map(contentOf).filter(hasContent));
      }),
      { numRuns: 500 },
    );
  });

  test('returns the line of each document', async () => {
    expect(await textsOf(pieces('a\nb\n---\nc\n', '---\nd'))).toEqual([
      { text: 'a\nb\n', line: 1 },
      { text: 'c\n', line: 4 },
      { text: 'd', line: 6 },
    ]);
  });

  test.each([
    { name: 'a document over the limit', source: () => pieces('a'.repeat(1_001)), code: 'SIZE' },
    { name: 'too many documents', source: () => pieces('a\n---\n'.repeat(20_001)), code: 'SIZE' },
    { name: 'bytes that are not UTF-8', source: () => pieces(Buffer.of(0xff)), code: 'CHARACTER' },
    { name: 'a truncated character', source: () => pieces(Buffer.of(0xc3)), code: 'CHARACTER' },
  ])('refuses $name', async ({ source, code }) => {
    await expect(textsOf(source())).rejects.toMatchObject({ code });
  });
});
