/** The parts of a Go type that its JSON form depends on. */
export type GoType =
  | { readonly kind: 'string' | 'bool' | 'int32' | 'int64' | 'float64' | 'bytes' }
  | { readonly kind: 'pointer' | 'slice' | 'map'; readonly of: GoType }
  /** A struct of the table, or a type with a JSON form of its own. */
  | { readonly kind: 'named'; readonly name: string };

/** A field of a Go struct, by its JSON name. */
export interface GoField {
  readonly name: string;
  readonly type: GoType;
  /** The tag `omitempty`. */
  readonly omitEmpty: boolean;
  /** The tag `omitzero`. */
  readonly omitZero: boolean;
}

/** The fields of Go structs, by name; embedded structs are laid flat. */
export type StructTable = ReadonlyMap<string, readonly GoField[]>;

/**
 * Reads a table of Go structs. A line `Name:` begins a struct, lines behind it hold its fields, comma separated: JSON name and Go
 * type, with `[]` for slices, `{}` for maps by string, `*` for pointers, a `?` behind it for `omitempty` and a `~` for `omitzero`.
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
  if (match === null) throw new TypeError(`not a field of a struct table: ${text}`);
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
