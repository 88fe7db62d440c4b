import * as z from 'zod/mini';
import { parseAs } from '../../internal/parse-as.ts';
import { trimEnd } from '../../internal/trim.ts';
import { OciError } from '../errors.ts';
import type { Credentials } from './credentials.ts';

/** An entry of `auths` in a Docker config or pull secret. */
export const authEntrySchema = z.object({
  auth: z.nullish(z.string()),
  username: z.nullish(z.string()),
  password: z.nullish(z.string()),
  identitytoken: z.nullish(z.string()),
  registrytoken: z.nullish(z.string()),
});
export type AuthEntry = z.infer<typeof authEntrySchema>;

/**
 * Returns the credentials of the entry at `where`, or undefined for an empty entry. `auth` takes precedence over user name and password.
 * Throws `INVALID_CREDENTIALS` if `auth` is not the base64 encoding of `user:password`.
 */
export function entryCredentials(entry: AuthEntry, where: string): Credentials | undefined {
  if (entry.registrytoken) return { kind: 'registry-token', token: entry.registrytoken, from: where };
  if (entry.identitytoken) return { kind: 'identity-token', token: entry.identitytoken, from: where };
  if (entry.auth) return decodeAuth(entry.auth, where);
  if (!entry.username && !entry.password) return undefined;
  return { kind: 'basic', username: entry.username ?? '', password: entry.password ?? '', from: where };
}

/** Parses JSON that contains secrets. Throws `INVALID_CREDENTIALS` without a cause, since the parser's own error quotes the text. */
export function parseSecretJson<T>(text: string, schema: z.ZodMiniType<T>, where: string): T {
  const parsed = parseAs(text, schema);
  if ('problem' in parsed) throw new OciError('INVALID_CREDENTIALS', `cannot read ${where}: ${parsed.problem}`);
  return parsed.value;
}

function decodeAuth(auth: string, where: string): Credentials {
  const text = trimEnd(Buffer.from(auth, 'base64').toString('utf8'), '\0');
  const colon = text.indexOf(':');
  if (colon < 0) {
    throw new OciError(
      'INVALID_CREDENTIALS',
      `cannot use ${where}: "auth" must be the base64 encoding of user:password`,
    );
  }
  return { kind: 'basic', username: text.slice(0, colon), password: text.slice(colon + 1), from: where };
}
