import { isList, isObject, type Json, type JsonObject } from '../../src/json/value.ts';

/** A Markdown table of all fields of an OpenAPI schema: path, type, what it says. */
export function fieldTable(schema: JsonObject, required: readonly string[] = []): string {
  const rows = fieldsOf(schema, '', required).map(({ path, type, text }) => `| \`${path}\` | ${type} | ${text} |`);
  return ['| Field | Type | Meaning |', '|---|---|---|', ...rows].join('\n');
}

interface Field {
  readonly path: string;
  readonly type: string;
  readonly text: string;
}

function fieldsOf(schema: JsonObject, root: string, required: readonly string[]): Field[] {
  const properties = isObject(schema.properties) ? schema.properties : {};
  return Object.entries(properties).flatMap(([name, field]) => {
    if (!isObject(field)) return [];
    const path = root === '' ? name : `${root}.${name}`;
    const own = { path, type: typeOf(field), text: textOf(field, required.includes(name)) };
    return [
      own,
      ...fieldsOf(inner(field), isList(field.items) || field.items ? `${path}[]` : path, namesIn(inner(field))),
    ];
  });
}

// Settings of single repositories are those of all; saying them twice would hide the rest.
function inner(field: JsonObject): JsonObject {
  const items = isObject(field.items) ? field.items : field;
  const properties = isObject(items.properties) ? items.properties : undefined;
  if (properties?.suffix === undefined || properties.deletion === undefined) return items;
  return { ...items, properties: { name: properties.name, suffix: properties.suffix } };
}

function namesIn({ required }: JsonObject): string[] {
  return isList(required) ? required.map(String) : [];
}

function typeOf(field: JsonObject): string {
  if (isList(field.enum)) return field.enum.map((value) => `\`${value}\``).join(', ');
  if (field.type === 'array') return isObject(field.items) ? `list of ${typeOf(field.items)}` : 'list';
  if (isObject(field.additionalProperties)) return `map of ${typeOf(field.additionalProperties)}`;
  if (field.type === undefined && field['x-kubernetes-preserve-unknown-fields']) return 'object, or JSON text of one';
  return String(field.type ?? 'object');
}

function textOf(field: JsonObject, isRequired: boolean): string {
  const { description, pattern, minimum, minLength, maxLength, minItems, maxItems, maxProperties } = field;
  const bounds: [string, Json | undefined][] = [
    ['at least', minimum],
    ['characters at least', minLength],
    ['characters at most', maxLength],
    ['entries at least', minItems],
    ['entries at most', maxItems ?? maxProperties],
    ['pattern', pattern === undefined ? undefined : `\`${pattern}\``],
    ['default', field.default === undefined ? undefined : `\`${JSON.stringify(field.default)}\``],
  ];
  const limits = bounds.flatMap(([what, value]) => (value === undefined ? [] : [`${what} ${value}`]));
  const parts = [
    isRequired ? '**Required.**' : '',
    description ?? '',
    limits.length > 0 ? `(${limits.join('; ')})` : '',
  ];
  return parts.filter(Boolean).join(' ').replaceAll('|', '\\|');
}
