/** A regular expression literal in a source file. */
export interface Found {
  readonly source: string;
  readonly flags: string;
}

/** Keywords after which a slash begins an expression, as it does after every character that does not end a value. */
const BEFORE_VALUE = new Set([
  'return',
  'typeof',
  'case',
  'in',
  'of',
  'yield',
  'await',
  'delete',
  'void',
  'else',
  'do',
]);

/** The regular expressions of a TypeScript file, in order, and the number of those that are built with the constructor. */
export function expressionsIn(code: string): { readonly literals: Found[]; readonly constructed: number } {
  const literals: Found[] = [];
  let constructed = 0;
  /** For each open template literal, the number of open braces in its current expression. */
  const holes: number[] = [];
  let previous = '';
  let at = 0;
  const skipTemplate = (): void => {
    while (at < code.length && code[at] !== '`') {
      if (code.startsWith('${', at)) {
        at += 2;
        holes.push(0);
        previous = '{';
        return;
      }
      at += code[at] === '\\' ? 2 : 1;
    }
    at++;
    previous = '`';
  };
  while (at < code.length) {
    const sign = code[at] ?? '';
    const word = /[\w$]+/y;
    word.lastIndex = at;
    const name = word.exec(code)?.[0];
    if (/\s/.test(sign)) at++;
    else if (code.startsWith('//', at) || code.startsWith('#!', at)) at = indexAfter(code, '\n', at);
    else if (code.startsWith('/*', at)) at = indexAfter(code, '*/', at);
    else if (name !== undefined) {
      if (name === 'RegExp' && code[at + name.length] === '(') constructed++;
      previous = name;
      at += name.length;
    } else if (sign === '"' || sign === "'") {
      at = endOf(code, at, sign) + 1;
      previous = sign;
    } else if (sign === '`') {
      at++;
      skipTemplate();
    } else if (sign === '}' && holes.at(-1) === 0) {
      holes.pop();
      at++;
      skipTemplate();
    } else if (sign === '/' && beginsValue(previous)) {
      const end = endOf(code, at, '/');
      const flags = /^[a-z]*/.exec(code.slice(end + 1))?.[0] ?? '';
      literals.push({ source: code.slice(at + 1, end), flags });
      at = end + 1 + flags.length;
      previous = '/re/';
    } else {
      if (sign === '{' && holes.length > 0) holes.push((holes.pop() ?? 0) + 1);
      if (sign === '}' && holes.length > 0) holes.push((holes.pop() ?? 0) - 1);
      previous = sign;
      at++;
    }
  }
  return { literals, constructed };
}

function indexAfter(code: string, sign: string, start: number): number {
  const index = code.indexOf(sign, start);
  return index < 0 ? code.length : index + sign.length;
}

/** The end of a text or expression that begins at `start`. In a class of an expression a slash needs no escape. */
function endOf(code: string, start: number, sign: string): number {
  let inClass = false;
  for (let at = start + 1; at < code.length; at++) {
    if (code[at] === '\\') at++;
    else if (sign === '/' && code[at] === '[') inClass = true;
    else if (sign === '/' && code[at] === ']') inClass = false;
    else if (code[at] === sign && !inClass) return at;
  }
  return code.length;
}

function beginsValue(previous: string): boolean {
  if (/^[\w$]/.test(previous)) return BEFORE_VALUE.has(previous);
  return !['"', "'", '`', ')', ']', '}', '/re/'].includes(previous);
}
