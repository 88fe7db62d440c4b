import { INPUT_API_VERSION, INPUT_KIND, parseInput } from '../function/api/input.ts';
import { InputError, type Problem } from '../function/api/input-error.ts';
import { parsePath } from '../function/api/messages/parse-problems.ts';
import { explainAlone, explainRequest } from '../function/explain.ts';
import { nearest } from '../internal/did-you-mean.ts';
import { printable } from '../internal/quote.ts';
import { encodeRequest } from '../protocol/request.ts';
import { claimKindOf } from '../render/claim.ts';
import { problemAsWritten } from '../render/documents/as-written.ts';
import { type Composition, parseComposition } from '../render/documents/composition.ts';
import { type Definition, parseDefinition } from '../render/documents/definition.ts';
import { isOwnStep } from '../render/documents/functions.ts';
import { splitApiVersion, textAt, toJson } from '../render/documents/object.ts';
import { type SourceObject, sourceObjects } from '../render/documents/source.ts';
import { RenderError } from '../render/errors.ts';
import { subjectOf } from '../render/subject.ts';
import { lintFiles } from '../xpkg/lint/lint.ts';
import { isYamlObject, parseYaml, type YamlDocument, YamlError } from '../yaml/index.ts';
import { compareFindings, type Finding, type Rule } from './finding.ts';

/** A file to validate. */
export interface TextFile {
  readonly path: string;
  readonly text: string;
}

/** The result of a validation. */
export interface Validation {
  /** The findings, in the order of files and lines. */
  readonly findings: readonly Finding[];
  /** The number of objects of kinds that this program validates. */
  readonly checked: number;
  /** The number of objects of other kinds. */
  readonly skipped: number;
}

/** The API group of the claims in the examples, for files that come without a Composition. */
const OWN_GROUP = 'tap.vrabbi.cloud';
const OWN_KINDS = ['WorkloadECRRepo', 'XWorkloadECRRepo'];
/** A kind that is validated only with its Composition, whose Input determines the allowed values. */
const REGISTRY_KIND = 'XRegistry';
const PACKAGE_GROUP = 'meta.pkg.crossplane.io';

interface Known {
  readonly source: SourceObject;
  readonly composition: Composition;
}

/**
 * Validates the objects of files by this function's rules: Inputs, Compositions with a step of this function, claims and composites, packages. A
 * claim is validated with each Composition for it among the files, or alone if there is none.
 */
export function validateFiles(files: readonly TextFile[]): Validation {
  const findings: Finding[] = [];
  let skipped = 0;
  const packages = new Set<TextFile>();
  const sources = files.flatMap((file) => {
    const read = readFile(file, findings, () => {
      skipped += 1;
    });
    if (read.some(({ object }) => groupOf(object) === PACKAGE_GROUP)) packages.add(file);
    return read;
  });
  const attempt = <T>(rule: Rule, source: SourceObject, read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      findings.push(findingOf(error, rule, source));
      return undefined;
    }
  };
  const compositions = sources.flatMap((source): Known[] => {
    if (source.object.kind !== 'Composition' || groupOf(source.object) !== 'apiextensions.crossplane.io') return [];
    const composition = attempt('object', source, () => parseComposition(source));
    return composition === undefined ? [] : [{ source, composition }];
  });
  const definitions = sources.flatMap((source) => {
    if (source.object.kind !== 'CompositeResourceDefinition') return [];
    return attempt('object', source, () => parseDefinition(source)) ?? [];
  });
  let checked = packages.size;
  for (const file of packages) findings.push(...packageFindings(file));
  for (const source of sources) {
    const { object } = source;
    if (groupOf(object) === PACKAGE_GROUP) continue;
    const isKnown = ['Composition', 'CompositeResourceDefinition'].includes(textAt(object, 'kind'));
    const judged = judge(source, compositions, definitions);
    findings.push(...(judged ?? []));
    if (isKnown || judged !== undefined) checked += 1;
    else skipped += 1;
  }
  const distinct = new Map(findings.map((finding) => [JSON.stringify(finding), finding]));
  return { findings: [...distinct.values()].sort(compareFindings), checked, skipped };
}

function readFile({ path, text }: TextFile, findings: Finding[], skip: () => void): readonly SourceObject[] {
  let documents: readonly YamlDocument[] = [];
  try {
    documents = parseYaml(text, path).filter(({ empty }) => !empty);
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    const { line, column } = error;
    const place = `${path}:${line}:${column}: `;
    const message = error.message.slice(error.message.indexOf(place) + place.length);
    findings.push({ severity: 'error', rule: 'yaml', file: path, line, column, path: '', message });
  }
  return documents.flatMap((document) => {
    // Other YAML, such as Helm values, which any folder may contain.
    if (isYamlObject(document.value) && document.value.apiVersion === undefined && document.value.kind === undefined) {
      skip();
      return [];
    }
    for (const { position, message } of document.duplicateKeys()) {
      findings.push({ severity: 'error', rule: 'duplicate-key', file: path, ...position, path: '', message });
    }
    try {
      return sourceObjects(document, path);
    } catch (error) {
      const nothing = { object: {}, file: path, locate: document.locate, writtenAt: document.writtenAt };
      findings.push(findingOf(error, 'object', nothing));
      return [];
    }
  });
}

