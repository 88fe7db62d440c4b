import {
  type Alias,
  Composer,
  type CST,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  Parser,
  visit,
} from 'yaml';
import { type Position, YamlError, type YamlErrorCode } from './errors.ts';
import { type Refuse, readNode } from './read-node.ts';
import { offsetOfItem } from './size.ts';
import { isEmptyDocument, splitDocuments } from './split.ts';
import type { YamlValue } from './value.ts';

/** Objects and lists in one another; Kubernetes objects stay far below. */
const MAX_DEPTH = 500;

/**
 * Characters of one document, and lines and items in it: reading takes some hundred times the memory of the text, and seconds for each
 * megabyte. The largest CustomResourceDefinitions have 2 MB and 40,000 lines.
 */
const MAX_CHARACTERS = 8 * 1_048_576;
const MAX_ITEMS = 250_000;

/** Errors that the parser may report: only the first one is shown, and each takes time. */
const MAX_ERRORS = 10;

/** A document of a YAML stream. */
export interface YamlDocument {
  /** The document as JSON; null when it is empty. */
  readonly value: YamlValue;
  /** True when it has only blank lines, comments and separators: most programs skip it. */
  readonly empty: boolean;
  /** The line of the file its text begins on, from 1. */
  readonly line: number;
  /** Returns the position of the value at a path (of its key, in an object), or of its nearest existing parent. */
  locate(path: readonly (string | number)[]): Position;
}

/**
 * Reads a stream of Kubernetes objects as sigs.k8s.io/yaml does: YAML 1.1 booleans (y, n, yes, no, on, off), the last of duplicate keys
 * wins, keys become strings, whole numbers of 64 bits stay exact, and between two `---` lines only the first document counts. `fileName` is
 * for messages. Throws {@link YamlError}.
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
  const { chunks, problem } = splitDocuments(text.startsWith('\uFEFF') ? text.slice(1) : text);
  if (problem !== undefined) {
    const at = { line: problem.line + firstLine - 1, column: problem.column };
    throw new YamlError(problem.code, fileName, at, problem.why);
  }
  for (const chunk of chunks) yield parseDocument(chunk.text, chunk.line + firstLine - 1, fileName);
}

function parseDocument(text: string, line: number, file: string): YamlDocument {
  const empty = isEmptyDocument(text);
  if (empty) return { value: null, empty, line, locate: () => ({ line, column: 1 }) };
  const positionAt = (offset: number): Position => {
    const before = text.slice(0, offset).split('\n');
    return { line: line + before.length - 1, column: (before.at(-1)?.length ?? 0) + 1 };
  };
  const refuse = (code: YamlErrorCode, offset: number, why: string, cause?: unknown) =>
    new YamlError(code, file, positionAt(offset), why, { cause });
  refuseSize(text, refuse);
  const document = compose(text, refuse);
  refuseControlCharacters(text, refuse);
  const problem = document?.errors.find(({ message }) => !TOLERATED.test(message));
  if (problem !== undefined) throw refuse('SYNTAX', problem.pos[0], problem.message, problem);
  const root = document?.contents ?? undefined;
  const targets = document !== undefined && text.includes('&') ? aliasTargets(document) : new Map<Alias, Node>();
  const value = root === undefined ? null : readNode(root, targets, refuse);
  // Composed anew for the few that are asked for: keeping all documents of a package takes a hundred times its size.
  return { value, empty, line, locate: (path) => positionAt(findOffset(compose(text, refuse)?.contents, path)) };
}

/** Errors that Go ignores: comments without white space before them. */
const TOLERATED = /^Comments must be separated/;

/** The first document of a text: what follows a `...` line is not even looked at. */
function compose(text: string, refuse: Refuse): Document.Parsed | undefined {
  // With the failsafe schema every scalar stays as written: the rules of YAML 1.1 are applied to it afterwards.
  const composer = new Composer({ version: '1.1', schema: 'failsafe', uniqueKeys: false, prettyErrors: false });
  const tokens = firstErrors(new Parser().parse(text));
  const checked = mayNestDeeply(text) ? refuseDepth(tokens, refuse) : tokens;
  for (const document of composer.compose(checked)) return document;
  return undefined;
}

