import { quote } from '../../internal/quote.ts';
import type { Refuse } from '../errors.ts';
import { MAX_DEPTH } from '../limits.ts';
import { peekToken, skipToken } from './fetch-token.ts';
import type { ListNode, MapNode, Node } from './node.ts';
import { createScanner, type Scanner, type TokenKind, type YamlToken } from './scanner.ts';

interface Composer {
  readonly scanner: Scanner;
  readonly refuse: Refuse;
  readonly anchors: Map<string, Node>;
  /** The prefix of each tag handle. */
  readonly tags: Map<string, string>;
  depth: number;
}

/**
 * Reads the first document of a text, as go.yaml.in/yaml/v2 v2.4.2 does (scannerc.go, parserc.go and the parser of decode.go, which
 * sigs.k8s.io/yaml v1.6.0 uses; licensed under Apache-2.0 and MIT): the text after that document is ignored. Returns undefined for a text
 * without a document. Quirks are preserved, so that both read the same values: see test/conformance/go-rules.
 */
export function composeDocument(text: string, refuse: Refuse): Node | undefined {
  const scanner = createScanner(text, refuse);
  const composer: Composer = { scanner, refuse, anchors: new Map(), tags: new Map(), depth: 0 };
  const first = peekToken(scanner);
  if (first.kind === 'stream-end') return undefined;
  const isExplicit = takeDirectives(composer) || peekToken(scanner).kind === 'document-start';
  let node: Node;
  if (!isExplicit) node = composeNode(composer, true, false);
  else {
    const start = peekToken(scanner);
    if (start.kind !== 'document-start')
      throw refuse('SYNTAX', start.start, 'directives must be followed by a line "---"');
    skipToken(scanner);
    const content = peekToken(scanner);
    node = ENDS_DOCUMENT.has(content.kind) ? emptyNode(content.start) : composeNode(composer, true, false);
  }
  peekToken(scanner);
  return node;
}

const ENDS_DOCUMENT: ReadonlySet<TokenKind> = new Set([
  'version-directive',
  'tag-directive',
  'document-start',
  'document-end',
  'stream-end',
]);

/** Takes the directives before a document. Returns true if there are any. */
function takeDirectives({ scanner, refuse, tags }: Composer): boolean {
  let hasVersion = false;
  for (let token = peekToken(scanner); ; token = peekToken(scanner)) {
    if (token.kind === 'version-directive') {
      if (hasVersion) throw refuse('SYNTAX', token.start, 'a document must have at most one %YAML directive');
      if (token.value !== '1.1')
        throw refuse('SYNTAX', token.start, `unsupported YAML version ${token.value}: must be 1.1`);
      hasVersion = true;
    } else if (token.kind === 'tag-directive') {
      if (tags.has(token.value)) throw refuse('SYNTAX', token.start, `the tag handle ${token.value} is defined twice`);
      tags.set(token.value, token.suffix);
    } else break;
    skipToken(scanner);
  }
  const found = hasVersion || tags.size > 0;
  if (!tags.has('!')) tags.set('!', '!');
  if (!tags.has('!!')) tags.set('!!', 'tag:yaml.org,2002:');
  return found;
}

function emptyNode(offset: number): Node {
  return { kind: 'scalar', offset, tag: '', value: '', implicit: true };
}

/** Composes the next node. `isBlock` allows block collections, and `isIndentless` allows a list that is not indented. */
function composeNode(composer: Composer, isBlock: boolean, isIndentless: boolean): Node {
  const { scanner } = composer;
  const first = peekToken(scanner);
  if (first.kind === 'alias') return composeAlias(composer, first);
  const { anchor, tag } = takeProperties(composer);
  const token = peekToken(scanner);
  const offset = first.start;
  switch (token.kind) {
    case 'scalar': {
      skipToken(scanner);
      const implicit = tag === '!' || (tag === '' && token.plain);
      return named(composer, anchor, { kind: 'scalar', offset, tag, value: token.value, implicit });
    }
    case 'block-entry':
      if (isIndentless) return composeList(composer, anchor, offset, fillIndentlessList);
      break;
    case 'block-list-start':
      if (isBlock) return composeList(composer, anchor, offset, fillBlockList);
      break;
    case 'block-map-start':
      if (isBlock) return composeMap(composer, anchor, offset, fillBlockMap);
      break;
    case 'flow-list-start':
      return composeList(composer, anchor, offset, fillFlowList);
    case 'flow-map-start':
      return composeMap(composer, anchor, offset, fillFlowMap);
  }
  if (anchor !== undefined || tag !== '')
    return named(composer, anchor, { kind: 'scalar', offset, tag, value: '', implicit: tag === '' });
  throw composer.refuse('SYNTAX', token.start, 'expected a value');
}

