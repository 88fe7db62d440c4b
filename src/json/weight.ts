import { isList, isObject, type Json } from './value.ts';

/** The memory of a value or key, in addition to its text, in bytes. */
const VALUE_BYTES = 40;

/** Estimates the bytes that a value takes in memory. */
export function weightOf(value: Json | undefined): number {
  if (typeof value === 'string') return VALUE_BYTES + value.length;
  let bytes = VALUE_BYTES;
  if (isList(value)) for (const item of value) bytes += weightOf(item);
  else if (isObject(value)) {
    for (const [key, inner] of Object.entries(value)) bytes += VALUE_BYTES + key.length + weightOf(inner);
  }
  return bytes;
}
