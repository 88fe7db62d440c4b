import { parsePath, splitMessage } from '../../function/api/messages/parse-problems.ts';
import { printable } from '../../internal/quote.ts';
import { isYamlList, isYamlObject, type YamlDocument, type YamlValue } from '../../yaml/index.ts';

/** A document in which problems were found. */
type Written = Pick<YamlDocument, 'value' | 'writtenAt'>;

/**
 * Replaces numbers in a message of the function by their source text: YAML reads 012345670123 as 1402433619, which does not occur in the file.
 */
export function asWritten(message: string, document: Written): string {
  return splitMessage(message).reduce((text, problem) => {
    const said = `${problem.path}: ${problem.message}`;
    return text.replace(said, () => `${problem.path}: ${problemAsWritten(problem.path, problem.message, document)}`);
  }, message);
}

/** Replaces numbers in one problem like {@link asWritten}. */
export function problemAsWritten(path: string, message: string, { value, writtenAt }: Written): string {
  const parts = parsePath(path);
  const number = valueAt(value, parts);
  const written = writtenAt(parts);
  if (typeof number !== 'number' || written === undefined || written === String(number)) return message;
  const shown = printable(written);
  const said = message.replace(`not ${number}`, () => `not ${shown}`);
  if (!/^\d+(?:\.\d+)*$/.test(written)) return said;
  return said.replace(`"${number}"`, () => `"${shown}"`).replace(/, as written in the file/, () => `: "${shown}"`);
}

function valueAt(value: YamlValue | undefined, path: readonly (string | number)[]): YamlValue | undefined {
  let at = value;
  for (const part of path) {
    if (typeof part === 'number') at = isYamlList(at) ? at[part] : undefined;
    else at = isYamlObject(at) && Object.hasOwn(at, part) ? at[part] : undefined;
  }
  return at;
}
