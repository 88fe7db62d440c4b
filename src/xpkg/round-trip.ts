import { decodeBase64 } from '../internal/bytes/base64.ts';
import { printable, quote } from '../internal/quote.ts';
import { isYamlList, isYamlObject, type YamlObject, type YamlValue } from '../yaml/index.ts';
import type { GoField, GoType, StructTable } from './struct-table.ts';
import { KUBERNETES_META } from './types/kubernetes-meta.ts';

/** The path of a value in an object. */
export type Path = readonly (string | number)[];

/** Thrown for a value that the Go type of its field cannot represent. */
export class TypeMismatch extends Error {
  override readonly name = 'TypeMismatch';
  readonly path: Path;

  constructor(path: Path, wanted: string, value: YamlValue) {
    super(`${formatPath(path)} must be ${wanted}, not ${describe(value)}`);
    this.path = path;
  }
}

/**
 * Returns the JSON form of an object after Go has read it into a struct and written it: unknown fields are dropped, and fields without
 * `omitempty` are kept even if they are empty. Throws {@link TypeMismatch}.
 */
export function roundTrip(table: StructTable, struct: string, object: YamlObject): YamlValue {
  return convert(table, { kind: 'named', name: struct }, object, []);
}

function convert(table: StructTable, type: GoType, value: YamlValue, path: Path): YamlValue {
  switch (type.kind) {
    case 'pointer':
      return value === null ? null : convert(table, type.of, value, path);
    case 'slice':
      return convertSlice(table, type.of, value, path);
    case 'map':
      return convertMap(table, type.of, value, path);
    case 'named':
      return convertNamed(table, type.name, value, path);
    case 'bytes':
      return convertBytes(value, path);
    default:
      return value === null ? ZERO[type.kind] : convertScalar(type.kind, value, path);
  }
}

const ZERO = { string: '', bool: false, int32: 0, int64: 0, float64: 0 };

function convertScalar(kind: keyof typeof ZERO, value: YamlValue, path: Path): YamlValue {
  if (kind === 'string' && typeof value === 'string') return value;
  if (kind === 'bool' && typeof value === 'boolean') return value;
  if (kind === 'float64' && (typeof value === 'number' || typeof value === 'bigint')) return Number(value);
  if ((kind === 'int32' || kind === 'int64') && isInteger(value, kind === 'int32' ? 31n : 63n)) return value;
  throw new TypeMismatch(path, WANTED[kind], value);
}

const WANTED = {
  string: 'a string (in quotes if YAML reads another type)',
  bool: 'true or false',
  int32: 'a 32-bit integer',
  int64: 'a 64-bit integer',
  float64: 'a number',
};

function isInteger(value: YamlValue, bits: bigint): value is number | bigint {
  if (typeof value === 'number' && !Number.isInteger(value)) return false;
  if (typeof value !== 'number' && typeof value !== 'bigint') return false;
  return value >= -(2n ** bits) && value < 2n ** bits;
}

function convertSlice(table: StructTable, of: GoType, value: YamlValue, path: Path): YamlValue {
  if (value === null) return null;
  if (!isYamlList(value)) throw new TypeMismatch(path, 'a list', value);
  return value.map((item, index) => convert(table, of, item, [...path, index]));
}

function convertMap(table: StructTable, of: GoType, value: YamlValue, path: Path): YamlValue {
  if (value === null) return null;
  if (!isYamlObject(value)) throw new TypeMismatch(path, 'an object', value);
  const entries = Object.entries(value).map(([key, item = null]) => [key, convert(table, of, item, [...path, key])]);
  return Object.fromEntries(entries);
}

function convertBytes(value: YamlValue, path: Path): YamlValue {
  if (value === null) return null;
  const text = typeof value === 'string' ? value.replace(/[\r\n]/g, '') : undefined;
  if (text === undefined || decodeBase64(text) === undefined) throw new TypeMismatch(path, 'a base64 string', value);
  return text;
}

