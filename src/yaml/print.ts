import { utf8Length } from '../internal/bytes/bytes.ts';
import { analyzeScalar } from './analyze.ts';
import { compareKeys } from './key-order.ts';
import { printNumber } from './number.ts';
import { isSexagesimal, resolveScalar } from './resolve.ts';
import { isYamlList, isYamlObject, type YamlObject, type YamlValue } from './value.ts';
import {
  createWriter,
  writeDoubleQuoted,
  writeIndent,
  writeIndicator,
  writeLiteral,
  writePlain,
  writeSingleQuoted,
  type YamlWriter,
} from './writer.ts';

/** A key with more UTF-8 bytes is written after `?`. */
const MAX_SIMPLE_KEY_BYTES = 128;

/** The position of a value: below a key or as a key (`mapping`), and as a key on the same line as its value (`simple`). */
interface Position {
  readonly indent: number;
  readonly mapping: boolean;
  readonly simple: boolean;
}

/**
 * Prints a value as YAML, byte for byte as `sigs.k8s.io/yaml` v1.6 prints its JSON: keys in natural order, lists not indented below their
 * key, lines folded at blanks after column 80. Ends with a line break.
 */
export function printYaml(value: YamlValue): string {
  const writer = createWriter();
  writeValue(writer, value, { indent: -1, mapping: false, simple: false });
  writeIndent(writer, 0);
  return writer.text;
}

function writeValue(writer: YamlWriter, value: YamlValue, position: Position): void {
  if (isYamlList(value)) writeList(writer, value, position);
  else if (isYamlObject(value)) writeObject(writer, value, position);
  else if (typeof value === 'string') writeString(writer, value, position);
  else writePlain(writer, printScalar(value), 0, false);
}

function printScalar(value: null | boolean | number | bigint): string {
  return value === null || typeof value === 'boolean' ? String(value) : printNumber(value);
}

function writeList(writer: YamlWriter, list: readonly YamlValue[], position: Position): void {
  if (list.length === 0) writeEmpty(writer, '[', ']');
  const compact = position.mapping && !writer.indention;
  const indent = compact ? position.indent : deeper(position.indent);
  for (const item of list) {
    writeIndent(writer, indent);
    writeIndicator(writer, '-', true, true);
    writeValue(writer, item, { indent, mapping: false, simple: false });
  }
}

function writeObject(writer: YamlWriter, object: YamlObject, position: Position): void {
  const entries = Object.entries(object).filter(([, value]) => value !== undefined);
  if (entries.length === 0) writeEmpty(writer, '{', '}');
  const indent = deeper(position.indent);
  entries.sort(([a], [b]) => compareKeys(a, b));
  for (const [key, value = null] of entries) {
    writeIndent(writer, indent);
    writeKey(writer, throughJson(key), indent);
    writeValue(writer, value, { indent, mapping: true, simple: false });
  }
}

function writeKey(writer: YamlWriter, key: string, indent: number): void {
  if (isSimpleKey(key)) {
    writeString(writer, key, { indent, mapping: true, simple: true });
    writeIndicator(writer, ':', false);
    return;
  }
  writeIndicator(writer, '?', true, true);
  writeString(writer, key, { indent, mapping: true, simple: false });
  writeIndent(writer, indent);
  writeIndicator(writer, ':', true, true);
}

function isSimpleKey(key: string): boolean {
  return utf8Length(key) <= MAX_SIMPLE_KEY_BYTES && !analyzeScalar(key).multiline;
}

function writeEmpty(writer: YamlWriter, open: string, close: string): void {
  writeIndicator(writer, open, true);
  writer.whitespace = true;
  writeIndicator(writer, close, false);
}

function writeString(writer: YamlWriter, value: string, position: Position): void {
  const text = throughJson(value);
  const allowed = analyzeScalar(text);
  const indent = position.indent < 0 ? 2 : deeper(position.indent);
  const mayFold = !position.simple;
  if (text.includes('\n')) {
    if (allowed.block && !position.simple) writeLiteral(writer, text, indent);
    else writeDoubleQuoted(writer, text, indent, mayFold);
  } else if (resolveScalar(text).kind !== 'text' || isSexagesimal(text))
    writeDoubleQuoted(writer, text, indent, mayFold);
  else if (allowed.plain) writePlain(writer, text, indent, mayFold);
  else if (allowed.single) writeSingleQuoted(writer, text, indent, mayFold);
  else writeDoubleQuoted(writer, text, indent, mayFold);
}

/** Converts a string as Go does, which writes JSON and reads it as YAML: a next-line character (U+0085) becomes a line break. */
function throughJson(value: string): string {
  if (!/[\u0085\ud800-\udfff]/.test(value)) return value;
  return value
    .replace(/\p{Surrogate}/gu, '\uFFFD')
    .replace(/[ \u0085]+/g, (run) =>
      run.includes('\u0085') ? '\n'.repeat(run.split('\u0085').length - 2) || ' ' : run,
    );
}

function deeper(indent: number): number {
  return indent < 0 ? 0 : indent + 2;
}

/** Prints a value as JSON, indented by two blanks, with a line break at the end. 64-bit integers keep all their digits. */
export function printJson(value: YamlValue): string {
  return `${jsonOf(value, '\n')}\n`;
}

function jsonOf(value: YamlValue, newLine: string): string {
  const inner = `${newLine}  `;
  if (isYamlList(value)) {
    const items = value.map((item) => jsonOf(item, inner));
    return items.length === 0 ? '[]' : `[${inner}${items.join(`,${inner}`)}${newLine}]`;
  }
  if (isYamlObject(value)) {
    const fields = Object.entries(value).flatMap(([key, item]) => {
      return item === undefined ? [] : [`${JSON.stringify(key)}: ${jsonOf(item, inner)}`];
    });
    return fields.length === 0 ? '{}' : `{${inner}${fields.join(`,${inner}`)}${newLine}}`;
  }
  return typeof value === 'bigint' ? printNumber(value) : JSON.stringify(value);
}
