/** The properties of a Go type that determine its JSON form. */
export type GoType =
  | { readonly kind: 'string' | 'bool' | 'int32' | 'int64' | 'float64' | 'bytes' }
  | { readonly kind: 'pointer' | 'slice' | 'map'; readonly of: GoType }
  /** A struct of the table, or a type with its own JSON form. */
  | { readonly kind: 'named'; readonly name: string };

/** A field of a Go struct, by its JSON name. */
export interface GoField {
  readonly name: string;
  readonly type: GoType;
  /** True for the tag `omitempty`. */
  readonly omitEmpty: boolean;
  /** True for the tag `omitzero`. */
  readonly omitZero: boolean;
}

/** The fields of Go structs, by struct name. Fields of embedded structs are inlined. */
export type StructTable = ReadonlyMap<string, readonly GoField[]>;

/**
 * Reads a table of Go structs. A line `Name:` begins a struct, and the following lines list its fields, separated by commas: JSON name and
 * Go type, with `[]` for slices, `{}` for maps with string keys, `*` for pointers, a suffix `?` for `omitempty` and a suffix `~` for
 * `omitzero`.
 */
export function structTable(text: string): StructTable {
  const table = new Map<string, readonly GoField[]>();
  for (const [, name = '', body = ''] of text.matchAll(/^(\w+):\n((?: .*\n)*)/gm)) {
    table.set(name, body === '' ? [] : body.split(',').map(parseField));
  }
  return table;
}

function parseField(text: string): GoField {
  const match = /^\s*(\S+) ([^?~\s]+)([?~]*)\s*$/.exec(text);
  if (match === null) throw new TypeError(`invalid field in a struct table: ${text}`);
  const [, name = '', type = '', tags = ''] = match;
  return { name, type: parseType(type), omitEmpty: tags.includes('?'), omitZero: tags.includes('~') };
}

function parseType(text: string): GoType {
  if (text.startsWith('*')) return { kind: 'pointer', of: parseType(text.slice(1)) };
  if (text.startsWith('[]')) return { kind: 'slice', of: parseType(text.slice(2)) };
  if (text.startsWith('{}')) return { kind: 'map', of: parseType(text.slice(2)) };
  switch (text) {
    case 'string':
    case 'bool':
    case 'int32':
    case 'int64':
    case 'float64':
    case 'bytes':
      return { kind: text };
    default:
      return { kind: 'named', name: text };
  }
}
