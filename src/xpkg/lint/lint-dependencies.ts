import { quote } from '../../internal/quote.ts';
import { reasonOf } from '../../internal/reason.ts';
import { isDigest, isOciError, parseConstraint, parseReference } from '../../oci/index.ts';
import { isYamlList, isYamlObject, type YamlObject, type YamlValue } from '../../yaml/index.ts';
import { valueAt } from '../kinds.ts';
import type { Path } from '../round-trip.ts';

/** A dependency that Crossplane cannot resolve. */
export interface DependencyProblem {
  readonly path: Path;
  readonly message: string;
}

const TYPES = ['package', 'provider', 'configuration', 'function'] as const;

/**
 * Checks the dependencies of package metadata by the rules of Crossplane v2.3's dependency manager and resolver (internal/controller/pkg),
 * which reject them only when the package is installed.
 */
export function dependencyProblems(meta: YamlValue): DependencyProblem[] {
  const dependencies = valueAt(meta, 'spec', 'dependsOn');
  if (!isYamlList(dependencies)) return [];
  return dependencies.flatMap((dependency, index) => {
    const path: Path = ['spec', 'dependsOn', index];
    return isYamlObject(dependency) ? [...packageProblems(dependency, path), ...versionProblems(dependency, path)] : [];
  });
}

function packageProblems(dependency: YamlObject, path: Path): DependencyProblem[] {
  const type = TYPES.find((name) => typeof dependency[name] === 'string' && dependency[name] !== '');
  if (type === undefined) {
    const message =
      'a dependency must name its package: set provider, configuration or function, or apiVersion, kind and package';
    return [{ path, message }];
  }
  if (type === 'package' && !(isText(dependency.apiVersion) && isText(dependency.kind)))
    return [{ path: [...path, type], message: 'a dependency with package must also have apiVersion and kind' }];
  const problem = referenceProblem(String(dependency[type]));
  return problem === undefined ? [] : [{ path: [...path, type], message: problem }];
}

function isText(value: YamlValue | undefined): boolean {
  return typeof value === 'string' && value !== '';
}

function referenceProblem(text: string): string | undefined {
  try {
    const { tag, digest } = parseReference(text);
    const given = digest ?? (text.endsWith(`:${tag}`) ? tag : undefined);
    if (given === undefined) return undefined;
    return `${quote(text)} must not contain a version: Crossplane appends the one that it selects by the field version; move ${quote(given)} to that field`;
  } catch (error) {
    if (!isOciError(error)) throw error;
    return error.message;
  }
}

function versionProblems({ version }: YamlObject, path: Path): DependencyProblem[] {
  const text = typeof version === 'string' ? version : '';
  if (isDigest(text)) return [];
  const at = [...path, 'version'];
  if (text === '')
    return [{ path: at, message: 'a dependency must have a version: a constraint such as ">=v1.2.0", or a digest' }];
  try {
    parseConstraint(text);
    return [];
  } catch (error) {
    if (!isOciError(error)) throw error;
    const message = `invalid version ${quote(text)}: must be a constraint such as ">=v1.2.0", or a digest: ${reasonOf(error)}`;
    return [{ path: at, message }];
  }
}
