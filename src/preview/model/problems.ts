import { parsePath } from '../../function/api/messages/parse-problems.ts';
import { quote } from '../../internal/quote.ts';
import { parseYaml, type YamlDocument, YamlError } from '../../yaml/index.ts';

/** The texts from which a preview is created. */
export const SOURCES = ['claim', 'composition', 'observed', 'definition'] as const;
export type DocumentName = (typeof SOURCES)[number];
export type Texts = Readonly<Record<DocumentName, string>>;

/** A problem and its position. */
export interface PreviewProblem {
  readonly source: DocumentName;
  /** The line and the column, from 1. */
  readonly line: number;
  readonly column: number;
  /** The field, such as `spec.parameters.region`; empty if the problem does not concern a field. */
  readonly path: string;
  readonly message: string;
}

/** The maximum length of a text, in characters. Reading a megabyte takes seconds, during which the page is blocked. */
export const MAX_CHARACTERS = 400_000;

/** Thrown if there are problems that have positions. */
export class PreviewError extends Error {
  override readonly name = 'PreviewError';
  readonly problems: readonly PreviewProblem[];

  constructor(problems: readonly PreviewProblem[]) {
    super(problems.map(({ message }) => message).join('; '));
    this.problems = problems;
  }
}

/** Returns a problem that concerns a text as a whole. */
export function problemOf(source: DocumentName, message: string): PreviewProblem {
  return { source, line: 1, column: 1, path: '', message };
}

/** Reads the objects of a text. Throws {@link PreviewError}. */
export function readSource(source: DocumentName, text: string): readonly YamlDocument[] {
  if (text.length > MAX_CHARACTERS) {
    const message = `must have at most ${MAX_CHARACTERS} characters, not ${text.length}; remove unrelated parts`;
    throw new PreviewError([problemOf(source, message)]);
  }
  try {
    return parseYaml(text, source).filter(({ empty }) => !empty);
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    const { column, message } = error;
    // A missing value at the end is reported on the line after the last one.
    const line = Math.min(error.line, text.split('\n').length);
    throw new PreviewError([{ source, line, column, path: '', message: withoutPlace(message) }]);
  }
}

/** Converts a message of the renderer or the YAML reader that contains a position in one of the texts to a problem at that position. */
export function placedProblem(message: string): PreviewProblem | undefined {
  const found = /^cannot \w+ (claim|composition|observed|definition):(\d+):(\d+): ([\s\S]*)$/.exec(message);
  const source = SOURCES.find((one) => one === found?.[1]);
  if (found === null || source === undefined) return undefined;
  return { source, line: Number(found[2]), column: Number(found[3]), path: '', message: found[4] ?? '' };
}

function withoutPlace(message: string): string {
  return placedProblem(message)?.message ?? message;
}

/** Returns the position of a problem by its field: fields of `input` are in the step of the Composition, all others in the claim. */
export function locateProblem(
  { path, message }: { readonly path: string; readonly message: string },
  documents: { readonly claim: YamlDocument; readonly composition: YamlDocument; readonly step: number },
): PreviewProblem {
  const parts = parsePath(path);
  const ofInput = parts[0] === 'input';
  const source = ofInput ? 'composition' : 'claim';
  const full = ofInput ? ['spec', 'pipeline', documents.step, ...parts] : parts;
  return { source, ...documents[source].locate(full), path, message };
}

/** Returns the problem that a document is missing. */
export function emptyProblem(source: DocumentName, kind: string): PreviewProblem {
  return problemOf(source, `is empty; must be a ${quote(kind)}`);
}
