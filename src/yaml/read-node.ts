import { quote } from '../internal/quote.ts';
import { decodeBinary } from './binary.ts';
import type { Refuse, YamlError } from './errors.ts';
import { isUnsignedOnly, printFloatKey } from './number.ts';
import type { AliasNode, MapNode, Node, ScalarNode } from './parser/node.ts';
import { type Resolved, resolveScalar } from './resolve.ts';
import type { YamlValue } from './value.ts';

interface Reading {
  readonly refuse: Refuse;
  /** The aliases being read, to detect those that contain themselves. */
  readonly open: Set<AliasNode>;
  values: number;
  aliased: number;
  mayHaveDuplicates: boolean;
  /** Objects with a key that has no JSON form, and infinite numbers. They are errors unless a later key replaces them. */
  readonly unfit: Map<YamlValue, YamlError>;
}

type Mutable = Record<string, YamlValue>;

const TAG = 'tag:yaml.org,2002:';

/**
 * Converts a document to JSON, as decode.go of go.yaml.in/yaml/v2 v2.4.2 and then sigs.k8s.io/yaml do. The limit on aliases, the effect of
 * merges and the rejected keys are the same.
 */
export function readNode(node: Node, refuse: Refuse): { value: YamlValue; mayHaveDuplicates: boolean } {
  // Go also counts the document itself.
  const reading: Reading = {
    refuse,
    open: new Set(),
    values: 1,
    aliased: 0,
    mayHaveDuplicates: false,
    unfit: new Map(),
  };
  const value = readValue(reading, node);
  if (reading.unfit.size > 0) refuseUnfit(reading.unfit, value);
  return { value, mayHaveDuplicates: reading.mayHaveDuplicates };
}

function refuseUnfit(unfit: ReadonlyMap<YamlValue, YamlError>, value: YamlValue): void {
  const error = unfit.get(value);
  if (error !== undefined) throw error;
  if (typeof value !== 'object' || value === null) return;
  for (const child of Object.values(value)) refuseUnfit(unfit, child ?? null);
}

function readValue(reading: Reading, node: Node): YamlValue {
  countValue(reading, node);
  switch (node.kind) {
    case 'scalar':
      return scalarValue(reading, node);
    case 'map':
      return readMap(reading, node, {});
    case 'list':
      return node.items.map((item) => readValue(reading, item));
    case 'alias':
      return readAlias(reading, node, (target) => readValue(reading, target));
  }
}

/** Counts a value. Aliases may produce at most 99 percent of a document, and less of a large one, so that a few lines do not become gigabytes. */
function countValue(reading: Reading, node: Node): void {
  reading.values++;
  if (reading.open.size > 0) reading.aliased++;
  if (reading.aliased <= 100 || reading.values <= 1000) return;
  const share = Math.min(1, Math.max(0, (reading.values - 400_000) / 3_600_000));
  if (reading.aliased / reading.values > 0.99 - 0.89 * share) {
    const [outermost = node] = reading.open;
    throw reading.refuse('ALIASES', outermost.offset, 'its aliases expand to too much content');
  }
}

function readAlias<T>(reading: Reading, alias: AliasNode, read: (target: Node) => T): T {
  if (reading.open.has(alias))
    throw reading.refuse('ANCHOR', alias.offset, `anchor ${quote(alias.name)} contains itself`);
  reading.open.add(alias);
  const value = read(alias.target);
  reading.open.delete(alias);
  return value;
}

function readMap(reading: Reading, map: MapNode, into: Mutable): Mutable {
  for (const { key, value } of map.entries) {
    if (isMergeKey(key)) merge(reading, value, into);
    else {
      const name = readKey(reading, key);
      const read = readValue(reading, value);
      if (name === undefined) reading.unfit.set(into, badKey(reading, key));
      else {
        reading.mayHaveDuplicates ||= name in into;
        setProperty(into, name, read);
      }
    }
  }
  return into;
}

/** Sets a property of any name, including `__proto__`. */
function setProperty(object: Mutable, name: string, value: YamlValue): void {
  if (name !== '__proto__') object[name] = value;
  else Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
}

function isMergeKey(key: Node): boolean {
  return key.kind === 'scalar' && key.value === '<<' && (key.implicit || key.tag === `${TAG}merge`);
}

