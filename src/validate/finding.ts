/** A problem in a file. Lines and columns count from 1. */
export interface Finding {
  readonly severity: 'error' | 'warning';
  /** The rule that is violated. It stays the same when the message changes. */
  readonly rule: Rule;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The field, such as `spec.parameters.region`; empty if the problem is not in a field. */
  readonly path: string;
  readonly message: string;
}

/** The rules by their names, with what each finds. */
export const RULES = {
  yaml: 'The file is YAML as Kubernetes reads it.',
  'duplicate-key': 'An object has each key once.',
  object: 'A document is a Kubernetes object of the form that its kind has.',
  kind: 'A claim is of a kind and version that a Composition is for.',
  claim: 'A claim can be carried out.',
  'unknown-field': 'A claim has only fields that this function reads.',
  input: 'The Input of a Composition can be used.',
  package: 'Crossplane can build and install a package.',
} as const;

export type Rule = keyof typeof RULES;

/** Orders findings by file, line and column. */
export function compareFindings(a: Finding, b: Finding): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.line - b.line || a.column - b.column;
}
