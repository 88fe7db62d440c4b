import { isObject, type Json, type JsonObject } from '../../json/value.ts';
import { isYamlObject, type YamlObject, type YamlValue } from '../../yaml/index.ts';

/** Returns the value at a path of property names, or undefined if a value along the path is not an object. */
export function valueAt(object: YamlObject, ...path: readonly string[]): YamlValue | undefined {
  let value: YamlValue | undefined = object;
  for (const key of path) value = isYamlObject(value) ? value[key] : undefined;
  return value;
}

/** Returns the object at a path of property names, or undefined. */
export function objectAt(object: JsonObject, ...path: readonly string[]): JsonObject | undefined {
  let value: Json | undefined = object;
  for (const key of path) value = isObject(value) ? value[key] : undefined;
  return isObject(value) ? value : undefined;
}

/** Returns the string at a path of property names, or an empty string, like Kubernetes' accessors. */
export function textAt(object: YamlObject, ...path: readonly string[]): string {
  const value = valueAt(object, ...path);
  return typeof value === 'string' ? value : '';
}

/** Returns `metadata.name`, or an empty string. */
export function nameOf(object: YamlObject): string {
  return textAt(object, 'metadata', 'name');
}

/** Returns `metadata.namespace`, or an empty string. */
export function namespaceOf(object: YamlObject): string {
  return textAt(object, 'metadata', 'namespace');
}

/** Returns `metadata.labels`, or no labels if one of them is not a string, like Kubernetes' accessor. */
export function labelsOf(object: YamlObject): Readonly<Record<string, string>> {
  return textsOf(valueAt(object, 'metadata', 'labels'));
}

/** Returns `metadata.annotations`, or no annotations if one of them is not a string, like Kubernetes' accessor. */
export function annotationsOf(object: YamlObject): Readonly<Record<string, string>> {
  return textsOf(valueAt(object, 'metadata', 'annotations'));
}

/** Returns the properties of an object if all of them are strings, otherwise none. */
export function textsOf(value: YamlValue | undefined): Readonly<Record<string, string>> {
  if (!isYamlObject(value)) return {};
  const texts: Record<string, string> = {};
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string') return {};
    texts[key] = text;
  }
  return texts;
}

/** Splits an apiVersion into API group and version. */
export function splitApiVersion(apiVersion: string): { readonly group: string; readonly version: string } {
  const slash = apiVersion.indexOf('/');
  return { group: apiVersion.slice(0, Math.max(slash, 0)), version: apiVersion.slice(slash + 1) };
}

/** Replaces some metadata of an object. Empty strings and undefined remove a field. */
export function withMetadata(object: JsonObject, metadata: JsonObject): JsonObject {
  const changed: Record<string, Json | undefined> = { ...objectAt(object, 'metadata') };
  for (const [key, value] of Object.entries(metadata)) {
    if (value === undefined || value === '') delete changed[key];
    else changed[key] = value;
  }
  return { ...object, metadata: changed };
}

/** Replaces the value at a path of an object. Values along the path that are not objects become objects. */
export function withValueAt(object: JsonObject, path: readonly string[], value: Json): JsonObject {
  const [key, ...rest] = path;
  if (key === undefined) return object;
  return { ...object, [key]: rest.length === 0 ? value : withValueAt(objectAt(object, key) ?? {}, rest, value) };
}

/** Converts YAML as a google.protobuf.Struct does: integers that a double cannot represent are rounded. */
export function toJson(object: YamlObject): JsonObject {
  return Object.fromEntries(
    Object.entries(object).flatMap(([key, value]) => (value === undefined ? [] : [[key, valueToJson(value)]])),
  );
}

function valueToJson(value: YamlValue): Json {
  if (typeof value === 'bigint') return Number(value);
  if (isYamlObject(value)) return toJson(value);
  return typeof value === 'object' && value !== null ? value.map(valueToJson) : value;
}
