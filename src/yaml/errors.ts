import { printableLines } from '../internal/quote.ts';
/** Identifies an error in a YAML text: invalid YAML, or YAML without a JSON form. */
export type YamlErrorCode =
  | 'SYNTAX'
  | 'SEPARATOR'
  | 'CHARACTER'
  | 'ANCHOR'
  | 'ALIASES'
  | 'KEY'
  | 'VALUE'
  | 'DEPTH'
  | 'SIZE';

/** A position in a file; line and column count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Creates the error for the character at an offset of the document. */
export type Refuse = (code: YamlErrorCode, offset: number, why: string, cause?: unknown) => YamlError;

/** A YAML text cannot be read. The message begins with `file:line:column`. */
export class YamlError extends Error {
  override readonly name = 'YamlError';
  readonly code: YamlErrorCode;
  readonly file: string;
  readonly line: number;
  readonly column: number;

  constructor(code: YamlErrorCode, file: string, at: Position, why: string, options?: { cause?: unknown }) {
    super(printableLines(`cannot read ${file}:${at.line}:${at.column}: ${why}`), options);
    this.code = code;
    this.file = file;
    this.line = at.line;
    this.column = at.column;
  }
}
