import { printable, quote } from '../../internal/quote.ts';
import { reasonOf } from '../../internal/reason.ts';
import { OciError, parseConstraint } from '../../oci/index.ts';
import {
  isYamlObject,
  parseYaml,
  type YamlDocument,
  YamlError,
  type YamlObject,
  type YamlValue,
} from '../../yaml/index.ts';
import type { FindingCode, LintFinding } from '../errors.ts';
import { allowedKinds, findKind, type PackageType, packageTypeOf, valueAt } from '../kinds.ts';
import type { PackageFile } from '../package-root.ts';
import { type Path, roundTrip, TypeMismatch } from '../round-trip.ts';
import { dependencyProblems } from './lint-dependencies.ts';
import { nameProblem } from './lint-names.ts';
import { unknownFields } from './unknown-fields.ts';

/** An object of a package. */
export interface PackageObject {
  readonly file: string;
  readonly apiVersion: string;
  readonly kind: string;
  /** The object as Crossplane writes it to package.yaml. */
  readonly value: YamlValue;
}

/** The objects of a package: its metadata and the other objects, in the order in which they were found. */
export interface PackageContents {
  readonly type: PackageType;
  readonly meta: PackageObject;
  readonly objects: readonly PackageObject[];
}

/** The result of linting a package's files. */
export interface LintResult {
  /** Undefined if there are findings. */
  readonly contents: PackageContents | undefined;
  /** Reasons why Crossplane does not build the package, in the order of files and lines. */
  readonly findings: readonly LintFinding[];
  /** Reasons why Crossplane builds the package but cannot install it: unresolvable dependencies and objects without a name. */
  readonly installFindings: readonly LintFinding[];
  /** Mistakes that Crossplane does not report: fields that it drops, duplicate keys, and metadata without a name. */
  readonly warnings: readonly LintFinding[];
}

interface Report {
  readonly findings: LintFinding[];
  readonly installFindings: LintFinding[];
  readonly warnings: LintFinding[];
}

/** The maximum number of reported unknown fields of one object. */
const MAX_UNKNOWN = 20;

interface Source {
  readonly file: string;
  readonly document: YamlDocument;
}

interface Typed extends PackageObject, Source {
  readonly packages: readonly PackageType[];
  readonly isMeta: boolean;
}

/**
 * Reads a package's files and checks them by Crossplane's rules for its type: one metadata object, only allowed kinds, fields of the right
 * types, names that the API server accepts, and valid dependencies and version constraints. `want` is the required type of the package, if
 * known.
 */
export function lintFiles(files: readonly PackageFile[], want?: PackageType): LintResult {
  const report: Report = { findings: [], installFindings: [], warnings: [] };
  const { findings, installFindings, warnings } = report;
  const objects = files.flatMap((file) => readObjects(file, report));
  const metas = objects.filter(({ isMeta }) => isMeta);
  const [meta, ...others] = metas;
  if (meta === undefined || others.length > 0) findings.push(...metaCountFindings(files, metas, findings));
  else findings.push(...lintMeta(meta, want), ...lintKinds(meta, objects));
  for (const one of metas) installFindings.push(...lintDependencies(one));
  lintNames(objects, report);
  const order = new Map(files.map(({ path }, index) => [path, index]));
  for (const list of [findings, installFindings, warnings]) {
    list.sort((a, b) => rank(order, a) - rank(order, b) || comparePositions(a, b));
  }
  const type = meta === undefined ? undefined : packageTypeOf(meta.kind);
  const contents =
    meta === undefined || type === undefined || findings.length > 0
      ? undefined
      : { type, meta, objects: objects.filter((object) => object !== meta) };
  return { contents, findings, installFindings, warnings };
}

function rank(order: ReadonlyMap<string, number>, { file }: LintFinding): number {
  return order.get(file) ?? -1;
}

function comparePositions({ position: a }: LintFinding, { position: b }: LintFinding): number {
  return a.line - b.line || a.column - b.column;
}

/** Checks the examples of a package, which may be any objects with a kind. */
export function lintExamples(files: readonly PackageFile[]): LintFinding[] {
  const findings: LintFinding[] = [];
  for (const source of files.flatMap((file) => readDocuments(file, findings))) {
    const { value } = source.document;
    const kind = isYamlObject(value) ? value.kind : undefined;
    if (value === null || (typeof kind === 'string' && kind !== '')) continue;
    findings.push(finding('INVALID_OBJECT', source, 'an example must be an object with a kind', []));
  }
  return findings;
}

function readObjects(file: PackageFile, report: Report): Typed[] {
  return readDocuments(file, report.findings).flatMap((source) => {
    const { file: path, document } = source;
    for (const { position, message } of document.duplicateKeys()) {
      report.warnings.push({ code: 'DUPLICATE_KEY', file: path, position, message });
    }
    return readObject(source, report) ?? [];
  });
}

