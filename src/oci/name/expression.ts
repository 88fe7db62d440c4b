import { reasonOf } from '../../internal/reason.ts';
import { OciError, quote } from '../errors.ts';

const MAX_LENGTH = 512;

/**
 * Compiles a regular expression to a function that reports whether a text contains a match, as Go's `regexp.MatchString` does. Throws
 * `INVALID_CONSTRAINT`; `what` names the expression in the message.
 *
 * Expressions are untrusted, and those of JavaScript can take exponential time. RE2 takes linear time and has Go's syntax, which Flux
 * documents. The library is loaded at the first call.
 */
export async function compileExpression(expression: string, what: string): Promise<(text: string) => boolean> {
  if (expression.length > MAX_LENGTH) throw invalid(expression, what, `must have at most ${MAX_LENGTH} characters`);
  const { RE2JS } = await import('re2js');
  try {
    const compiled = RE2JS.compile(expression);
    return (text) => compiled.matcher(text).find();
  } catch (error) {
    throw invalid(expression, what, reasonOf(error), error);
  }
}

function invalid(expression: string, what: string, why: string, cause?: unknown): OciError {
  return new OciError('INVALID_CONSTRAINT', `invalid ${what} ${quote(expression)}: ${why}`, { cause });
}