function composeAlias({ scanner, refuse, anchors }: Composer, { value: name, start: offset }: YamlToken): Node {
  skipToken(scanner);
  const target = anchors.get(name);
  if (target === undefined)
    throw refuse('ANCHOR', offset, `the anchor ${quote(name)} is not defined before this alias`);
  return { kind: 'alias', offset, name, target };
}

/** Takes an anchor and a tag, in either order. */
function takeProperties(composer: Composer): { anchor: string | undefined; tag: string } {
  const { scanner } = composer;
  let anchor = takeAnchor(scanner);
  const token = peekToken(scanner);
  if (token.kind !== 'tag') return { anchor, tag: '' };
  skipToken(scanner);
  anchor ??= takeAnchor(scanner);
  if (token.value === '') return { anchor, tag: token.suffix };
  const prefix = composer.tags.get(token.value);
  if (prefix === undefined)
    throw composer.refuse(
      'SYNTAX',
      token.start,
      `the tag handle ${quote(token.value)} is not defined; add a %TAG directive`,
    );
  return { anchor, tag: prefix + token.suffix };
}

function takeAnchor(scanner: Scanner): string | undefined {
  const token = peekToken(scanner);
  if (token.kind !== 'anchor') return undefined;
  skipToken(scanner);
  return token.value;
}

/** Registers a node under its anchor before its content is read, since the content may refer to it. */
function named<T extends Node>({ anchors }: Composer, anchor: string | undefined, node: T): T {
  if (anchor !== undefined) anchors.set(anchor, node);
  return node;
}

type Fill<T> = (composer: Composer, node: T) => void;

function composeList(composer: Composer, anchor: string | undefined, offset: number, fill: Fill<ListNode>): Node {
  return within(composer, named(composer, anchor, { kind: 'list', offset, items: [] }), fill);
}

function composeMap(composer: Composer, anchor: string | undefined, offset: number, fill: Fill<MapNode>): Node {
  return within(composer, named(composer, anchor, { kind: 'map', offset, entries: [] }), fill);
}

function within<T extends Node>(composer: Composer, node: T, fill: Fill<T>): T {
  composer.depth += 1;
  if (composer.depth > MAX_DEPTH) {
    throw composer.refuse('DEPTH', node.offset, `it is nested more than ${MAX_DEPTH} levels deep`);
  }
  fill(composer, node);
  composer.depth -= 1;
  return node;
}

/** Composes the next node, or an empty one if the next token is in `ends`. */
function nodeUnless(composer: Composer, ends: ReadonlySet<TokenKind>, isBlock: boolean, isIndentless: boolean): Node {
  const token = peekToken(composer.scanner);
  return ends.has(token.kind) ? emptyNode(token.start) : composeNode(composer, isBlock, isIndentless);
}

const AFTER_BLOCK_ITEM: ReadonlySet<TokenKind> = new Set(['block-entry', 'block-end']);
const AFTER_INDENTLESS_ITEM: ReadonlySet<TokenKind> = new Set(['block-entry', 'key', 'value', 'block-end']);
const AFTER_BLOCK_ENTRY: ReadonlySet<TokenKind> = new Set(['key', 'value', 'block-end']);

function fillBlockList(composer: Composer, { items }: ListNode): void {
  const { scanner, refuse } = composer;
  skipToken(scanner);
  for (;;) {
    const token = peekToken(scanner);
    if (token.kind !== 'block-entry' && token.kind !== 'block-end')
      throw refuse(
        'SYNTAX',
        token.start,
        'expected the next item of the list, which begins with "-", or the end of the list',
      );
    skipToken(scanner);
    if (token.kind === 'block-end') return;
    items.push(nodeUnless(composer, AFTER_BLOCK_ITEM, true, false));
  }
}

