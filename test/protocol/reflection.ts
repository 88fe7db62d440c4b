import protobuf from 'protobufjs';
import { isList, type Json } from '../../src/json/value.ts';

const proto = `${import.meta.dirname}/../../proto`;

// Reflection counts messages, three for each nested object; ours counts objects.
protobuf.Reader.recursionLimit = 100_000;
protobuf.Reader.discardUnknown = false;

/** The definitions of one version, as protobufjs reads the .proto file. */
export function loadDefinitions(version: 'v1' | 'v1beta1'): Promise<protobuf.Root> {
  return protobuf.load(`${proto}/${version}/run_function.proto`);
}

const root = await loadDefinitions('v1');

export function messageType(name: string): protobuf.Type {
  return root.lookupType(name.includes('.') ? name : `apiextensions.fn.proto.v1.${name}`);
}

export const Struct = messageType('google.protobuf.Struct');
export const Value = messageType('google.protobuf.Value');

/** A decoded message in plain form: only present fields, maps as own properties, unknown fields as hex in `$unknowns`. */
export interface Plain {
  [field: string]: unknown;
}

/** Decodes with reflection. */
export function decodePlain(type: protobuf.Type, bytes: Uint8Array): Plain {
  return plain(type, type.decode(bytes));
}

/** Encodes with reflection the result of `decodePlain`, or an argument of `fromObject`. */
export function encodePlain(type: protobuf.Type, object: Plain): Uint8Array {
  return type.encode(type.fromObject(object)).finish();
}

/** The plain form of a message decoded by reflection. */
export function plain(type: protobuf.Type, message: object): Plain {
  const result: Plain = {};
  for (const field of type.fieldsArray) {
    if (!Object.hasOwn(message, field.name)) continue;
    const value: unknown = Reflect.get(message, field.name);
    if ((field.map || field.repeated) && Object.keys(value ?? {}).length === 0) continue;
    const resolved = field.resolve().resolvedType;
    const convert = (item: unknown) => {
      if (resolved instanceof protobuf.Type && typeof item === 'object' && item !== null) {
        return resolved === Struct
          ? { object: jsonOfStruct(item), $unknowns: unknownsOf(item) }
          : plain(resolved, item);
      }
      if (item instanceof Uint8Array) return Buffer.from(item).toString('hex');
      return typeof item === 'object' && item !== null ? String(item) : item;
    };
    if (field.map) result[field.name] = mapProperties(value, convert);
    else result[field.name] = Array.isArray(value) ? value.map(convert) : convert(value);
  }
  const $unknowns = unknownsOf(message);
  return $unknowns.length > 0 ? { ...result, $unknowns } : result;
}

/** The unknown fields of a decoded message, each as hex. */
export function unknownsOf(message: object | undefined): string[] {
  const unknowns: unknown = message && Reflect.get(message, '$unknowns');
  return Array.isArray(unknowns) ? unknowns.map((bytes) => Buffer.from(bytes).toString('hex')) : [];
}

function mapProperties(map: unknown, convert: (value: unknown) => unknown): Plain {
  const result: Plain = {};
  for (const [key, value] of Object.entries(map ?? {})) setOwn(result, key, convert(value));
  return result;
}

/** The message field `name` of a decoded message, or undefined if it is absent. */
export function fieldOf(message: object, name: string): object | undefined {
  const value: unknown = Object.hasOwn(message, name) ? Reflect.get(message, name) : undefined;
  return typeof value === 'object' && value !== null ? value : undefined;
}

/** The entries of the map field `name` of a decoded message, whose values are messages. */
export function mapOf(message: object, name: string): [string, object][] {
  return Object.entries(fieldOf(message, name) ?? {});
}

/** The items of the repeated field `name` of a decoded message, which are messages. */
export function listOf(message: object, name: string): object[] {
  const value = fieldOf(message, name);
  return Array.isArray(value) ? value : [];
}

/** The scalar field `name` of a decoded message, or `unset` if it is absent. */
export function unsetAs(message: object, name: string, unset: unknown): unknown {
  return Object.hasOwn(message, name) ? Reflect.get(message, name) : unset;
}

/** Sets an own property, even if it is named `__proto__`. */
export function setOwn(object: object, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
}

/** The JSON object of a google.protobuf.Struct decoded by reflection. */
export function jsonOfStruct(struct: object): { [key: string]: Json } {
  const result: { [key: string]: Json } = {};
  for (const [key, value] of Object.entries(Reflect.get(struct, 'fields') ?? {}))
    setOwn(result, key, jsonOfValue(value));
  return result;
}

function jsonOfValue(value: unknown): Json {
  if (typeof value !== 'object' || value === null) throw new Error('no google.protobuf.Value');
  const kind: unknown = Reflect.get(value, 'kind');
  if (kind === undefined || kind === 'nullValue') return null;
  const content: unknown = Reflect.get(value, String(kind));
  if (typeof content === 'string' || typeof content === 'number' || typeof content === 'boolean') return content;
  if (typeof content !== 'object' || content === null) throw new Error(`a ${kind} of ${content}`);
  if (kind === 'structValue') return jsonOfStruct(content);
  const values: unknown = Reflect.get(content, 'values');
  return Array.isArray(values) ? values.map(jsonOfValue) : [];
}

/** The google.protobuf.Struct of a JSON object in the form of `fromObject`. */
export function structOfJson(object: { readonly [key: string]: Json | undefined }): Plain {
  const fields: Plain = {};
  for (const [key, value] of Object.entries(object)) {
    if (value !== undefined) setOwn(fields, key, valueOfJson(value));
  }
  return { fields };
}

function valueOfJson(value: Json): Plain {
  if (value === null) return { nullValue: 0 };
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'number') return { numberValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (isList(value)) return { listValue: { values: value.map(valueOfJson) } };
  return { structValue: structOfJson(value) };
}