function refuseSize(text: string, refuse: Refuse): void {
  if (text.length > MAX_CHARACTERS) throw refuse('SIZE', 0, `the document has more than ${MAX_CHARACTERS} characters`);
  const offset = offsetOfItem(text, MAX_ITEMS);
  if (offset !== undefined) throw refuse('SIZE', offset, `the document has more than ${MAX_ITEMS} lines and items`);
}

/** Passes on all tokens but the errors behind the first ones. */
function* firstErrors(tokens: Iterable<CST.Token>): Generator<CST.Token> {
  let errors = 0;
  for (const token of tokens) {
    if (token.type === 'error') errors += 1;
    if (token.type !== 'error' || errors <= MAX_ERRORS) yield token;
  }
}

/** True when a text may nest too deeply: each level takes a bracket or a column, and a list in an object none of its own. */
function mayNestDeeply(text: string): boolean {
  let columns = 0;
  for (const [start] of text.matchAll(/^[ ?:-]+/gm)) columns = Math.max(columns, start.length);
  const brackets = text.match(/[[{]/g)?.length ?? 0;
  return 2 * (columns + 1) + brackets > MAX_DEPTH;
}

/** Passes tokens on and refuses the one that nests too deeply: the composer would overflow its stack, and with it the process. */
function* refuseDepth(tokens: Iterable<CST.Token>, refuse: Refuse): Generator<CST.Token> {
  for (const token of tokens) {
    const open: { token: CST.Token; depth: number }[] = [{ token, depth: 0 }];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (next.depth > MAX_DEPTH) {
        throw refuse('DEPTH', next.token.offset, `it is nested more than ${MAX_DEPTH} levels deep`);
      }
      for (const child of childTokens(next.token)) open.push({ token: child, depth: next.depth + 1 });
    }
    yield token;
  }
}

function childTokens(token: CST.Token): CST.Token[] {
  if (token.type === 'document') return token.value === undefined ? [] : [token.value];
  if (!('items' in token)) return [];
  return token.items.flatMap((item) => [item.key, item.value].filter((child) => child !== undefined && child !== null));
}

/** The node that each alias refers to: the last one before it that has the anchor. */
function aliasTargets(document: Document.Parsed): Map<Alias, Node> {
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  visit(document, {
    Node: (_, node) => {
      if (isAlias(node)) {
        const target = anchors.get(node.source);
        if (target !== undefined) targets.set(node, target);
      } else if (node.anchor !== undefined) anchors.set(node.anchor, node);
    },
  });
  return targets;
}

function refuseControlCharacters(text: string, refuse: Refuse): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters YAML does not allow.
  const match = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]/.exec(text);
  if (match === null) return;
  const code = match[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
  throw refuse(
    'CHARACTER',
    match.index,
    `the character U+${code} is not allowed; write it as an escape in double quotes`,
  );
}

function findOffset(root: unknown, path: readonly (string | number)[]): number {
  let node: unknown = root;
  let offset = startOf(root) ?? 0;
  for (const step of path) {
    const child = childAt(node, step);
    if (child === undefined) break;
    offset = child.offset ?? offset;
    node = child.node;
  }
  return offset;
}

function childAt(node: unknown, step: string | number): { node: unknown; offset: number | undefined } | undefined {
  if (isSeq(node) && typeof step === 'number') {
    const item = node.items[step];
    return item === undefined ? undefined : { node: item, offset: startOf(item) };
  }
  if (!isMap(node)) return undefined;
  const pair = node.items.findLast(({ key }) => isScalar(key) && key.source === String(step));
  return pair === undefined ? undefined : { node: pair.value, offset: startOf(pair.key) };
}

function startOf(node: unknown): number | undefined {
  return isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node.range?.[0] : undefined;
}