function fillIndentlessList(composer: Composer, { items }: ListNode): void {
  while (peekToken(composer.scanner).kind === 'block-entry') {
    skipToken(composer.scanner);
    items.push(nodeUnless(composer, AFTER_INDENTLESS_ITEM, true, false));
  }
}

function fillBlockMap(composer: Composer, { entries }: MapNode): void {
  const { scanner, refuse } = composer;
  skipToken(scanner);
  for (;;) {
    const token = peekToken(scanner);
    if (token.kind !== 'key' && token.kind !== 'block-end')
      throw refuse('SYNTAX', token.start, 'expected the next key of the object; check the indentation');
    skipToken(scanner);
    if (token.kind === 'block-end') return;
    const key = nodeUnless(composer, AFTER_BLOCK_ENTRY, true, true);
    entries.push({ key, value: blockValue(composer) });
  }
}

function blockValue(composer: Composer): Node {
  const token = peekToken(composer.scanner);
  if (token.kind !== 'value') return emptyNode(token.start);
  skipToken(composer.scanner);
  return nodeUnless(composer, AFTER_BLOCK_ENTRY, true, true);
}

const AFTER_LIST_VALUE: ReadonlySet<TokenKind> = new Set(['flow-entry', 'flow-list-end']);
const AFTER_MAP_VALUE: ReadonlySet<TokenKind> = new Set(['flow-entry', 'flow-map-end']);
const AFTER_PAIR_KEY: ReadonlySet<TokenKind> = new Set(['value', 'flow-entry', 'flow-list-end']);
const AFTER_MAP_KEY: ReadonlySet<TokenKind> = new Set(['value', 'flow-entry', 'flow-map-end']);

/** Takes the separator before the next entry of a flow collection. Returns false after taking the end of the collection. */
function hasNext({ scanner, refuse }: Composer, end: TokenKind, isFirst: boolean): boolean {
  let token = peekToken(scanner);
  if (token.kind !== end && !isFirst) {
    if (token.kind !== 'flow-entry') {
      const sign = end === 'flow-map-end' ? '"}"' : '"]"';
      throw refuse('SYNTAX', token.start, `expected "," or ${sign}`);
    }
    skipToken(scanner);
    token = peekToken(scanner);
  }
  if (token.kind !== end) return true;
  skipToken(scanner);
  return false;
}

function fillFlowList(composer: Composer, { items }: ListNode): void {
  const { scanner } = composer;
  skipToken(scanner);
  while (hasNext(composer, 'flow-list-end', items.length === 0)) {
    const token = peekToken(scanner);
    items.push(token.kind === 'key' ? composePair(composer, token) : composeNode(composer, false, false));
  }
}

/** Composes an object of one entry that is in a list without braces. */
function composePair(composer: Composer, { start: offset }: YamlToken): Node {
  skipToken(composer.scanner);
  const node: MapNode = { kind: 'map', offset, entries: [] };
  return within(composer, node, () => {
    const key = pairKey(composer);
    node.entries.push({ key, value: flowValue(composer, AFTER_LIST_VALUE) });
  });
}

/** Composes the key of such an entry. Like Go, it also takes the indicator after a missing key. */
function pairKey(composer: Composer): Node {
  const token = peekToken(composer.scanner);
  if (!AFTER_PAIR_KEY.has(token.kind)) return composeNode(composer, false, false);
  skipToken(composer.scanner);
  return emptyNode(token.start);
}

function fillFlowMap(composer: Composer, { entries }: MapNode): void {
  const { scanner } = composer;
  skipToken(scanner);
  while (hasNext(composer, 'flow-map-end', entries.length === 0)) {
    const token = peekToken(scanner);
    if (token.kind !== 'key') {
      const key = composeNode(composer, false, false);
      entries.push({ key, value: emptyNode(peekToken(scanner).start) });
      continue;
    }
    skipToken(scanner);
    const key = nodeUnless(composer, AFTER_MAP_KEY, false, false);
    entries.push({ key, value: flowValue(composer, AFTER_MAP_VALUE) });
  }
}

function flowValue(composer: Composer, ends: ReadonlySet<TokenKind>): Node {
  const token = peekToken(composer.scanner);
  if (token.kind !== 'value') return emptyNode(token.start);
  skipToken(composer.scanner);
  return nodeUnless(composer, ends, false, false);
}
