import { trimEnd } from '../internal/trim.ts';

const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;
const MAX_UINT64 = 2n ** 64n - 1n;

/**
 * Returns a signed or unsigned 64-bit integer as a number if that is exact, otherwise as a bigint. Returns undefined for a value outside
 * that range.
 */
export function integer64(value: bigint): number | bigint | undefined {
  if (value < MIN_INT64 || value > MAX_UINT64) return undefined;
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

/** True when an integer fits into 64 bits only if it is unsigned. */
export function isUnsignedOnly(value: number | bigint): boolean {
  return value > MAX_INT64;
}

/**
 * Parses a Go integer literal: a sign, then decimal, 0x, 0b, 0o or a leading 0 for octal. Returns undefined for any other text and for more
 * than 64 bits.
 */
export function parseGoInteger(text: string): number | bigint | undefined {
  const match = /^([-+]?)(?:(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+)|0([0-7]+)|(0|[1-9][0-9]*))$/.exec(text);
  if (match === null) return undefined;
  const [, sign, prefixed, octal, decimal] = match;
  const magnitude = BigInt(prefixed ?? decimal ?? `0o${octal}`);
  if (sign === '+' && magnitude > MAX_INT64) return undefined;
  return integer64(sign === '-' ? -magnitude : magnitude);
}

/**
 * Prints a number as Go's YAML does after JSON: 64-bit integers in full, other numbers in the shortest form that reads back as the same
 * double, with an exponent below 1e-4 and from 1e6.
 */
export function printNumber(value: number | bigint): string {
  if (typeof value === 'bigint') return integer64(value) === undefined ? printDouble(Number(value)) : value.toString();
  if (Number.isSafeInteger(value)) return String(value + 0);
  if (Number.isInteger(value) && Math.abs(value) < 1e21 && integer64(BigInt(String(value))) !== undefined)
    return String(value);
  return printDouble(value);
}

function printDouble(value: number): string {
  return generalForm(value.toExponential());
}

/** Prints a number that is the key of a map: like {@link printNumber}, but rounded to the nearest single-precision number. */
export function printFloatKey(value: number): string {
  const single = Math.fround(value);
  if (!Number.isFinite(single)) return single > 0 ? '.inf' : '-.inf';
  let digits = 0;
  while (digits < 9 && Math.fround(Number(single.toExponential(digits))) !== single) digits++;
  return Object.is(single, -0) ? '-0' : generalForm(single.toExponential(digits));
}

/** Converts JavaScript's exponential form to that of Go's format `g` with the shortest precision. */
function generalForm(exponential: string): string {
  const match = /^(-?)(\d)(?:\.(\d+))?e([-+]\d+)$/.exec(exponential);
  if (match === null) return exponential;
  const [, sign = '', first = '', rest = '', power = ''] = match;
  const exponent = Number(power);
  const digits = trimEnd(`${first}${rest}`, '0') || '0';
  if (exponent < -4 || exponent >= 6) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
    const magnitude = String(Math.abs(exponent)).padStart(2, '0');
    return `${sign}${digits.slice(0, 1)}${fraction}e${exponent < 0 ? '-' : '+'}${magnitude}`;
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  const fraction = digits.slice(exponent + 1);
  return fraction === '' ? `${sign}${whole}` : `${sign}${whole}.${fraction}`;
}
