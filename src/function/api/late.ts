import * as z from 'zod/mini';

/**
 * A schema that is made when there is something to check with it: making all of them is some milliseconds of each
 * start. Not for one that takes undefined.
 */
export function late<T extends z.core.SomeType>(make: () => T): z.ZodMiniLazy<T> {
  const schema = z.lazy(make);
  // zod asks it of each field that is left out, and would have the schema made to answer.
  Object.defineProperty(schema._zod, 'optin', { value: undefined });
  return schema;
}
