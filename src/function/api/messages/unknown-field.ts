import { nearest } from '../../../internal/did-you-mean.ts';
import { allOf } from '../../../internal/sentence.ts';
import { formatPath } from './field-path.ts';
import { fieldsOf, objectsWith, schemaAt } from './schema-fields.ts';

/** The maximum number of fields that a message lists. */
const MAX_NAMED = 8;

/** Returns a hint with the known name that is similar to `name`, or undefined. */
export function didYouMean(name: string, known: readonly string[]): string | undefined {
  const near = nearest(name, known);
  return near === undefined ? undefined : `did you mean ${near}?`;
}

/**
 * Returns the message for a field that the object at `path` does not have: a similar name, or the object to which a field of that name
 * belongs. `pathOf` formats paths from `schema`.
 */
export function unknownField(
  key: string,
  path: readonly (string | number)[],
  schema: unknown,
  pathOf: (path: string) => string,
): string {
  const object = schemaAt(schema, path);
  const known = Object.keys(fieldsOf(object));
  const meant = didYouMean(key, known) ?? didYouShorten(key, known);
  if (meant !== undefined) return `unknown field; ${meant}`;
  const elsewhere = belongsTo(key, object) ?? objectsAround(key, path, schema).map((place) => pathOf(place));
  if (elsewhere.length > 0) return `unknown field; it belongs in ${elsewhere.slice(0, 2).join(' or ')}`;
  if (known.length === 0 || known.length > MAX_NAMED) return 'unknown field; remove it';
  return `unknown field; remove it or use ${known.length === 1 ? '' : 'one of '}${allOf(known)}`;
}

const MIN_SHORTENED = 4;

/** Returns a hint with the only known name that contains `name` or is part of it, such as untaggedDays for untagged. */
function didYouShorten(name: string, known: readonly string[]): string | undefined {
  const contains = (longer: string, shorter: string) =>
    shorter.length >= MIN_SHORTENED && longer.toLowerCase().includes(shorter.toLowerCase());
  const [only, ...others] = known.filter((one) => contains(one, name) || contains(name, one));
  return only === undefined || others.length > 0 ? undefined : `did you mean ${only}?`;
}

/** Returns the closest objects with a field of that name: in an ancestor of the object at `path`, or the outermost object itself. */
function objectsAround(key: string, path: readonly (string | number)[], schema: unknown): readonly string[] {
  for (let depth = path.length - 1; depth > 0; depth--) {
    const ancestor = path.slice(0, depth);
    const found = objectsWith(schemaAt(schema, ancestor), key);
    const prefix = formatPath('', ancestor);
    if (found.length > 0) return found.map((place) => (place === '' ? prefix : `${prefix}.${place}`));
  }
  return Object.hasOwn(fieldsOf(schema), key) ? [''] : [];
}

/** Returns the objects below `schema` that have a field of that name. */
export function belongsTo(key: string, schema: unknown): readonly string[] | undefined {
  const places = objectsWith(schema, key).filter((place) => place !== '');
  return places.length === 0 ? undefined : places;
}