/** Merges at the position of the merge key: later keys take precedence over the merge, and the merge over earlier keys. */
function merge(reading: Reading, value: Node, into: Mutable): void {
  const sources = value.kind === 'list' ? value.items.toReversed() : [value];
  for (const source of sources) {
    countValue(reading, source);
    if (source.kind === 'map') readMap(reading, source, into);
    else if (source.kind === 'alias')
      readAlias(reading, source, (target) => mergeTarget(reading, source, target, into));
    else throw noMap(reading, source);
  }
}

function mergeTarget(reading: Reading, source: Node, target: Node, into: Mutable): void {
  if (target.kind !== 'map') throw noMap(reading, source);
  countValue(reading, target);
  readMap(reading, target, into);
}

function noMap({ refuse }: Reading, { offset }: Node): Error {
  return refuse('VALUE', offset, 'the value of a merge key "<<" must be a map or a list of maps');
}

/** Returns the text of a key, or undefined if it has no JSON form. */
function readKey(reading: Reading, key: Node): string | undefined {
  countValue(reading, key);
  if (key.kind === 'alias') return readAlias(reading, key, (target) => readKey(reading, target));
  if (key.kind !== 'scalar') throw badKey(reading, key);
  const resolved = resolveNode(reading, key);
  switch (resolved.kind) {
    case 'text':
      return resolved.text;
    case 'boolean':
      return String(resolved.value);
    case 'float':
      return Number.isNaN(resolved.value) ? '.nan' : printFloatKey(resolved.value);
    case 'integer':
      return isUnsignedOnly(resolved.value) ? undefined : String(resolved.value);
    case 'null':
      return undefined;
  }
}

function badKey({ refuse }: Reading, { offset }: Node): YamlError {
  return refuse('KEY', offset, 'a key must be a string, a boolean or a 64-bit number');
}

function scalarValue(reading: Reading, scalar: ScalarNode): YamlValue {
  const resolved = resolveNode(reading, scalar);
  if (resolved.kind === 'null') return null;
  if (resolved.kind === 'text') return resolved.text;
  if (resolved.kind === 'float' && !Number.isFinite(resolved.value)) {
    reading.unfit.set(
      resolved.value,
      reading.refuse('VALUE', scalar.offset, `${quote(scalar.value)} has no JSON form`),
    );
  }
  return resolved.value;
}

type Meaning = Exclude<Resolved, { kind: 'text' | 'timestamp' }> | { readonly kind: 'text'; readonly text: string };

const RESOLVABLE = new Set([
  '',
  ...['str', 'bool', 'int', 'float', 'null', 'timestamp'].map((name) => `${TAG}${name}`),
]);

function resolveNode(reading: Reading, { tag, value: text, implicit, offset }: ScalarNode): Meaning {
  if (tag === '' && !implicit) return { kind: 'text', text };
  if (tag === `${TAG}binary`) {
    const decoded = decodeBinary(text);
    if (decoded === undefined) throw reading.refuse('VALUE', offset, 'the !!binary value is not base64');
    return { kind: 'text', text: decoded };
  }
  if (!RESOLVABLE.has(tag) || tag === `${TAG}str`) return { kind: 'text', text };
  const resolved = resolveScalar(text, tag === '' || tag === `${TAG}timestamp`);
  if (tag !== '' && !fits(resolved, tag)) {
    throw reading.refuse('VALUE', offset, `${quote(text)} cannot be read as !!${tag.replace(TAG, '')}`);
  }
  if (resolved.kind === 'integer' && tag === `${TAG}float`) return { kind: 'float', value: Number(resolved.value) };
  return resolved.kind === 'text' || resolved.kind === 'timestamp' ? { kind: 'text', text } : resolved;
}

const TAG_OF = { null: 'null', boolean: 'bool', integer: 'int', float: 'float', timestamp: 'timestamp', text: 'str' };

function fits(resolved: Resolved, tag: string): boolean {
  const wanted = tag.replace(TAG, '');
  const isSmall = resolved.kind === 'integer' && resolved.value < 2n ** 63n;
  return TAG_OF[resolved.kind] === wanted || (wanted === 'float' && isSmall);
}