function convertNamed(table: StructTable, name: string, value: YamlValue, path: Path): YamlValue {
  switch (name) {
    case 'RawExtension':
    case 'FieldsV1':
    case 'JSON':
      return value;
    case 'Time':
      return convertTime(value, path);
    case 'JSONSchemaPropsOrBool':
      return convertSchemaOrBool(table, value, path);
    case 'JSONSchemaPropsOrArray':
    case 'JSONSchemaPropsOrStringArray':
      return convertSchemaOr(table, name, value, path);
    default:
      return convertStruct(table, name, value, path);
  }
}

function convertTime(value: YamlValue, path: Path): YamlValue {
  if (value === null) return null;
  const valid = typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d([.,]\d+)?(Z|[-+]\d\d:\d\d)$/.test(value);
  const time = valid && isOnCalendar(value) ? Date.parse(value.replace(',', '.')) : Number.NaN;
  if (Number.isNaN(time)) throw new TypeMismatch(path, 'a time such as "2006-01-02T15:04:05Z"', value);
  return new Date(time).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** True when the time exists. JavaScript also reads 24:00 and 30 February, as a time of the next day. */
function isOnCalendar(time: string): boolean {
  const local = time.slice(0, 'yyyy-mm-ddThh:mm:ss'.length);
  const milliseconds = Date.parse(`${local}Z`);
  return !Number.isNaN(milliseconds) && new Date(milliseconds).toISOString().startsWith(local);
}

const SCHEMA: GoType = { kind: 'named', name: 'JSONSchemaProps' };

function convertSchemaOrBool(table: StructTable, value: YamlValue, path: Path): YamlValue {
  if (typeof value === 'boolean') return value;
  if (!isYamlObject(value)) throw new TypeMismatch(path, 'true, false or a schema', value);
  return convert(table, SCHEMA, value, path);
}

/** Converts a schema or a list. Any other value and an empty list become null. */
function convertSchemaOr(table: StructTable, name: string, value: YamlValue, path: Path): YamlValue {
  if (isYamlObject(value)) return convert(table, SCHEMA, value, path);
  if (!isYamlList(value) || value.length === 0) return null;
  return convertSlice(table, name === 'JSONSchemaPropsOrArray' ? SCHEMA : { kind: 'string' }, value, path);
}

function convertStruct(table: StructTable, name: string, value: YamlValue, path: Path): YamlValue {
  if (value !== null && !isYamlObject(value)) throw new TypeMismatch(path, 'an object', value);
  const fields = table.get(name) ?? KUBERNETES_META.get(name);
  if (fields === undefined) throw new TypeError(`no struct ${name} in the table`);
  const result: Record<string, YamlValue> = {};
  for (const field of fields) {
    const given = value?.[field.name] ?? null;
    if (given === null && field.omitEmpty && field.type.kind !== 'named') continue;
    const converted = convert(table, field.type, given, [...path, field.name]);
    if (!isOmitted(field, converted)) result[field.name] = converted;
  }
  return result;
}

/** True when Go omits a field that was set. A pointer to a value is never empty, even if the value is. */
function isOmitted({ type, omitEmpty, omitZero }: GoField, converted: YamlValue): boolean {
  if (omitZero && converted === null) return true;
  if (!omitEmpty || type.kind === 'named' || type.kind === 'pointer') return false;
  if (isYamlList(converted)) return converted.length === 0;
  if (isYamlObject(converted)) return Object.keys(converted).length === 0;
  return converted === null || converted === '' || converted === false || converted === 0;
}

function formatPath(path: Path): string {
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${printable(step)}`))
    .join('')
    .replace(/^\./, '');
}

function describe(value: YamlValue): string {
  if (value === null) return 'null';
  if (isYamlList(value)) return 'a list';
  if (isYamlObject(value)) return 'an object';
  const shown = typeof value === 'string' ? quote(value) : value;
  return `the ${typeof value === 'bigint' ? 'number' : typeof value} ${shown}`;
}
