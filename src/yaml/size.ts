/** Returns the offset at which the text exceeds `maxItems` lines and items, or undefined. */
export function offsetOfItem(text: string, maxItems: number): number | undefined {
  if (text.length <= maxItems) return undefined;
  let items = 0;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text.charCodeAt(at);
    if (!STRUCTURE.has(sign) && !(sign === DASH && text.charCodeAt(at + 1) === BLANK)) continue;
    items += 1;
    if (items > maxItems) return at;
  }
  return undefined;
}

/** Each value of a document has one of these before or after it. */
const STRUCTURE = new Set(Array.from('\n,[]{}', (sign) => sign.charCodeAt(0)));
const DASH = '-'.charCodeAt(0);
const BLANK = ' '.charCodeAt(0);
