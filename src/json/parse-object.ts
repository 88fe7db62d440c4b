import { isObject, type Json, type JsonObject } from './value.ts';

/** Parses a JSON object; returns undefined for other text. */
export function parseObject(text: string): JsonObject | undefined {
  try {
    const value: Json = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
