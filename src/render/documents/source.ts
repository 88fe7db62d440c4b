import { printable, quote } from '../../internal/quote.ts';
import { isYamlList, isYamlObject, type YamlDocument, type YamlObject, type YamlValue } from '../../yaml/index.ts';
import { RenderError } from '../errors.ts';

/** An object and its position in a file. */
export interface SourceObject {
  readonly object: YamlObject;
  readonly file: string;
  readonly locate: YamlDocument['locate'];
  readonly writtenAt: YamlDocument['writtenAt'];
}

/** A document, or an item of a List. */
type DocumentPart = Pick<YamlDocument, 'value' | 'locate' | 'writtenAt'>;

/** Returns the Kubernetes object of a document, which must have an apiVersion and a kind. */
export function sourceObject(document: DocumentPart, file: string): SourceObject {
  const { value, locate, writtenAt } = document;
  const source = { object: isYamlObject(value) ? value : {}, file, locate, writtenAt };
  if (!isYamlObject(value)) throw invalid(source, [], `must be a Kubernetes object, not ${nounOf(value)}`);
  for (const key of ['apiVersion', 'kind']) {
    if (typeof value[key] !== 'string' || value[key] === '') throw invalid(source, [key], `${key} is missing`);
  }
  return source;
}

/** Returns the object of a document, or the items of a `v1` List, which `kubectl get -o yaml` prints. */
export function sourceObjects({ value, locate, writtenAt }: YamlDocument, file: string): readonly SourceObject[] {
  if (!isYamlObject(value) || value.apiVersion !== 'v1' || value.kind !== 'List') {
    return [sourceObject({ value, locate, writtenAt }, file)];
  }
  const { items = [] } = value;
  const list = { object: value, file, locate, writtenAt };
  if (!isYamlList(items)) throw invalid(list, ['items'], `items must be a list, not ${nounOf(items)}`);
  return items.map((item, index) => {
    const part = {
      value: item,
      locate: (path: readonly (string | number)[]) => locate(['items', index, ...path]),
      writtenAt: (path: readonly (string | number)[]) => writtenAt(['items', index, ...path]),
    };
    return sourceObject(part, file);
  });
}

/** Returns an INVALID_OBJECT error with its position in the file. */
export function invalid(source: SourceObject, path: readonly (string | number)[], why: string): RenderError {
  const { line, column } = source.locate(path);
  return new RenderError('INVALID_OBJECT', `cannot use ${source.file}:${line}:${column}: ${why}`);
}

/** Throws if an object is of another kind. */
export function requireKind(source: SourceObject, apiVersions: readonly string[], kind: string): void {
  const { object } = source;
  if (object.kind === kind && apiVersions.some((apiVersion) => object.apiVersion === apiVersion)) return;
  const found = `${printable(String(object.kind))} (${printable(String(object.apiVersion))})`;
  throw invalid(source, ['kind'], `must be a ${kind} (${apiVersions.join(' or ')}), not ${found}`);
}

/** Reads the fields of an object. The error for a field of another type contains its path. */
export interface FieldReader {
  readonly value: YamlValue | undefined;
  field(key: string): FieldReader;
  /** Returns a string, or undefined if the field is missing. */ text(): string | undefined;
  requiredText(): string;
  object(): YamlObject | undefined;
  /** Returns the items of a list, or none if the field is missing. */
  items(): readonly FieldReader[];
  /** Returns the properties of an object whose values are strings, or undefined if the field is missing. */
  texts(): Readonly<Record<string, string>> | undefined;
}

/** Returns a reader of the fields of an object. */
export function fieldReader(source: SourceObject): FieldReader {
  return readerAt(source, source.object, []);
}

function readerAt(source: SourceObject, value: YamlValue | undefined, path: readonly (string | number)[]): FieldReader {
  const wrong = (wanted: string) =>
    invalid(source, path, `${formatPath(path)} must be ${wanted}, not ${nounOf(value)}`);
  const absent = value === undefined || value === null;
  const text = () => {
    if (absent || typeof value === 'string') return value ?? undefined;
    throw wrong('a string');
  };
  const object = () => {
    if (absent || isYamlObject(value)) return value ?? undefined;
    throw wrong('an object');
  };
  return {
    value,
    text,
    object,
    field: (key) => readerAt(source, object()?.[key], [...path, key]),
    requiredText: () => {
      const found = text();
      if (!found) throw invalid(source, path, `${formatPath(path)} is missing`);
      return found;
    },
    items: () => {
      if (absent) return [];
      if (!Array.isArray(value)) throw wrong('a list');
      return value.map((item: YamlValue, index) => readerAt(source, item, [...path, index]));
    },
    texts: () => {
      const properties = object();
      if (properties === undefined) return undefined;
      const keys = Object.keys(properties);
      return Object.fromEntries(
        keys.map((key) => [key, readerAt(source, properties[key], [...path, key]).text() ?? '']),
      );
    },
  };
}

function formatPath(path: readonly (string | number)[]): string {
  return path.reduce<string>(
    (text, part) =>
      typeof part === 'number' ? `${text}[${part}]` : text === '' ? printable(part) : `${text}.${printable(part)}`,
    '',
  );
}

function nounOf(value: YamlValue | undefined): string {
  if (value === undefined || value === null) return 'null';
  if (isYamlObject(value)) return 'an object';
  if (typeof value === 'object') return 'a list';
  return typeof value === 'string' ? `the string ${quote(value)}` : String(value);
}
