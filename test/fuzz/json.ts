import fc from 'fast-check';
import { isList, isObject, type Json } from '../../src/json/value.ts';
import { ownProperties } from '../protocol/arbitraries.ts';
import { anyText, pumped } from './mutations.ts';

/** Values that a field of any type may have by mistake or on purpose. */
export const oddJson: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom<Json>(
    null,
    true,
    false,
    0,
    -1,
    1.5,
    2 ** 31,
    2 ** 53,
    1e308,
    '',
    '*',
    '0',
    'null',
    '__proto__',
    [],
    {},
    [null],
    [[]],
    { '': '' },
    'x'.repeat(300),
    'a-'.repeat(2_000),
  ),
  anyText,
  pumped,
  fc.jsonValue({ maxDepth: 2 }).map((value): Json => JSON.parse(JSON.stringify(value))),
);

interface Change {
  /** Which node, counted in the order of the text. */
  readonly node: number;
  readonly kind: 'replace' | 'remove' | 'wrap' | 'double' | 'rename';
  readonly value: Json;
}

const change: fc.Arbitrary<Change> = fc.record({
  node: fc.nat(),
  kind: fc.constantFrom('replace', 'replace', 'remove', 'wrap', 'double', 'rename'),
  value: oddJson,
});

/** Valid JSON with up to three of its values changed: replaced, taken out, put into a list, doubled, or under another name. */
export function mutatedJson(valid: fc.Arbitrary<Json>): fc.Arbitrary<Json> {
  return fc
    .tuple(valid, fc.array(change, { maxLength: 3 }))
    .map(([value, changes]) => changes.reduce((json, one) => changed(json, one), value));
}

const GONE = Symbol('gone');

function changed(root: Json, { node, kind, value }: Change): Json {
  let left = node % countNodes(root);
  const visit = (json: Json): Json | typeof GONE => {
    if (left-- === 0) return kind === 'remove' ? GONE : kind === 'replace' ? value : kind === 'wrap' ? [json] : json;
    if (isList(json)) return json.flatMap((item) => twice(visit(item), left === -1 && kind === 'double'));
    if (!isObject(json)) return json;
    const entries = Object.entries(json).flatMap(([key, item]): [string, Json][] => {
      const at = left;
      const seen = visit(item ?? null);
      if (seen === GONE) return [];
      return [[at === 0 && kind === 'rename' ? nameOf(value) : key, seen]];
    });
    return ownProperties(entries);
  };
  const result = visit(root);
  return result === GONE ? null : result;
}

function twice(value: Json | typeof GONE, doubled: boolean): Json[] {
  if (value === GONE) return [];
  return doubled ? [value, value] : [value];
}

function countNodes(value: Json): number {
  const children = isList(value) ? value : isObject(value) ? Object.values(value) : [];
  return children.reduce<number>((sum, child) => sum + countNodes(child ?? null), 1);
}

function nameOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