/** Validates one object; returns undefined for an object of another kind. */
function judge(
  source: SourceObject,
  compositions: readonly Known[],
  definitions: readonly Definition[],
): readonly Finding[] | undefined {
  const { object } = source;
  if (object.apiVersion === INPUT_API_VERSION && object.kind === INPUT_KIND) return inputFindings(source, []);
  const own = compositions.find((known) => known.source === source);
  if (own) {
    return own.composition.pipeline.flatMap((step, index) =>
      isOwnStep(step) ? inputFindings(source, ['spec', 'pipeline', index, 'input'], step.input) : [],
    );
  }
  return claimFindings(source, compositions, definitions);
}

function inputFindings(
  source: SourceObject,
  place: readonly (string | number)[],
  input = place.length === 0 ? toJson(source.object) : undefined,
): Finding[] {
  try {
    parseInput(input);
    return [];
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return error.problems.map(({ path, message }) => {
      const [, ...below] = parsePath(path);
      const full = [...place, ...below];
      const shown = place.length === 0 ? path.replace(/^input\.?/, '') : path;
      return located(source, 'input', full, { path: shown, message });
    });
  }
}

function claimFindings(
  source: SourceObject,
  compositions: readonly Known[],
  definitions: readonly Definition[],
): readonly Finding[] | undefined {
  const kind = textAt(source.object, 'kind');
  const definitionOf = ({ compositeType }: Composition) => definitions.find((one) => one.kind === compositeType.kind);
  const kindsOf = (composition: Composition) => [
    composition.compositeType.kind,
    claimKindOf(composition.compositeType.kind, definitionOf(composition)),
  ];
  const group = groupOf(source.object);
  const ofGroup = compositions.filter(({ composition }) => {
    return (
      splitApiVersion(composition.compositeType.apiVersion).group === group && composition.pipeline.some(isOwnStep)
    );
  });
  const meant = ofGroup.filter(({ composition }) => kindsOf(composition).includes(kind));
  if (meant.length > 0) {
    return meant.flatMap(({ composition }) => claimWith(source, composition, definitionOf(composition)));
  }
  if ((ofGroup.length === 0 && group !== OWN_GROUP) || kind === REGISTRY_KIND) return undefined;
  const known = ofGroup.length === 0 ? OWN_KINDS : ofGroup.flatMap(({ composition }) => kindsOf(composition));
  const kinds = known.filter((one) => one !== undefined);
  if (!kinds.includes(kind)) {
    const near = nearest(kind, kinds);
    const hint = near === undefined ? `must be ${kinds.join(' or ')}` : `did you mean ${near}?`;
    return [located(source, 'kind', ['kind'], { path: 'kind', message: `unknown kind ${printable(kind)}; ${hint}` })];
  }
  return explained(source, explainAlone(toJson(source.object)));
}

function claimWith(source: SourceObject, composition: Composition, definition: Definition | undefined): Finding[] {
  try {
    const { composite } = subjectOf(source.object, composition, definition);
    const state = { composite: { resource: toJson(composite) } };
    return composition.pipeline.filter(isOwnStep).flatMap(({ input }) => {
      return explained(source, explainRequest(encodeRequest({ observed: state, ...(input && { input }) })));
    });
  } catch (error) {
    return [findingOf(error, 'kind', source)];
  }
}

function explained(
  source: SourceObject,
  { problems, warnings }: { readonly problems: readonly Problem[]; readonly warnings: readonly Problem[] },
): Finding[] {
  const { object: value, writtenAt } = source;
  return [
    // Problems of the Input are reported for its Composition.
    ...problems
      .filter(({ path }) => !path.startsWith('input'))
      .map(({ path, message }) => {
        return located(source, 'claim', parsePath(path), {
          path,
          message: problemAsWritten(path, message, { value, writtenAt }),
        });
      }),
    ...warnings.map((warning) => located(source, 'unknown-field', parsePath(warning.path), warning, 'warning')),
  ];
}

function packageFindings(file: TextFile): Finding[] {
  const { findings, installFindings, warnings } = lintFiles([file]);
  const found = [
    ...[...findings, ...installFindings].map((finding) => ({ severity: 'error', ...finding }) as const),
    ...warnings.map((finding) => ({ severity: 'warning', ...finding }) as const),
  ];
  return found
    .filter(({ code }) => code !== 'INVALID_YAML' && code !== 'DUPLICATE_KEY')
    .map(({ severity, position, message }) => {
      return { severity, rule: 'package', file: file.path, ...position, path: '', message };
    });
}

function located(
  { file, locate }: SourceObject,
  rule: Rule,
  place: readonly (string | number)[],
  { path, message }: Problem,
  severity: Finding['severity'] = 'error',
): Finding {
  const { line, column } = locate(place);
  return { severity, rule, file, line, column, path, message };
}

/** Returns the finding for an error that may name its position in the file. Throws any other error again. */
function findingOf(error: unknown, rule: Rule, source: SourceObject): Finding {
  if (!(error instanceof RenderError)) throw error;
  const prefix = `cannot use ${source.file}:`;
  const [, line, column, why] = /^(\d+):(\d+): ([\s\S]*)$/.exec(error.message.slice(prefix.length)) ?? [];
  if (!error.message.startsWith(prefix) || why === undefined) {
    return located(source, rule, ['kind'], { path: '', message: error.message });
  }
  return {
    severity: 'error',
    rule,
    file: source.file,
    line: Number(line),
    column: Number(column),
    path: '',
    message: why,
  };
}

function groupOf(object: SourceObject['object']): string {
  return splitApiVersion(textAt(object, 'apiVersion')).group;
}
