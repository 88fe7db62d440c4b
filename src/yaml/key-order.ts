const LETTER = /^\p{L}$/u;
const DIGIT = /^\p{Nd}$/u;

/** Compares two keys in the order in which Go's YAML prints a map: digits by value, other characters before letters, letters by code point. */
export function compareKeys(left: string, right: string): number {
  const a = Array.from(left);
  const b = Array.from(right);
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    if (a[i] !== b[i]) return compareAt(a, b, i);
  }
  return a.length - b.length;
}

function compareAt(a: readonly string[], b: readonly string[], i: number): number {
  const aIsLetter = isMember(LETTER, a[i]);
  const bIsLetter = isMember(LETTER, b[i]);
  const bySign = codePoint(a[i]) - codePoint(b[i]);
  if (aIsLetter && bIsLetter) return bySign;
  if (aIsLetter || bIsLetter) return bIsLetter ? -1 : 1;
  const behindNumber = (a[i] === '0' || b[i] === '0') && followsNonZero(a, i);
  const aNumber = readDigits(a, i, behindNumber);
  const bNumber = readDigits(b, i, behindNumber);
  if (aNumber.value !== bNumber.value) return aNumber.value < bNumber.value ? -1 : 1;
  return aNumber.end === bNumber.end ? bySign : aNumber.end - bNumber.end;
}

/** True when the digits directly before `i`, which both keys share, include one that is not 0. Zeros are then significant. */
function followsNonZero(text: readonly string[], i: number): boolean {
  for (let at = i - 1; at >= 0 && isMember(DIGIT, text[at]); at--) {
    if (text[at] !== '0') return true;
  }
  return false;
}

function readDigits(text: readonly string[], from: number, leadingOne: boolean): { value: bigint; end: number } {
  let value = leadingOne ? 1n : 0n;
  let end = from;
  // Go counts in 64 bits and lets them overflow.
  for (; isMember(DIGIT, text[end]); end++) value = BigInt.asIntN(64, value * 10n + BigInt(codePoint(text[end]) - 48));
  return { value, end };
}

function isMember(members: RegExp, character: string | undefined): boolean {
  return character !== undefined && members.test(character);
}

function codePoint(character: string | undefined): number {
  return character?.codePointAt(0) ?? 0;
}
