import type * as z from 'zod/mini';
import { IN_ENGLISH } from './english.ts';
import { parseJsonOrUndefined } from './parse-json.ts';
import { printable } from './quote.ts';

/** A value that satisfies a schema, or the first problem: "it is not JSON", "packages.0.digest: must be sha256: and 64 hex digits". */
export type Parsed<T> = { readonly value: T } | { readonly problem: string };

/** Parses untrusted JSON with a schema. The problem quotes nothing of the text except the path of a field. */
export function parseAs<T>(json: Uint8Array | string, schema: z.ZodMiniType<T>): Parsed<T> {
  const value = parseJsonOrUndefined(json);
  if (value === undefined) return { problem: 'it is not JSON' };
  const parsed = schema.safeParse(value, IN_ENGLISH);
  if (parsed.success) return { value: parsed.data };
  const [issue] = parsed.error.issues;
  // The message of this issue lists all unknown names, whose number is not limited.
  if (issue?.code === 'unrecognized_keys') return { problem: 'it has an unknown field' };
  const path = issue?.path.join('.') ?? '';
  return { problem: printable(`${path === '' ? '' : `${path}: `}${issue?.message ?? 'it is invalid'}`) };
}
