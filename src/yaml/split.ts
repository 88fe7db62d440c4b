/** One document of a stream, as text, with the line of the stream (from 1) it begins on. */
export interface Chunk {
  readonly text: string;
  readonly line: number;
}

/** Text behind a document separator. */
export interface BadSeparator {
  readonly line: number;
  readonly rest: string;
}

/**
 * Splits a stream into documents as Kubernetes does, by lines that begin with `---` and hold nothing else but a comment. Such a line ends a
 * document wherever it stands, in a block scalar too.
 */
export function splitDocuments(stream: string): { readonly chunks: readonly Chunk[]; readonly bad?: BadSeparator } {
  const chunks: Chunk[] = [];
  const lines = stream.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  let start = 0;
  for (const [index, line] of lines.entries()) {
    if (!line.startsWith('---')) continue;
    const rest = line.slice(3).trim();
    if (rest !== '' && !rest.startsWith('#')) return { chunks, bad: { line: index + 1, rest } };
    if (index === start) continue;
    chunks.push(chunkOf(lines, start, index));
    start = index + 1;
  }
  if (start < lines.length) chunks.push(chunkOf(lines, start, lines.length));
  return { chunks };
}

function chunkOf(lines: readonly string[], start: number, end: number): Chunk {
  return { text: `${lines.slice(start, end).join('\n')}\n`, line: start + 1 };
}

/** Whether a document holds only blank lines, comments and separators: Crossplane skips it. */
export function isEmptyDocument(text: string): boolean {
  return text.split('\n').every((line) => {
    const trimmed = line.trimStart();
    return trimmed === '' || trimmed === '---' || trimmed === '...' || trimmed.startsWith('#');
  });
}
