import { quote } from '../../internal/quote.ts';
/** The text of one document of a stream, and the line of the stream on which it begins, from 1. */
export interface DocumentText {
  readonly text: string;
  readonly line: number;
}

/** The position and reason of an error in a stream. */
export interface SplitProblem {
  readonly code: 'SEPARATOR' | 'SIZE';
  readonly line: number;
  readonly column: number;
  readonly why: string;
}

/** The maximum number of documents of a stream. The largest packages contain a few thousand. */
export const MAX_DOCUMENTS = 20_000;

/**
 * Splits a stream into documents as Kubernetes does, at lines that contain only `---` and an optional comment. Such a line ends a document
 * anywhere, even in a block scalar.
 */
export function splitDocuments(stream: string): {
  readonly chunks: readonly DocumentText[];
  readonly problem?: SplitProblem;
} {
  const chunks: DocumentText[] = [];
  let start = 0;
  let startLine = 1;
  // Searched line by line: an array of all lines of a stream that consists of line breaks would not fit into memory.
  for (let at = 0, line = 1; at < stream.length; line += 1) {
    const end = lineEnd(stream, at);
    if (stream.startsWith('---', at)) {
      const rest = stream.slice(skipSpace(stream, at + 3, end), end);
      if (rest !== '' && !rest.startsWith('#')) return { chunks, problem: separatorProblem(line, rest.trimEnd()) };
      if (at !== start) {
        chunks.push({ text: unixLines(stream.slice(start, at)), line: startLine });
        start = end + 1;
        startLine = line + 1;
      }
      if (chunks.length > MAX_DOCUMENTS) return { chunks: [], problem: countProblem(line) };
    }
    at = end + 1;
  }
  if (start < stream.length) chunks.push({ text: unixLines(stream.slice(start)), line: startLine });
  return { chunks };
}

function lineEnd(stream: string, from: number): number {
  const end = stream.indexOf('\n', from);
  return end < 0 ? stream.length : end;
}

/** Skips white space by Go's unicode.IsSpace: unlike in JavaScript, it includes U+0085 and excludes U+FEFF. */
function skipSpace(text: string, from: number, end: number): number {
  let at = from;
  while (at < end && /[^\S\uFEFF]|\u0085/.test(text.charAt(at))) at += 1;
  return at;
}

function unixLines(text: string): string {
  const lines = text.replaceAll('\r\n', '\n');
  return lines.endsWith('\n') ? lines : `${lines}\n`;
}

function separatorProblem(line: number, rest: string): SplitProblem {
  const why = `unexpected text ${quote(rest)} after the document separator "---"; put it on a separate line`;
  return { code: 'SEPARATOR', line, column: 4, why };
}

function countProblem(line: number): SplitProblem {
  return { code: 'SIZE', line, column: 1, why: `the stream has more than ${MAX_DOCUMENTS} documents` };
}

/** True when a document contains only blank lines, comments and separators. Crossplane skips such a document. */
export function isEmptyDocument(text: string): boolean {
  for (let at = 0; at < text.length; at = lineEnd(text, at) + 1) {
    const line = text.slice(skipSpace(text, at, lineEnd(text, at)), lineEnd(text, at));
    if (line !== '' && line !== '---' && line !== '...' && !line.startsWith('#')) return false;
  }
  return true;
}
