import { integer64, parseGoInteger } from './number.ts';

/** The value of an unquoted scalar; `text` when it is a string. */
export type Resolved =
  | { readonly kind: 'null' }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'integer'; readonly value: number | bigint }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'timestamp' }
  | { readonly kind: 'text' };

const TEXT: Resolved = { kind: 'text' };
const TIMESTAMP: Resolved = { kind: 'timestamp' };

const WORDS = new Map<string, Resolved>([
  ...words({ kind: 'null' }, '', '~', 'null', 'Null', 'NULL'),
  ...words({ kind: 'boolean', value: true }, 'y', 'Y', 'yes', 'Yes', 'YES', 'on', 'On', 'ON', 'true', 'True', 'TRUE'),
  ...words(
    { kind: 'boolean', value: false },
    'n',
    'N',
    'no',
    'No',
    'NO',
    'off',
    'Off',
    'OFF',
    'false',
    'False',
    'FALSE',
  ),
  ...words({ kind: 'float', value: Number.NaN }, '.nan', '.NaN', '.NAN'),
  ...words({ kind: 'float', value: Infinity }, '.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF'),
  ...words({ kind: 'float', value: -Infinity }, '-.inf', '-.Inf', '-.INF'),
]);

function words(meaning: Resolved, ...texts: readonly string[]): [string, Resolved][] {
  return texts.map((text) => [text, meaning]);
}

/**
 * Resolves an unquoted scalar by the rules of YAML 1.1, as Kubernetes reads it. Sexagesimal numbers are text, as are numbers that fit
 * neither into 64 bits nor into a double. Timestamps are recognized if `dates` is true.
 */
export function resolveScalar(text: string, dates = true): Resolved {
  if (text !== '' && !/^[-+.0-9yYnNtTfFoO~]/.test(text)) return TEXT;
  const word = WORDS.get(text);
  if (word !== undefined) return word;
  if (/^\./.test(text)) return resolveFloat(text, /^\.\d+(?:_\d+)*(?:[eE][-+]?\d+(?:_\d+)*)?$/);
  return /^[-+0-9]/.test(text) ? resolveNumber(text, dates) : TEXT;
}

function resolveNumber(text: string, dates: boolean): Resolved {
  if (dates && isTimestamp(text)) return TIMESTAMP;
  const plain = text.replaceAll('_', '');
  const value = parseGoInteger(plain) ?? parseSignedBinary(plain);
  if (value !== undefined) return { kind: 'integer', value };
  return resolveFloat(plain, /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/);
}

/** Parses a binary number, whose sign may follow the prefix. */
function parseSignedBinary(text: string): number | bigint | undefined {
  const match = /^0b([-+])([01]+)$/.exec(text);
  if (match === null) return undefined;
  const magnitude = BigInt(`0b${match[2]}`);
  const value = match[1] === '-' ? -magnitude : magnitude;
  return value < 2n ** 63n ? integer64(value) : undefined;
}

function resolveFloat(text: string, form: RegExp): Resolved {
  const value = form.test(text) ? Number(text.replaceAll('_', '')) : Number.NaN;
  return Number.isFinite(value) ? { kind: 'float', value } : TEXT;
}

const DATE = /^(\d{4})-(\d\d?)-(\d\d?)(?:[Tt](.*)(?:Z|[-+](\d\d):(\d\d))| +(.*))?$/;
const TIME = /^(\d\d?):(\d\d?):(\d\d?)(?:[.,]\d+)?$/;

/** True for a date, or a date and time with `T` and a zone, or with blanks and no zone. Single digits are allowed; impossible days are not. */
function isTimestamp(text: string): boolean {
  const match = DATE.exec(text);
  if (match === null) return false;
  const [, year, month, day, zoned, zoneHours, zoneMinutes, local] = match;
  if (!isDay(Number(year), Number(month), Number(day))) return false;
  if (Number(zoneHours ?? 0) > 24 || Number(zoneMinutes ?? 0) > 60) return false;
  const time = zoned ?? local;
  return time === undefined || isTime(time);
}

function isDay(year: number, month: number, day: number): boolean {
  if (month < 1 || month > 12 || day < 1) return false;
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = month === 2 ? (leap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;
  return day <= days;
}

function isTime(text: string): boolean {
  const match = TIME.exec(text);
  return match !== null && Number(match[1]) < 24 && Number(match[2]) < 60 && Number(match[3]) < 60;
}

/** True for text in the form of a YAML 1.1 sexagesimal number, which is read as text but quoted when printed. */
export function isSexagesimal(text: string): boolean {
  return /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/.test(text);
}