function readDocuments({ path, text }: PackageFile, findings: LintFinding[]): Source[] {
  try {
    const documents = parseYaml(text, path).filter(({ empty }) => !empty);
    return documents.map((document) => ({ file: path, document }));
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    const { file, line, column } = error;
    const message = error.message.slice(error.message.indexOf(': ') + 2);
    findings.push({ code: 'INVALID_YAML', file, position: { line, column }, message });
    return [];
  }
}

function readObject(source: Source, { findings, warnings }: Report): Typed | undefined {
  const { file, document } = source;
  const report = (message: string, path: Path = []) => {
    findings.push(finding('INVALID_OBJECT', source, message, path));
    return undefined;
  };
  const value = document.value;
  if (!isYamlObject(value))
    return report('must be an object: a package contains Kubernetes objects with apiVersion and kind');
  const { apiVersion, kind } = value;
  if (typeof kind !== 'string' || kind === '') return report('kind is missing', ['kind']);
  if (typeof apiVersion !== 'string' || apiVersion === '') return report('apiVersion is missing', ['apiVersion']);
  const known = findKind(apiVersion, kind);
  if (known === undefined) {
    return report(
      `packages must not contain ${printable(kind)} of ${printable(apiVersion)}; correct kind and apiVersion, or exclude the file with --ignore`,
      ['kind'],
    );
  }
  try {
    const converted = roundTrip(known.table, kind, value);
    for (const { path, message } of unknownFields(known.table, kind, value).slice(0, MAX_UNKNOWN)) {
      warnings.push(finding('UNKNOWN_FIELD', source, message, path));
    }
    return { file, document, apiVersion, kind, value: converted, packages: known.packages, isMeta: known.isMeta };
  } catch (error) {
    if (!(error instanceof TypeMismatch)) throw error;
    return report(error.message, error.path);
  }
}

function finding(code: FindingCode, { file, document }: Source, message: string, path: Path): LintFinding {
  return { code, file, position: document.locate(path), message };
}

function metaCountFindings(
  files: readonly PackageFile[],
  metas: readonly Typed[],
  earlier: readonly LintFinding[],
): LintFinding[] {
  const [first, ...others] = metas;
  if (first !== undefined) {
    return others.map((meta) =>
      finding(
        'NOT_ONE_META',
        meta,
        `a package must have exactly one metadata object; ${first.file} already contains a ${first.kind}`,
        ['kind'],
      ),
    );
  }
  // The metadata may be in a file that could not be read.
  if (earlier.length > 0) return [];
  const message =
    'package metadata is missing; add a crossplane.yaml with kind Configuration, Provider or Function of meta.pkg.crossplane.io/v1';
  return [
    { code: 'NOT_ONE_META', file: files[0]?.path ?? 'crossplane.yaml', position: { line: 1, column: 1 }, message },
  ];
}

function lintMeta(meta: Typed, want: PackageType | undefined): LintFinding[] {
  const findings: LintFinding[] = [];
  if (want !== undefined && meta.kind !== want) {
    findings.push(finding('WRONG_TYPE', meta, `the package must be a ${want}, not a ${meta.kind}`, ['kind']));
  }
  const crossplane = valueAt(meta.value, 'spec', 'crossplane');
  if (!isYamlObject(crossplane)) return findings;
  const version = crossplane.version;
  const problem = constraintProblem(typeof version === 'string' ? version : '');
  if (problem !== undefined) {
    const message = `invalid spec.crossplane.version ${quote(version)}: must be a version constraint such as ">=v2.0.0": ${problem}`;
    findings.push(finding('INVALID_CONSTRAINT', meta, message, ['spec', 'crossplane', 'version']));
  }
  return findings;
}

function lintDependencies(meta: Typed): LintFinding[] {
  return dependencyProblems(meta.value).map(({ path, message }) => finding('INVALID_DEPENDENCY', meta, message, path));
}

/**
 * Checks the names of objects. The name of package metadata is only used for the package's file, since Crossplane generates the names of
 * what it installs.
 */
function lintNames(objects: readonly Typed[], { installFindings, warnings }: Report): void {
  for (const object of objects) {
    const problem = nameProblem(object.value);
    if (problem !== undefined)
      (object.isMeta ? warnings : installFindings).push(finding('INVALID_NAME', object, problem, ['metadata', 'name']));
  }
}

function constraintProblem(text: string): string | undefined {
  try {
    parseConstraint(text);
    return undefined;
  } catch (error) {
    if (!(error instanceof OciError)) throw error;
    return reasonOf(error);
  }
}

function lintKinds(meta: Typed, objects: readonly Typed[]): LintFinding[] {
  const type = packageTypeOf(meta.kind);
  if (type === undefined) return [];
  return objects
    .filter((object) => !object.packages.includes(type))
    .map((object) => {
      const message = `a ${type} package must only contain ${allowedKinds(type).join(', ')}, not a ${object.kind}`;
      return finding('WRONG_KIND', object, message, ['kind']);
    });
}

/** Returns the name of an object, or an empty string. */
export function nameOf({ value }: { readonly value: YamlValue | YamlObject }): string {
  const name = valueAt(value, 'metadata', 'name');
  return typeof name === 'string' ? name : '';
}
