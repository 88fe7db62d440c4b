import { documentTexts, isYamlObject, offsetOfItem, YamlError, type YamlValue, yamlDocuments } from '../yaml/index.ts';
import { XpkgError } from './errors.ts';
import { PACKAGE_FILE } from './format.ts';
import { type PackageType, packageTypeOf } from './kinds.ts';

/** The maximum size of a document of a package. Kubernetes does not store objects over 1.5 MiB. */
const MAX_CHARACTERS = 4 * 1_048_576;

/** The limits of the documents that are parsed as YAML. In others, only the beginnings of lines are checked. */
const PARSED = { characters: 1_048_576, items: 50_000, charactersInAll: 8 * 1_048_576 };

/**
 * Returns the type of a package, and rejects content that Crossplane cannot install: invalid YAML, documents that are not Kubernetes
 * objects, and anything but exactly one package metadata object. Unknown kinds are accepted, since a newer Crossplane may define them. Only
 * one document is in memory at a time, and other tasks run between documents. Parsing YAML takes about thirty times its size in memory, and
 * a tenth of a second for each megabyte. Large documents, and those after the first eight megabytes, are therefore not parsed. Throws
 * {@link XpkgError}.
 */
export async function readPackageType(source: AsyncIterable<Uint8Array>): Promise<PackageType> {
  const found: PackageType[] = [];
  let room = PARSED.charactersInAll;
  try {
    for await (const { text, line } of documentTexts(source, MAX_CHARACTERS, PACKAGE_FILE)) {
      const isParsed =
        text.length <= Math.min(room, PARSED.characters) && offsetOfItem(text, PARSED.items) === undefined;
      if (isParsed) room -= text.length;
      found.push(...(isParsed ? parsedTypes(text, line) : metaTypeOf(topLevel(text), line)));
      await new Promise((resolve) => setImmediate(resolve));
    }
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    throw new XpkgError('INVALID_YAML', `invalid package: ${error.message}`, { cause: error });
  }
  const [type, ...others] = found;
  if (type !== undefined && others.length === 0) return type;
  const count = type === undefined ? 'no object' : `${found.length} objects (${found.slice(0, 5).join(', ')})`;
  throw new XpkgError(
    'NOT_ONE_META',
    `invalid package: ${PACKAGE_FILE} has ${count} of meta.pkg.crossplane.io; it must have exactly one Configuration, Provider or Function`,
  );
}

function parsedTypes(text: string, firstLine: number): PackageType[] {
  const found: PackageType[] = [];
  for (const { value, empty, line } of yamlDocuments(text, PACKAGE_FILE, firstLine)) {
    if (!empty) found.push(...metaTypeOf(value, line));
  }
  return found;
}

/** Returns apiVersion and kind of an object whose keys begin their lines, as in every package that Crossplane's command line builds. */
function topLevel(text: string): YamlValue {
  return { apiVersion: API_VERSION.exec(text)?.[1] ?? '', kind: KIND.exec(text)?.[1] ?? '' };
}

const API_VERSION = /^apiVersion:[ \t]+["']?([\w./-]+)/m;
const KIND = /^kind:[ \t]+["']?([\w./-]+)/m;

function metaTypeOf(value: YamlValue, line: number): PackageType[] {
  const { apiVersion, kind } = isYamlObject(value) ? value : {};
  if (typeof apiVersion !== 'string' || typeof kind !== 'string' || apiVersion === '' || kind === '') {
    throw new XpkgError(
      'INVALID_OBJECT',
      `invalid package: the document at line ${line} of ${PACKAGE_FILE} must be an object with apiVersion and kind`,
    );
  }
  if (!apiVersion.startsWith('meta.pkg.crossplane.io/')) return [];
  const type = packageTypeOf(kind);
  if (type !== undefined) return [type];
  throw new XpkgError(
    'INVALID_OBJECT',
    `invalid package: the kind at line ${line} of ${PACKAGE_FILE} must be Configuration, Provider or Function`,
  );
}
