import { readdir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { FileError } from '../../internal/files/file-error.ts';
import { readRegularFile } from '../../internal/files/read-file.ts';
import { reasonOf } from '../../internal/reason.ts';
import type { Json, JsonObject } from '../../json/value.ts';
import { isYamlObject, parseYaml, type YamlDocument } from '../../yaml/index.ts';
import { RenderError } from '../errors.ts';
import type { RenderInputs } from '../render.ts';
import { compareText } from '../store.ts';
import { parseComposition } from './composition.ts';
import { parseDefinition } from './definition.ts';
import { type FunctionManifest, parseFunction } from './functions.ts';
import { toJson } from './object.ts';
import { type SourceObject, sourceObject, sourceObjects } from './source.ts';

/** The files of a rendering. `-` is standard input; a folder provides its .yaml and .yml files in the order of their names. */
export interface RenderPaths {
  readonly composite: string;
  readonly composition: string;
  readonly functions: string | undefined;
  readonly definition: string | undefined;
  readonly observed: string | undefined;
  readonly required: readonly string[];
  readonly credentials: string | undefined;
  /** JSON or YAML texts by context key. They take precedence over the files. */
  readonly contextValues: Readonly<Record<string, string>>;
  readonly contextFiles: Readonly<Record<string, string>>;
}

/** The inputs of a rendering, and the documents from which they were read. */
export interface LoadedInputs {
  readonly inputs: RenderInputs;
  readonly functions: readonly FunctionManifest[];
  /** The claim or composite. */
  readonly given: SourceObject;
  /** A warning for each duplicate key in that document. */
  readonly warnings: readonly string[];
}

/** Reads the inputs of a rendering. Throws RenderError, and YamlError for invalid YAML. */
export async function loadInputs(paths: RenderPaths): Promise<LoadedInputs> {
  const document = await loadDocument(paths.composite);
  const given = sourceObject(document, paths.composite);
  const composition = parseComposition(await loadObject(paths.composition));
  const functions = paths.functions === undefined ? [] : await loadObjects(paths.functions);
  const definition = paths.definition === undefined ? undefined : parseDefinition(await loadObject(paths.definition));
  const observed = paths.observed === undefined ? [] : await loadObjects(paths.observed);
  const required = await Promise.all(paths.required.map(loadObjects));
  const credentials = paths.credentials === undefined ? [] : await loadObjects(paths.credentials);
  return {
    inputs: {
      given: given.object,
      composition,
      definition,
      observed: observed.map(({ object }) => toJson(object)),
      existing: [...required.flat(), ...credentials].map(({ object }) => toJson(object)),
      context: await loadContext(paths),
    },
    functions: functions.map(parseFunction),
    given,
    warnings: document
      .duplicateKeys()
      .map(({ position, message }) => `${paths.composite}:${position.line}:${position.column}: ${message}`),
  };
}

/** Reads a file, or the .yaml and .yml files of a folder in the order of their names, as one stream of documents. Throws RenderError. */
export async function readStream(path: string): Promise<string> {
  const texts = await Promise.all((await filesAt(path)).map(readText));
  return texts.join('\n---\n');
}

/** Returns the first object of a file and ignores the others. */
async function loadObject(path: string): Promise<SourceObject> {
  return sourceObject(await loadDocument(path), path);
}

async function loadDocument(path: string): Promise<YamlDocument> {
  const documents = parseYaml(await readText(path), path);
  const document = documents.find(({ empty }) => !empty);
  if (document === undefined) throw new RenderError('INVALID_OBJECT', `cannot use ${path}: the file is empty`);
  return document;
}

async function loadObjects(path: string): Promise<readonly SourceObject[]> {
  const files = await filesAt(path);
  const objects = await Promise.all(
    files.map(async (file) => {
      const documents = parseYaml(await readText(file), file);
      return documents.filter(({ empty }) => !empty).flatMap((document) => sourceObjects(document, file));
    }),
  );
  return objects.flat();
}

/** Returns a path itself, or the .yaml and .yml files of a folder in the order of their names. Throws RenderError. */
export async function filesAt(path: string): Promise<readonly string[]> {
  if (path === '-') return [path];
  const isFolder = (await stat(path).catch((error: unknown) => refuse(path, error))).isDirectory();
  if (!isFolder) return [path];
  const entries = await readdir(path, { withFileTypes: true });
  const names = entries
    .filter((entry) => !entry.isDirectory() && ['.yaml', '.yml'].includes(extname(entry.name)))
    .map(({ name }) => name)
    .sort(compareText);
  if (names.length > 0) return names.map((name) => join(path, name));
  throw new RenderError('UNREADABLE', `cannot read ${path}: the folder does not contain .yaml or .yml files`);
}

async function loadContext({ contextFiles, contextValues }: RenderPaths): Promise<JsonObject> {
  const files = await Promise.all(
    Object.entries(contextFiles).map(async ([key, file]) => [key, parseValue(await readText(file), file)] as const),
  );
  const values = Object.entries(contextValues).map(
    ([key, value]) => [key, parseValue(value, `--context-values ${key}`)] as const,
  );
  return Object.fromEntries([...files, ...values]);
}

function parseValue(content: string, name: string): Json {
  const value = parseYaml(content, name).find(({ empty }) => !empty)?.value ?? null;
  return isYamlObject(value) ? toJson(value) : (toJson({ value }).value ?? null);
}

/** Reads a file, or standard input for `-`. Throws RenderError. */
export async function readText(path: string): Promise<string> {
  const reading = path === '-' ? readStandardInput() : readRegularFile(path, MAX_FILE_BYTES);
  return (await reading.catch((error: unknown) => refuse(path, error))).toString('utf8');
}

/** The maximum size of a file. Kubernetes does not store objects over 1.5 MiB. */
const MAX_FILE_BYTES = 16 * 1_048_576;

async function readStandardInput(): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let total = 0;
  for await (const chunk of process.stdin) {
    const bytes = Buffer.from(chunk);
    total += bytes.byteLength;
    if (total > MAX_FILE_BYTES) {
      throw new RenderError('UNREADABLE', `cannot read standard input: it has more than ${MAX_FILE_BYTES} bytes`);
    }
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

function refuse(path: string, error: unknown): never {
  if (error instanceof FileError) throw new RenderError('UNREADABLE', error.message, { cause: error });
  if (!(error instanceof Error && 'code' in error)) throw error;
  throw new RenderError('UNREADABLE', `cannot read ${path}: ${reasonOf(error)}`, { cause: error });
}
