import type { Completion, CompletionContext, CompletionResult } from '@codemirror/autocomplete';
import type { Text } from '@codemirror/state';
import type { Tooltip } from '@codemirror/view';
import { isList, isObject, type Json, type JsonObject } from '../../json/value.ts';
import { schemaAt } from '../model/schemas.ts';
import { placeAt, type YamlPlace } from '../model/yaml-path.ts';

/** Completes the names of fields, and values that a schema lists. */
export function complete(context: CompletionContext, schema: JsonObject): CompletionResult | null {
  const { doc } = context.state;
  const line = doc.lineAt(context.pos);
  const from = context.matchBefore(/[\w./-]*/)?.from ?? context.pos;
  if (!context.explicit && from === context.pos) return null;
  const place = placeAt(doc.toString().split('\n'), line.number - 1, context.pos - line.from);
  const options =
    place.key === undefined ? keysOf(schema, place) : valuesOf(schemaAt(schema, [...place.path, place.key]));
  return options.length === 0 ? null : { from, options, validFor: /^[\w./-]*$/ };
}

function keysOf(schema: JsonObject, { path, siblings }: YamlPlace): Completion[] {
  const properties: Json | undefined = schemaAt(schema, path)?.properties;
  return Object.entries(isObject(properties) ? properties : {})
    .filter(([key]) => !siblings.includes(key))
    .map(([label, field]) => {
      const isNested = isObject(field) && (field.type === 'object' || field.type === 'array');
      return { label, apply: isNested ? `${label}:` : `${label}: `, type: 'property', ...infoOf(field) };
    });
}

function valuesOf(schema: JsonObject | undefined): Completion[] {
  if (schema?.type === 'boolean') return ['true', 'false'].map((label) => ({ label }));
  const values = isList(schema?.enum) ? schema.enum : schema?.const === undefined ? [] : [schema.const];
  return values.map((value) => ({ label: String(value), type: 'enum' }));
}

function infoOf(field: Json | undefined): { info?: string } {
  return isObject(field) && typeof field.description === 'string' ? { info: field.description } : {};
}

/** Describes the field whose name is at a position. */
export function explain(doc: Text, position: number, schema: JsonObject): Tooltip | null {
  const line = doc.lineAt(position);
  const found = /(?<![\w./-])([\w./-]+):(?:\s|$)/.exec(line.text);
  const key = found?.[1];
  if (found === null || key === undefined || position - line.from > found.index + key.length) return null;
  const { path } = placeAt(doc.toString().split('\n'), line.number - 1, position - line.from);
  const { info } = infoOf(schemaAt(schema, [...path, key]));
  if (info === undefined) return null;
  const pos = line.from + found.index;
  return { pos, end: pos + key.length, create: () => ({ dom: explanation(info) }) };
}

function explanation(text: string): HTMLElement {
  const dom = document.createElement('div');
  dom.className = 'cm-explanation';
  dom.textContent = text;
  return dom;
}
