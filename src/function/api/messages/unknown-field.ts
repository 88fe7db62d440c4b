import { nearest } from '../../../internal/did-you-mean.ts';
import { allOf } from '../../../internal/sentence.ts';
import { formatPath } from './field-path.ts';
import { fieldsOf, objectsWith, schemaAt } from './schema-fields.ts';

/** Fields that are said by their names; more are left to the reference. */
const MAX_NAMED = 8;

/** `name` with the hint of the known name that was probably meant, or undefined when none is near. */
export function didYouMean(name: string, known: readonly string[]): string | undefined {
  const near = nearest(name, known);
  return near === undefined ? undefined : `did you mean ${near}?`;
}

/**
 * Says of a field that the object at `path` does not have: the near name of another one, or the place where a field of that name belongs.
 * `pathOf` writes paths from `schema`.
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
  if (meant !== undefined) return `unknown field, ${meant}`;
  const elsewhere = belongsTo(key, object) ?? objectsAround(key, path, schema).map((place) => pathOf(place));
  if (elsewhere.length > 0) return `unknown field, belongs in ${elsewhere.slice(0, 2).join(' or ')}`;
  if (known.length === 0 || known.length > MAX_NAMED) return 'unknown field, take it out';
  return `unknown field, take it out; there ${known.length === 1 ? 'is' : 'are'} ${allOf(known)}`;
}

const MIN_SHORTENED = 4;

/** The hint of a known name that begins or ends with `name`, or the other way around, such as untaggedDays for untagged. */
function didYouShorten(name: string, known: readonly string[]): string | undefined {
  const contains = (longer: string, shorter: string) =>
    shorter.length >= MIN_SHORTENED && longer.toLowerCase().includes(shorter.toLowerCase());
  const [only, ...others] = known.filter((one) => contains(one, name) || contains(name, one));
  return only === undefined || others.length > 0 ? undefined : `did you mean ${only}?`;
}

/** The objects with a field of that name that are near: in an object around the one at `path`, or the outermost object itself. */
function objectsAround(key: string, path: readonly (string | number)[], schema: unknown): readonly string[] {
  for (let depth = path.length - 1; depth > 0; depth--) {
    const ancestor = path.slice(0, depth);
    const found = objectsWith(schemaAt(schema, ancestor), key);
    const prefix = formatPath('', ancestor);
    if (found.length > 0) return found.map((place) => (place === '' ? prefix : `${prefix}.${place}`));
  }
  return Object.hasOwn(fieldsOf(schema), key) ? [''] : [];
}

/** The objects below `schema` that have a field of that name. */
export function belongsTo(key: string, schema: unknown): readonly string[] | undefined {
  const places = objectsWith(schema, key).filter((place) => place !== '');
  return places.length === 0 ? undefined : places;
}
