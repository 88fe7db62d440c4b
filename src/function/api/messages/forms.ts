import type * as z from 'zod/mini';

/** The messages of a schema for what people write in another form; undefined leaves the words to the schema's type. */
export interface Forms {
  /** Says what is wrong with a value of another type, null excepted. */
  readonly otherType?: (value: unknown) => string | undefined;
  /** Says what is wrong with an object that has these unknown fields. */
  readonly otherFields?: (fields: readonly string[]) => string | undefined;
}

/** Makes messages the parameter of a zod schema. */
export function forms({ otherType, otherFields }: Forms): { readonly error: z.core.$ZodErrorMap } {
  return {
    error: (issue) => {
      if (issue.code === 'invalid_type') return issue.input === null ? undefined : otherType?.(issue.input);
      return issue.code === 'unrecognized_keys' ? otherFields?.(issue.keys) : undefined;
    },
  };
}
