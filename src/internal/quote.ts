const MAX_LENGTH = 100;
const MAX_WORDS = 20;

// Control, format, surrogate and default-ignorable characters, and the separators U+2028 and U+2029: they hide text, reorder it, or
// control a terminal. https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{DI}]/gu;
const UNSAFE_BUT_LINES = /[^\P{Cc}\n\t]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{DI}]/gu;

/** Returns `value` as JSON for a message, truncated to `max` characters, with unsafe characters escaped; `nothing` for undefined. */
export function quote(value: unknown, max = MAX_LENGTH): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string') return escapeAll(JSON.stringify(cut(value, max)));
  return escapeAll(cut(jsonUpTo(value, max + 1), max));
}

/** Returns `text` for a message without quotes, truncated to `max` characters, with unsafe characters escaped. */
export function printable(text: string, max = MAX_LENGTH): string {
  return escapeAll(cut(text, max));
}

/** Returns a message with unsafe characters escaped, except line breaks and tabs. */
export function printableLines(text: string, max = Number.POSITIVE_INFINITY): string {
  return cut(text, max).replace(UNSAFE_BUT_LINES, escapeCharacter);
}

/** Joins words for a message: the first `max` of them, and the number of others. */
export function listed(words: readonly string[], max = MAX_WORDS): string {
  const shown = words.slice(0, max).map((word) => printable(word));
  const more = words.length - shown.length;
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ');
}

/** Returns `text` truncated to `max` characters, with an ellipsis if it was longer. */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  // Do not split a surrogate pair.
  const end = isHighSurrogate(text.charCodeAt(max - 1)) ? max - 1 : max;
  return `${text.slice(0, end)}…`;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function escapeAll(text: string): string {
  return text.replace(UNSAFE, escapeCharacter);
}

/** Escapes a character as JSON does, so that the value of JSON does not change. */
function escapeCharacter(character: string): string {
  let escaped = '';
  for (let index = 0; index < character.length; index++) {
    escaped += `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`;
  }
  return escaped;
}

/** Returns the JSON of `value`, or its beginning if it has more than `room` characters, so that a large value is not formatted completely. */
function jsonUpTo(value: unknown, room: number): string {
  if (typeof value === 'string') return JSON.stringify(cut(value, room));
  if (typeof value !== 'object' || value === null) return String(JSON.stringify(value));
  const isArray = Array.isArray(value);
  let text = isArray ? '[' : '{';
  let isFirst = true;
  for (const [key, item] of entriesOf(value)) {
    if (item === undefined) continue;
    if (!isFirst) text += ',';
    isFirst = false;
    if (!isArray) text += `${JSON.stringify(cut(key, room))}:`;
    if (text.length > room) return text;
    text += jsonUpTo(item, room - text.length);
    if (text.length > room) return text;
  }
  return text + (isArray ? ']' : '}');
}

function* entriesOf(value: object): Iterable<[string, unknown]> {
  if (Array.isArray(value)) for (const item of value) yield ['', item === undefined ? null : item];
  else for (const key in value) if (Object.hasOwn(value, key)) yield [key, Reflect.get(value, key)];
}
