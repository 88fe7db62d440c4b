import { nearest } from '../../internal/did-you-mean.ts';
import { quote } from '../../internal/quote.ts';
import { isYamlList, isYamlObject, type YamlObject, type YamlValue } from '../../yaml/index.ts';
import type { Path } from '../round-trip.ts';
import type { GoField, GoType, StructTable } from '../struct-table.ts';
import { KUBERNETES_META } from '../types/kubernetes-meta.ts';

/** A field that Crossplane drops. */
export interface UnknownField {
  readonly path: Path;
  readonly message: string;
}

/** Finds the fields of an object that its Go struct does not have. */
export function unknownFields(table: StructTable, struct: string, object: YamlObject): UnknownField[] {
  const found: UnknownField[] = [];
  visit({ table, found }, { kind: 'named', name: struct }, object, []);
  return found;
}

interface Search {
  readonly table: StructTable;
  readonly found: UnknownField[];
}

function visit(search: Search, type: GoType, value: YamlValue, path: Path): void {
  if (type.kind === 'pointer') visit(search, type.of, value, path);
  else if (type.kind === 'slice' && isYamlList(value)) {
    for (const [index, item] of value.entries()) visit(search, type.of, item, [...path, index]);
  } else if (type.kind === 'map' && isYamlObject(value)) {
    for (const [key, item = null] of Object.entries(value)) visit(search, type.of, item, [...path, key]);
  } else if (type.kind === 'named') visitNamed(search, type.name, value, path);
}

const SCHEMA: GoType = { kind: 'named', name: 'JSONSchemaProps' };

function visitNamed(search: Search, name: string, value: YamlValue, path: Path): void {
  // A schema, or a value without fields.
  if (name.startsWith('JSONSchemaPropsOr')) {
    if (isYamlObject(value)) visit(search, SCHEMA, value, path);
    else if (name === 'JSONSchemaPropsOrArray') visit(search, { kind: 'slice', of: SCHEMA }, value, path);
    return;
  }
  const fields = search.table.get(name) ?? KUBERNETES_META.get(name);
  if (fields === undefined || !isYamlObject(value)) return;
  const known = typesOf(fields);
  for (const [key, item = null] of Object.entries(value)) {
    const type = known.get(key);
    if (type !== undefined) visit(search, type, item, [...path, key]);
    else search.found.push({ path: [...path, key], message: messageOf(key, [...known.keys()]) });
  }
}

const TYPES = new WeakMap<readonly GoField[], ReadonlyMap<string, GoType>>();

function typesOf(fields: readonly GoField[]): ReadonlyMap<string, GoType> {
  const before = TYPES.get(fields);
  if (before !== undefined) return before;
  const types = new Map(fields.map(({ name, type }) => [name, type]));
  TYPES.set(fields, types);
  return types;
}

function messageOf(key: string, names: readonly string[]): string {
  const near = nearest(key, names);
  const hint = near === undefined ? 'remove it' : `did you mean ${near}?`;
  return `unknown field ${quote(key)}, which Crossplane drops; ${hint}`;
}
