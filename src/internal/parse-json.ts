/** The error for JSON with more values than the reader allows. */
export class JsonLimitError extends SyntaxError {
  override readonly name = 'JsonLimitError';
}

/** The maximum number of values: more than any sensible manifest of 4 MiB has. */
const MAX_ITEMS = 100_000;

/**
 * Parses untrusted bytes as JSON. Throws SyntaxError for bytes that are not JSON in UTF-8, and {@link JsonLimitError} for more than
 * `maxItems` values: a value can take one byte of text and fifty of memory, and parsing cannot be interrupted.
 */
export function parseJson(bytes: Uint8Array, maxItems = MAX_ITEMS): unknown {
  if (bytes.byteLength > maxItems) checkItems(bytes, maxItems);
  return JSON.parse(decode(bytes));
}

/** Parses JSON as {@link parseJson} does, but returns undefined for invalid JSON: the parser's error would quote the text. */
export function parseJsonOrUndefined(json: Uint8Array | string): unknown {
  try {
    return typeof json === 'string' ? JSON.parse(json) : parseJson(json);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new SyntaxError('it is not UTF-8', { cause: error });
  }
}

function checkItems(bytes: Uint8Array, maxItems: number): void {
  let items = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === QUOTE) at = endOfString(bytes, at);
    else if (byte === COMMA || byte === BRACKET || byte === BRACE) items += 1;
    if (items > maxItems) throw new JsonLimitError(`it has more than ${maxItems} values`);
  }
}

function endOfString(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at;
}

const [QUOTE, COMMA, BRACKET, BRACE, BACKSLASH] = Array.from('",[{\\', (sign) => sign.charCodeAt(0));
