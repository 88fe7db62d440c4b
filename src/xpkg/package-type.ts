import { isYamlObject, YamlError, type YamlValue, yamlDocuments } from '../yaml/index.ts';
import { XpkgError } from './errors.ts';
import { PACKAGE_FILE } from './format.ts';
import { type PackageType, packageTypeOf } from './kinds.ts';

/**
 * Finds the type of a package, and refuses what Crossplane could not install: YAML that cannot be read, a document that is not a Kubernetes
 * object, and anything but one package metadata object. Kinds that are not known are let pass: a newer Crossplane may have them. Large
 * packages take seconds, so other work goes on between two documents. Throws {@link XpkgError}.
 */
export async function readPackageType(text: string): Promise<PackageType> {
  const found: PackageType[] = [];
  try {
    for (const { value, empty, line } of yamlDocuments(text, PACKAGE_FILE)) {
      if (!empty) found.push(...metaTypeOf(value, line));
      await new Promise((resolve) => setImmediate(resolve));
    }
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    throw new XpkgError('INVALID_YAML', `invalid package: ${error.message}`, { cause: error });
  }
  const [type, ...others] = found;
  if (type !== undefined && others.length === 0) return type;
  const count = type === undefined ? 'no object' : `${found.length} objects (${found.join(', ')})`;
  throw new XpkgError(
    'NOT_ONE_META',
    `invalid package: ${PACKAGE_FILE} has ${count} of meta.pkg.crossplane.io; it must have exactly one Configuration, Provider or Function`,
  );
}

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
