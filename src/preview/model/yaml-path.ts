/** A position in a YAML text in block style, determined by the indentation. The text may be incomplete while a person types. */
export interface YamlPlace {
  /** The path of the object or list that contains the position. */
  readonly path: readonly (string | number)[];
  /** The field whose value is at the position; undefined at the name of a field. */
  readonly key: string | undefined;
  /** The fields that the same object already has. */
  readonly siblings: readonly string[];
}

interface Line {
  /** The number of columns before the field's name, including dashes of lists. */
  readonly indent: number;
  /** The columns of the dashes before the name. */
  readonly dashes: readonly number[];
  readonly key: string | undefined;
}

const LINE = /^((?: |- )*)(?:(?:"([^"]*)"|([\w./-]+)):(?=\s|$))?/;

/** Returns the place at a column of a line, both counted from 0. */
export function placeAt(lines: readonly string[], line: number, column: number): YamlPlace {
  const text = lines[line] ?? '';
  const current = readLine(text);
  const inValue = current.key !== undefined && column > text.indexOf(':');
  const indent = current.key === undefined && text.trim() === '' ? column : current.indent;
  const start = { ...current, indent };
  return {
    path: parentsOf(lines, line, start),
    key: inValue ? current.key : undefined,
    siblings: siblingsOf(lines, line, indent),
  };
}

function readLine(text: string): Line {
  const [, lead = '', quoted, plain] = LINE.exec(text) ?? [];
  const dashes = [...lead].flatMap((character, index) => (character === '-' ? [index] : []));
  return { indent: lead.length, dashes, key: quoted ?? plain };
}

function parentsOf(lines: readonly string[], line: number, start: Line): (string | number)[] {
  const path: (string | number)[] = [];
  let keysBefore = start.indent;
  let dashesBefore = start.indent;
  for (let at = line; at >= 0; at--) {
    const text = lines[at] ?? '';
    if (/^---/.test(text)) break;
    if (/^\s*(#|$)/.test(text) && at !== line) continue;
    const { key, indent, dashes } = at === line ? { ...start, key: undefined } : readLine(text);
    if (key !== undefined && indent < keysBefore) {
      path.unshift(key);
      keysBefore = indent;
      dashesBefore = indent;
    }
    for (const dash of dashes.toReversed()) {
      if (dash >= dashesBefore) continue;
      path.unshift(0);
      // The field that contains the list may be in the same column as its dashes; other dashes in that column belong to the same list.
      keysBefore = dash + 1;
      dashesBefore = dash;
    }
  }
  return path;
}

function siblingsOf(lines: readonly string[], line: number, indent: number): string[] {
  const found: string[] = [];
  const collect = (step: 1 | -1) => {
    for (let at = line + step; at >= 0 && at < lines.length; at += step) {
      const text = lines[at] ?? '';
      if (/^\s*(#|$)/.test(text)) continue;
      const here = readLine(text);
      if (here.indent < indent || /^---/.test(text)) return;
      if (here.indent > indent) continue;
      if (step === 1 && here.dashes.length > 0) return;
      if (here.key !== undefined) found.push(here.key);
      if (step === -1 && here.dashes.length > 0) return;
    }
  };
  if (!/^\s*- /.test(lines[line] ?? '')) collect(-1);
  collect(1);
  return found;
}
