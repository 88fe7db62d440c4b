import { SOURCES, type Texts } from '../model/problems.ts';

/** The maximum length of the decompressed state of a link, in characters. */
const MAX_STATE = 2_000_000;
const PREFIX = '#v1=';

/** Thrown for a link whose state is invalid. */
export class LinkError extends Error {
  override readonly name = 'LinkError';
}

/** Encodes the texts as the fragment of a link: JSON, deflated, in base64url. */
export async function encodeLink(texts: Texts): Promise<string> {
  const json = new Blob([JSON.stringify(SOURCES.map((source) => texts[source]))]);
  const packed = await new Response(json.stream().pipeThrough(new CompressionStream('deflate-raw'))).arrayBuffer();
  let binary = '';
  for (const byte of new Uint8Array(packed)) binary += String.fromCharCode(byte);
  return PREFIX + btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** Decodes the texts of a fragment. Returns undefined for a fragment without a state. Throws {@link LinkError}. */
export async function decodeLink(fragment: string): Promise<Texts | undefined> {
  if (fragment === '' || fragment === '#') return undefined;
  try {
    if (!fragment.startsWith(PREFIX)) throw new TypeError('unknown version');
    const base64 = fragment.slice(PREFIX.length).replaceAll('-', '+').replaceAll('_', '/');
    const packed = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const list: unknown = JSON.parse(await inflate(packed));
    if (!Array.isArray(list) || list.length !== SOURCES.length) throw new TypeError('not a list of texts');
    const [claim = '', composition = '', observed = '', definition = ''] = list.map(textOf);
    return { claim, composition, observed, definition };
  } catch (cause) {
    throw new LinkError('Cannot read the link: it is damaged or truncated.', { cause });
  }
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new TypeError('not a text');
}

/** Decompresses a text. A short link can contain an enormous text, so decompression stops at the limit. */
async function inflate(packed: Uint8Array<ArrayBuffer>): Promise<string> {
  const reader = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate-raw')).getReader();
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let text = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    text += decoder.decode(value, { stream: true });
    if (text.length <= MAX_STATE) continue;
    await reader.cancel();
    throw new TypeError('too large');
  }
}
