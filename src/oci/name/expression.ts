import { reasonOf } from '../../internal/reason.ts';
import { OciError, quote } from '../errors.ts';

const MAX_LENGTH = 512;

/**
 * Compiles a regular expression that matches when it matches somewhere in a text, as Go's `regexp.MatchString` does. Throws
 * `INVALID_CONSTRAINT`, in whose message `what` names the expression.
 *
 * Expressions come from authors who are not trusted, and JavaScript's own can take exponential time. RE2 takes linear time and reads the
 * syntax of Go, which is what Flux documents. Loaded when first needed.
 */
export async function compileExpression(expression: string, what: string): Promise<(text: string) => boolean> {
  if (expression.length > MAX_LENGTH) throw invalid(expression, what, `it is longer than ${MAX_LENGTH} characters`);
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
