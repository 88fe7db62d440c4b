import type * as z from 'zod/mini';

/** The messages of a schema for values in another form. Undefined selects the message of the schema's type. */
export interface Forms {
  /** Returns the message for a value of another type, other than null. */
  readonly otherType?: (value: unknown) => string | undefined;
  /** Returns the message for an object with these unknown fields. */
  readonly otherFields?: (fields: readonly string[]) => string | undefined;
}

/** Converts messages to the parameter of a zod schema. */
export function forms({ otherType, otherFields }: Forms): { readonly error: z.core.$ZodErrorMap } {
  return {
    error: (issue) => {
      if (issue.code === 'invalid_type') return issue.input === null ? undefined : otherType?.(issue.input);
      return issue.code === 'unrecognized_keys' ? otherFields?.(issue.keys) : undefined;
    },
  };
}
