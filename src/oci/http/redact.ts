import { OciError } from '../errors.ts';

// Query parameters that are safe to show. All others may be part of a signature and are masked.
const HARMLESS = new Set(['n', 'last', 'artifactType', 'service', 'scope', 'digest', 'mount', 'from']);

/** A URL for messages: no user, no password, no fragment, and only the query values that are known to be harmless. */
export function maskUrl(url: URL): string {
  const query = [...url.searchParams].map(([name, value]) => `${name}=${HARMLESS.has(name) ? value : 'REDACTED'}`);
  return `${url.origin}${url.pathname}${query.length > 0 ? `?${query.join('&')}` : ''}`;
}

/** Remembers secrets and removes them from the text of a server. */
export interface Redactor {
  remember(secret: string): void;
  redact(text: string): string;
}

/** Makes a {@link Redactor}. Keeps the latest 64 secrets; those shorter than four characters would mask ordinary words and are not kept. */
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

/** Parses a URL without leaking it: the error of `new URL` carries its whole input. */
export function parseUrl(text: string, base: URL | undefined, what: string): URL {
  if (URL.canParse(text, base?.href)) return new URL(text, base);
  throw new OciError('INVALID_RESPONSE', `${what} is not a URL`);
}
