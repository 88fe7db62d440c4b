import { quote } from '../../../internal/quote.ts';

/** Formats the path of a field below `root`. A name that could be confused with other parts of a message is quoted. */
export function formatPath(root: string, path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    const name = String(part);
    if (!PLAIN_NAME.test(name) || name.length > MAX_NAME_LENGTH) return `${text}[${quote(name, MAX_NAME_LENGTH)}]`;
    return text === '' ? name : `${text}.${name}`;
  }, root);
}

const MAX_NAME_LENGTH = 100;
const PLAIN_NAME = /^[\w@+=/:.-]+$/;
