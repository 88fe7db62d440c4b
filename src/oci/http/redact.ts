import { OciError } from '../errors.ts';

// Query parameters that are safe to show. All others are masked, since they may be part of a signature.
const HARMLESS = new Set(['n', 'last', 'artifactType', 'service', 'scope', 'digest', 'mount', 'from']);

/** Formats a URL for messages, without user, password and fragment, and with harmless query values only. */
export function maskUrl(url: URL): string {
  const query = [...url.searchParams].map(([name, value]) => `${name}=${HARMLESS.has(name) ? value : 'REDACTED'}`);
  return `${url.origin}${url.pathname}${query.length > 0 ? `?${query.join('&')}` : ''}`;
}

/** Remembers secrets and removes them from text that a server sent. */
export interface Redactor {
  remember(secret: string): void;
  redact(text: string): string;
}

/** Creates a {@link Redactor} for the latest 64 secrets. Secrets of less than four characters are ignored, since they would mask ordinary words. */
export function createRedactor(): Redactor {
  const secrets = new Set<string>();
  return {
    remember(secret) {
      if (secret.length < 4) return;
      secrets.delete(secret);
      secrets.add(secret);
      const [oldest] = secrets;
      if (secrets.size > 64 && oldest !== undefined) secrets.delete(oldest);
    },
    redact(text) {
      let clean = text;
      for (const secret of secrets) clean = clean.replaceAll(secret, 'REDACTED');
      return clean;
    },
  };
}

/** Parses a URL. The error does not contain the text, unlike that of `new URL`. */
export function parseUrl(text: string, base: URL | undefined, what: string): URL {
  if (URL.canParse(text, base?.href)) return new URL(text, base);
  throw new OciError('INVALID_RESPONSE', `${what} is not a valid URL`);
}
