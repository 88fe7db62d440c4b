import { type Alias, isAlias, isMap, isScalar, isSeq, type Node, type Scalar, type YAMLMap } from 'yaml';
import { base64Bytes, base64Text, utf8Text } from '../internal/bytes.ts';
import { quote } from '../internal/quote.ts';
import type { YamlError, YamlErrorCode } from './errors.ts';
import { printFloatKey } from './number.ts';
import { type Resolved, resolveScalar } from './resolve.ts';
import type { YamlValue } from './value.ts';

/** Makes the error for what stands at an offset of the document. */
export type Refuse = (code: YamlErrorCode, offset: number, why: string) => YamlError;

interface Reading {
  readonly refuse: Refuse;
  readonly targets: ReadonlyMap<Alias, Node>;
  /** Aliases being read, to find those that contain themselves. */
  readonly open: Set<Alias>;
  values: number;
  aliased: number;
}

type Mutable = Record<string, YamlValue>;

const TAG = 'tag:yaml.org,2002:';

/** Turns a parsed document into JSON. `targets` says which node each alias stands for. */
export function readNode(node: Node, targets: ReadonlyMap<Alias, Node>, refuse: Refuse): YamlValue {
  return readValue({ refuse, targets, open: new Set(), values: 0, aliased: 0 }, node);
}

function readValue(reading: Reading, node: unknown): YamlValue {
  countValue(reading, node);
  if (isScalar(node)) return scalarValue(reading, node);
  if (isMap(node)) return readMap(reading, node, {});
  if (isSeq(node)) return node.items.map((item) => readValue(reading, item));
  return isAlias(node) ? readAlias(reading, node, (target) => readValue(reading, target)) : null;
}

/** Aliases may make at most 99 percent of a document, and less of a large one: a few lines must not become gigabytes. */
function countValue(reading: Reading, node: unknown): void {
  reading.values++;
  if (reading.open.size > 0) reading.aliased++;
  if (reading.aliased <= 100 || reading.values <= 1000) return;
  const share = Math.min(1, Math.max(0, (reading.values - 400_000) / 3_600_000));
  if (reading.aliased / reading.values > 0.99 - 0.89 * share) {
    const [outermost = node] = reading.open;
    throw reading.refuse('ALIASES', offsetOf(outermost), 'its aliases expand to too much content');
  }
}

function readAlias<T>(reading: Reading, alias: Alias, read: (target: Node) => T): T {
  const target = reading.targets.get(alias);
  if (target === undefined)
    throw reading.refuse('ANCHOR', offsetOf(alias), `there is no anchor ${quote(alias.source)} before it`);
  if (reading.open.has(alias))
    throw reading.refuse('ANCHOR', offsetOf(alias), `anchor ${quote(alias.source)} contains itself`);
  reading.open.add(alias);
  const value = read(target);
  reading.open.delete(alias);
  return value;
}

function readMap(reading: Reading, map: YAMLMap, into: Mutable): Mutable {
  for (const { key, value } of map.items) {
    if (isMergeKey(key)) merge(reading, value, into);
    else {
      const name = readKey(reading, key);
      setProperty(into, name, readValue(reading, value));
    }
  }
  return into;
}

/** A property of any name, `__proto__` included. */
function setProperty(object: Mutable, name: string, value: YamlValue): void {
  if (name !== '__proto__') object[name] = value;
  else Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
}

function isMergeKey(key: unknown): boolean {
  return isScalar(key) && key.source === '<<' && (isUntagged(key) ? key.type === 'PLAIN' : key.tag === `${TAG}merge`);
}

/** A merge sets keys where it stands: later keys win over it, and it wins over earlier ones. */
function merge(reading: Reading, value: unknown, into: Mutable): void {
  const sources = isSeq(value) ? value.items.toReversed() : [value];
  for (const source of sources) {
    countValue(reading, source);
    const target = isAlias(source) ? reading.targets.get(source) : source;
    if (isAlias(source) && target !== undefined && isMap(target))
      readAlias(reading, source, () => readMap(reading, target, into));
    else if (isMap(source)) readMap(reading, source, into);
    else throw reading.refuse('VALUE', offsetOf(source), 'a merge key "<<" takes a map or a list of maps');
  }
}

function readKey(reading: Reading, key: unknown): string {
  countValue(reading, key);
  if (isAlias(key)) return readAlias(reading, key, (target) => readKey(reading, target));
  const resolved = isScalar(key) ? resolveNode(reading, key) : undefined;
  switch (resolved?.kind) {
    case 'text':
      return resolved.text;
    case 'boolean':
      return String(resolved.value);
    case 'float':
      return Number.isNaN(resolved.value) ? '.nan' : printFloatKey(resolved.value);
    case 'integer':
      if (resolved.value < 2n ** 63n) return String(resolved.value);
  }
  throw reading.refuse('KEY', offsetOf(key), 'a key must be a string, a boolean or a number of 64 bits');
}

function scalarValue(reading: Reading, scalar: Scalar): YamlValue {
  const resolved = resolveNode(reading, scalar);
  if (resolved.kind === 'null') return null;
  if (resolved.kind === 'text') return resolved.text;
  if (resolved.kind === 'float' && !Number.isFinite(resolved.value)) {
    throw reading.refuse('VALUE', offsetOf(scalar), `${quote(scalar.source)} has no JSON form`);
  }
  return resolved.value;
}

type Meaning = Exclude<Resolved, { kind: 'text' | 'timestamp' }> | { readonly kind: 'text'; readonly text: string };

function isUntagged(scalar: Scalar): boolean {
  return scalar.tag === undefined || scalar.tag === '!';
}

function resolveNode(reading: Reading, scalar: Scalar): Meaning {
  const text = scalar.source ?? '';
  if (scalar.tag === undefined && scalar.type !== 'PLAIN') return { kind: 'text', text };
  const tag = isUntagged(scalar) ? '' : (scalar.tag ?? '');
  if (tag === `${TAG}binary`) return { kind: 'text', text: decodeBase64(reading, scalar, text) };
  if (!['', 'str', 'bool', 'int', 'float', 'null', 'timestamp'].includes(tag.replace(TAG, '')))
    return { kind: 'text', text };
  if (tag === `${TAG}str`) return { kind: 'text', text };
  const resolved = resolveScalar(text, tag === '' || tag === `${TAG}timestamp`);
  if (tag !== '' && !fits(resolved, tag)) {
    throw reading.refuse('VALUE', offsetOf(scalar), `${quote(text)} cannot be read as !!${tag.replace(TAG, '')}`);
  }
  return resolved.kind === 'text' || resolved.kind === 'timestamp' ? { kind: 'text', text } : resolved;
}

const TAG_OF = { null: 'null', boolean: 'bool', integer: 'int', float: 'float', timestamp: 'timestamp', text: 'str' };

function fits(resolved: Resolved, tag: string): boolean {
  const wanted = tag.replace(TAG, '');
  const isSmall = resolved.kind === 'integer' && resolved.value < 2n ** 63n;
  return TAG_OF[resolved.kind] === wanted || (wanted === 'float' && isSmall);
}

function decodeBase64(reading: Reading, scalar: Scalar, text: string): string {
  const plain = text.replace(/[\r\n]/g, '');
  const bytes = base64Bytes(plain);
  if (base64Text(bytes) !== plain) throw reading.refuse('VALUE', offsetOf(scalar), 'the !!binary value is not base64');
  return utf8Text(bytes);
}

function offsetOf(node: unknown): number {
  const range = isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node.range : undefined;
  return range?.[0] ?? 0;
}
