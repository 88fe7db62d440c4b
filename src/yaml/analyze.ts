/** The styles that a scalar's characters allow. */
export interface Analysis {
  readonly multiline: boolean;
  readonly plain: boolean;
  readonly single: boolean;
  readonly block: boolean;
}

const EMPTY: Analysis = { multiline: false, plain: true, single: true, block: false };
const SIMPLE: Analysis = { multiline: false, plain: true, single: true, block: true };

/** Letters, digits and some signs, with single blanks inside: nothing in it needs a closer look. */
const SIMPLE_TEXT = /^[\w/.=$+();]+(?:[ -][\w/.=$+();]+)*$/;

/** Finds which styles can carry a scalar in block context. */
export function analyzeScalar(text: string): Analysis {
  if (text === '') return EMPTY;
  if (SIMPLE_TEXT.test(text) && !text.startsWith('...')) return SIMPLE;
  const special = hasSpecial(text);
  const multiline = hasBreak(text);
  const spaceBreak = / [\r\n\u2028\u2029\u0085]/.test(text);
  const breakSpace = /[\r\n\u2028\u2029\u0085] /.test(text);
  const edges = /^[ \r\n\u2028\u2029\u0085]|[ \r\n\u2028\u2029\u0085]$/.test(text);
  return {
    multiline,
    plain: !(special || multiline || edges || hasIndicator(text)),
    single: !(special || spaceBreak || breakSpace),
    block: !(special || spaceBreak || text.endsWith(' ')),
  };
}

/** True when a scalar has a character that must be escaped. */
function hasSpecial(text: string): boolean {
  return /[^\n\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd]/u.test(text);
}

/** True when a scalar spans lines; the line and paragraph separators of Unicode count. */
function hasBreak(text: string): boolean {
  return /[\r\n\u2028\u2029\u0085]/.test(text);
}

/** True when a scalar has an indicator of block context. */
function hasIndicator(text: string): boolean {
  return (
    /^(?:---|\.\.\.|[#,[\]{}&*!|>'"%@`]|[?:-](?:[ \t]|$))/.test(text) || /:(?:[ \t]|$)/.test(text) || hasComment(text)
  );
}

function hasComment(text: string): boolean {
  return /[ \t\r\n\u2028\u2029\u0085\0]#/.test(text);
}
