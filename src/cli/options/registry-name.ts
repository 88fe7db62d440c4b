import { quote } from '../../internal/quote.ts';
import { OciError, parseRepository } from '../../oci/index.ts';

/** Parses the argument `host[:port]`, with or without a scheme and a trailing slash. Throws `INVALID_REFERENCE`. */
export function parseRegistry(text: string): string {
  const name = text.replace(/^https?:\/\//, '').replace(/\/(v[12]\/?)?$/, '');
  // The name must be valid in references: a login for any other name is never used.
  if (!name.includes('/') && /[.:]|^localhost$/.test(name)) return parseRepository(`${name}/x/x`).registry;
  throw new OciError(
    'INVALID_REFERENCE',
    `invalid registry ${quote(text)}: must be host[:port], such as registry.example.com`,
  );
}
