import * as z from 'zod/mini';

/** Returns the inner schema of defaults, optional fields and lazy schemas. */
export function unwrapped(schema: unknown): unknown {
  if (schema instanceof z.ZodMiniLazy) return unwrapped(schema._zod.innerType);
  const isWrapper =
    schema instanceof z.ZodMiniOptional || schema instanceof z.ZodMiniDefault || schema instanceof z.ZodMiniPrefault;
  return isWrapper ? unwrapped(schema._zod.def.innerType) : schema;
}

/** Returns the fields of an object schema, or none for any other schema. */
export function fieldsOf(schema: unknown): Readonly<Record<string, unknown>> {
  const object = unwrapped(schema);
  return object instanceof z.ZodMiniObject ? object.shape : {};
}

/** Returns the schema of the entries of a list, or undefined. */
export function entrySchema(schema: unknown): unknown {
  const list = unwrapped(schema);
  return list instanceof z.ZodMiniArray ? list._zod.def.element : undefined;
}

/** Returns the schema of the value at a path, or undefined for an unknown field. */
export function schemaAt(schema: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce((at, part) => (typeof part === 'number' ? entrySchema(at) : fieldsOf(at)[String(part)]), schema);
}

/** Returns the paths from `schema` of the least nested objects that have a field of that name, down to `MAX_DEPTH`. */
export function objectsWith(schema: unknown, name: string): readonly string[] {
  let level: readonly FoundSchema[] = [{ path: '', schema }];
  for (let depth = 0; depth < MAX_DEPTH && level.length > 0; depth++) {
    const found = level.filter(({ schema: inner }) => Object.hasOwn(fieldsOf(inner), name));
    if (found.length > 0) return found.map(({ path }) => path);
    level = level.flatMap(objectsIn);
  }
  return [];
}

const MAX_DEPTH = 5;

interface FoundSchema {
  readonly path: string;
  readonly schema: unknown;
}

function objectsIn({ path, schema }: FoundSchema): FoundSchema[] {
  return Object.entries(fieldsOf(schema)).map(([name, field]) => {
    const entry = entrySchema(field);
    const at = path === '' ? name : `${path}.${name}`;
    return entry === undefined ? { path: at, schema: field } : { path: `${at}[]`, schema: entry };
  });
}
