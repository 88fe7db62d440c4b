import { printable, quote } from '../../internal/quote.ts';
import { isYamlList, isYamlObject, type YamlDocument, type YamlObject, type YamlValue } from '../../yaml/index.ts';
import { RenderError } from '../errors.ts';

/** An object that was read from a file, and where. */
export interface SourceObject {
  readonly object: YamlObject;
  readonly file: string;
  readonly locate: YamlDocument['locate'];
  readonly writtenAt: YamlDocument['writtenAt'];
}

/** A document, or an item of a List. */
type DocumentPart = Pick<YamlDocument, 'value' | 'locate' | 'writtenAt'>;

/** Makes a document a Kubernetes object: one with an apiVersion and a kind. */
export function sourceObject(document: DocumentPart, file: string): SourceObject {
  const { value, locate, writtenAt } = document;
  const source = { object: isYamlObject(value) ? value : {}, file, locate, writtenAt };
  if (!isYamlObject(value)) throw invalid(source, [], `must be a Kubernetes object, not ${nounOf(value)}`);
  for (const key of ['apiVersion', 'kind']) {
    if (typeof value[key] !== 'string' || value[key] === '') throw invalid(source, [key], `${key} is missing`);
  }
  return source;
}

/** Makes a document one object, or those of a `v1` List, as `kubectl get -o yaml` prints it. */
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

/** An INVALID_OBJECT error that says where in the file it is. */
export function invalid(source: SourceObject, path: readonly (string | number)[], why: string): RenderError {
  const { line, column } = source.locate(path);
  return new RenderError('INVALID_OBJECT', `cannot use ${source.file}:${line}:${column}: ${why}`);
}

/** Refuses an object of another kind. */
export function requireKind(source: SourceObject, apiVersions: readonly string[], kind: string): void {
  const { object } = source;
  if (object.kind === kind && apiVersions.some((apiVersion) => object.apiVersion === apiVersion)) return;
  const found = `${printable(String(object.kind))} (${printable(String(object.apiVersion))})`;
  throw invalid(source, ['kind'], `must be a ${kind} (${apiVersions.join(' or ')}), not a ${found}`);
}

/** Reads one field after another of a source, with the path of each in the error when it is of another type. */
export interface FieldReader {
  readonly value: YamlValue | undefined;
  field(key: string): FieldReader;
  /** Undefined when the field is missing. */
  text(): string | undefined;
  requiredText(): string;
  object(): YamlObject | undefined;
  /** The items of a list; empty when the field is missing. */
  items(): readonly FieldReader[];
  /** The properties of an object whose values are strings; undefined when the field is missing. */
  texts(): Readonly<Record<string, string>> | undefined;
}

/** Starts reading the fields of a source. */
export function fieldReader(source: SourceObject): FieldReader {
  return readerAt(source, source.object, []);
}

function readerAt(source: SourceObject, value: YamlValue | undefined, path: readonly (string | number)[]): FieldReader {
  const wrong = (wanted: string) =>
    invalid(source, path, `${formatPath(path)} must be ${wanted}, not ${nounOf(value)}`);
  const absent = value === undefined || value === null;
  const text = () => {
    if (absent || typeof value === 'string') return value ?? undefined;
    throw wrong('a text');
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
  if (value === undefined || value === null) return 'nothing';
  if (isYamlObject(value)) return 'an object';
  if (typeof value === 'object') return 'a list';
  return typeof value === 'string' ? `the text ${quote(value)}` : String(value);
}
