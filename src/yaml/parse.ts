import { quote } from '../internal/quote.ts';
import { type Position, type Refuse, YamlError } from './errors.ts';
import { findDuplicates, findOffset, plainScalarAt } from './find-node.ts';
import { composeDocument } from './parser/compose.ts';
import type { Node } from './parser/node.ts';
import { readNode } from './read-node.ts';
import { offsetOfItem } from './size.ts';
import { isEmptyDocument, splitDocuments } from './stream/split.ts';
import type { YamlValue } from './value.ts';

/**
 * Limits of one document: characters, and lines and items. Reading takes about thirty times the memory of the text, and up to a second for
 * the longest text. The largest CustomResourceDefinitions have 2 MB and 40,000 lines.
 */
const MAX_CHARACTERS = 8 * 1_048_576;
const MAX_ITEMS = 250_000;

/** A document of a YAML stream. */
export interface YamlDocument {
  /** The document as JSON; null if it is empty. */
  readonly value: YamlValue;
  /** True when it contains only blank lines, comments and separators. Most programs skip such a document. */
  readonly empty: boolean;
  /** The line of the file on which its text begins, from 1. */
  readonly line: number;
  /** Returns the position of the value at a path (of its key, in an object), or of its nearest existing parent. */
  locate(path: readonly (string | number)[]): Position;
  /**
   * Returns the source text of the unquoted scalar at a path: YAML reads 012 as the number 10, and 1.10 as 1.1. Returns undefined for any
   * other value.
   */
  writtenAt(path: readonly (string | number)[]): string | undefined;
  /** Returns the keys that occur earlier in the same object. Their values replace the earlier values. */
  duplicateKeys(): DuplicateKey[];
}

/** A duplicate key of an object. */
export interface DuplicateKey {
  readonly position: Position;
  /** The problem and its fix, as a sentence. */
  readonly message: string;
}

/**
 * Reads a stream of Kubernetes objects as sigs.k8s.io/yaml does: YAML 1.1 booleans are booleans (y, n, yes, no, on, off), the last of
 * duplicate keys wins, keys become strings, 64-bit integers are exact, and only the first document between two `---` lines is read.
 * `fileName` appears in messages. Throws {@link YamlError}.
 */
export function parseYaml(text: string, fileName: string): YamlDocument[] {
  return [...yamlDocuments(text, fileName)];
}

/** Reads the documents of a stream one by one, as {@link parseYaml} does. `firstLine` is where the text begins in its file. */
export function* yamlDocuments(
  text: string,
  fileName: string,
  firstLine = 1,
): Generator<YamlDocument, void, undefined> {
  const { chunks, problem } = splitDocuments(text);
  if (problem !== undefined) {
    const at = { line: problem.line + firstLine - 1, column: problem.column };
    throw new YamlError(problem.code, fileName, at, problem.why);
  }
  for (const chunk of chunks) yield parseDocument(chunk.text, chunk.line + firstLine - 1, fileName);
}

const BYTE_ORDER_MARK = '\uFEFF';

function parseDocument(chunk: string, line: number, file: string): YamlDocument {
  const empty = isEmptyDocument(chunk);
  if (empty) {
    const nothing = { locate: () => ({ line, column: 1 }), writtenAt: () => undefined, duplicateKeys: () => [] };
    return { value: null, empty, line, ...nothing };
  }
  const text = chunk.startsWith(BYTE_ORDER_MARK) ? chunk.slice(1) : chunk;
  let starts: readonly number[] | undefined;
  const positionAt = (offset: number): Position => {
    starts ??= lineStarts(text);
    const index = lineAt(starts, offset);
    return { line: line + index, column: offset - (starts[index] ?? 0) + 1 };
  };
  const refuse: Refuse = (code, offset, why, cause) => new YamlError(code, file, positionAt(offset), why, { cause });
  refuseSize(text, refuse);
  refuseControlCharacters(text, refuse);
  const root = composeDocument(text, refuse);
  const { value, mayHaveDuplicates } = root === undefined ? NOTHING : readNode(root, refuse);
  // Positions are requested for few documents, so these are composed again: keeping all documents of a package takes many times its size.
  let composed: Node | undefined;
  const compose = () => (composed ??= composeDocument(text, refuse));
  return {
    value,
    empty,
    line,
    locate: (path) => positionAt(findOffset(compose(), path)),
    writtenAt: (path) => plainScalarAt(compose(), path),
    duplicateKeys: () =>
      (mayHaveDuplicates ? findDuplicates(compose()) : []).map(({ key, offset, earlier }) => ({
        position: positionAt(offset),
        message: duplicateMessage(key, positionAt(earlier).line),
      })),
  };
}

function duplicateMessage(key: string, earlierLine: number): string {
  return `duplicate key ${quote(key)}, also on line ${earlierLine}: Kubernetes uses only this one; remove one of them`;
}

/** Returns the offsets at which lines begin. They are computed once, since a position may be requested for every key of a document. */
function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

/** Returns the index of the line that contains an offset. */
function lineAt(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

const NOTHING = { value: null, mayHaveDuplicates: false };

function refuseSize(text: string, refuse: Refuse): void {
  if (text.length > MAX_CHARACTERS) throw refuse('SIZE', 0, `the document has more than ${MAX_CHARACTERS} characters`);
  const offset = offsetOfItem(text, MAX_ITEMS);
  if (offset !== undefined) throw refuse('SIZE', offset, `the document has more than ${MAX_ITEMS} lines and items`);
}

function refuseControlCharacters(text: string, refuse: Refuse): void {
  if (text.startsWith(BYTE_ORDER_MARK)) throw refuse('CHARACTER', 0, 'a second byte order mark is not allowed');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that YAML does not allow.
  const match = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]/.exec(text);
  if (match === null) return;
  const code = match[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
  throw refuse(
    'CHARACTER',
    match.index,
    `the character U+${code} is not allowed; write it as an escape in double quotes`,
  );
}
