import { YamlError, type YamlErrorCode } from '../errors.ts';
import { type DocumentText, MAX_DOCUMENTS } from './split.ts';

const SEPARATOR = '\n---';

/**
 * Splits a stream of UTF-8 into the texts of its documents as it arrives, so that only one of them is in memory at a time. Separators
 * followed by other text are left in place, so that the parser rejects them. Throws `SIZE` for a document of more than `maxCharacters` and
 * for too many documents; `fileName` appears in the message.
 */
export async function* documentTexts(
  source: AsyncIterable<Uint8Array>,
  maxCharacters: number,
  fileName: string,
): AsyncGenerator<DocumentText, void, undefined> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let text = '';
  let line = 1;
  let documents = 0;
  const refuse = (code: YamlErrorCode, why: string, cause?: unknown) =>
    new YamlError(code, fileName, { line, column: 1 }, why, { cause });
  const decode = (bytes?: Uint8Array): string => {
    try {
      return decoder.decode(bytes, { stream: bytes !== undefined });
    } catch (error) {
      throw refuse('CHARACTER', 'invalid UTF-8', error);
    }
  };
  const cut = (end: number): DocumentText => {
    documents += 1;
    if (documents > MAX_DOCUMENTS) throw refuse('SIZE', `the stream has more than ${MAX_DOCUMENTS} documents`);
    const whole = text.slice(0, end);
    const [separator = ''] = /^---[ \t\r]*(?:#[^\n]*)?(?:\n|$)/.exec(whole) ?? [];
    const chunk = { text: whole.slice(separator.length), line: line + linesOf(separator) };
    line += linesOf(whole);
    text = text.slice(end);
    return chunk;
  };
  for await (const bytes of source) {
    // The text searched so far has no separator, but may end with the beginning of one.
    let from = Math.max(0, text.length - SEPARATOR.length);
    text += decode(bytes);
    for (let end = text.indexOf(SEPARATOR, from); end >= 0; end = text.indexOf(SEPARATOR, from)) {
      yield cut(end + 1);
      from = 0;
    }
    if (text.length > maxCharacters) throw refuse('SIZE', `the document has more than ${maxCharacters} characters`);
  }
  text += decode();
  if (text !== '') yield cut(text.length);
}

function linesOf(text: string): number {
  let lines = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines += 1;
  return lines;
}
