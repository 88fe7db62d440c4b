/** The quoting styles that the characters of a scalar allow. */
export interface Analysis {
  readonly multiline: boolean;
  readonly plain: boolean;
  readonly single: boolean;
  readonly block: boolean;
}

const EMPTY: Analysis = { multiline: false, plain: true, single: true, block: false };
const SIMPLE: Analysis = { multiline: false, plain: true, single: true, block: true };

/** Letters, digits and some signs, separated by single blanks: such text needs no further analysis. */
const SIMPLE_TEXT = /^[\w/.=$+();]+(?:[ -][\w/.=$+();]+)*$/;

/** Determines the styles in which a scalar can be written in block context. */
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

/** True when a scalar contains a character that must be escaped. */
function hasSpecial(text: string): boolean {
  return /[^\n\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd]/u.test(text);
}

/** True when a scalar contains a line break. Unicode's line and paragraph separators count as line breaks. */
function hasBreak(text: string): boolean {
  return /[\r\n\u2028\u2029\u0085]/.test(text);
}

/** True when a scalar contains an indicator of block context. */
function hasIndicator(text: string): boolean {
  return (
    /^(?:---|\.\.\.|[#,[\]{}&*!|>'"%@`]|[?:-](?:[ \t]|$))/.test(text) || /:(?:[ \t]|$)/.test(text) || hasComment(text)
  );
}

function hasComment(text: string): boolean {
  return /[ \t\r\n\u2028\u2029\u0085\0]#/.test(text);
}
