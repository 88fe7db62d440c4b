/** A problem in a file. Lines and columns count from 1. */
export interface Finding {
  readonly severity: 'error' | 'warning';
  /** The violated rule. Its name is stable; the message may change. */
  readonly rule: Rule;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The field, such as `spec.parameters.region`; empty if the problem does not concern a field. */
  readonly path: string;
  readonly message: string;
}

/** The rules by name, each with the requirement that it checks. */
export const RULES = {
  yaml: 'The file is YAML as Kubernetes reads it.',
  'duplicate-key': 'The keys of an object are unique.',
  object: 'A document is a Kubernetes object that matches its kind.',
  kind: 'The kind and version of a claim match a Composition.',
  claim: 'A claim can be carried out.',
  'unknown-field': 'A claim contains only fields that this function reads.',
  input: 'The Input of a Composition can be used.',
  package: 'Crossplane can build and install a package.',
} as const;

export type Rule = keyof typeof RULES;

/** Orders findings by file, line and column. */
export function compareFindings(a: Finding, b: Finding): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.line - b.line || a.column - b.column;
}
