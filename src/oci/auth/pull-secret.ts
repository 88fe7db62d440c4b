import * as z from 'zod/mini';
import { quote } from '../../internal/quote.ts';
import { formatSize, KIB } from '../../internal/size.ts';
import { OciError } from '../errors.ts';
import type { Repository } from '../name/reference.ts';
import { type AuthEntry, authEntrySchema, parseSecretJson } from './auth-entry.ts';
import type { CredentialSource, Credentials } from './credentials.ts';
import { findLogin, type KeyedLogin, PULL_SECRET_RULE } from './find-login.ts';

/** The fields of a Kubernetes Secret that a pull secret consists of. `data` contains base64, as in the API. */
export interface PullSecret {
  readonly name: string;
  readonly type?: string | undefined;
  readonly data?: Readonly<Record<string, string>> | undefined;
}

/** The limit of a base64-encoded config in characters. An entry has a few hundred. */
const MAX_CONFIG_LENGTH = 128 * KIB;
/** The limit of entries in all pull secrets of a source. */
const MAX_ENTRIES = 200;
/** The limit of a key in characters. A registry has at most 255 characters, and a path as well. */
const MAX_KEY_LENGTH = 600;

const entriesSchema = z.record(z.string(), authEntrySchema);
const configJsonSchema = z.object({ auths: z.nullish(entriesSchema) });

/**
 * Returns the credentials for a repository in pull secrets of the types kubernetes.io/dockerconfigjson and kubernetes.io/dockercfg, by
 * {@link PULL_SECRET_RULE}. Other types are ignored. Of equal keys, the first takes precedence. Throws `INVALID_CREDENTIALS` for a secret
 * whose data does not conform to its type.
 */
export function pullSecretCredentials(secrets: readonly PullSecret[], repository: Repository): Credentials | undefined {
  return findLogin(loginsOf(secrets), repository, PULL_SECRET_RULE);
}

/** Returns a {@link CredentialSource} with the results of {@link pullSecretCredentials}. */
export function pullSecretSource(secrets: readonly PullSecret[]): CredentialSource {
  let logins: readonly KeyedLogin[] | undefined;
  return {
    async get(repository) {
      logins ??= loginsOf(secrets);
      return findLogin(logins, repository, PULL_SECRET_RULE);
    },
  };
}

function loginsOf(secrets: readonly PullSecret[]): KeyedLogin[] {
  const logins: KeyedLogin[] = [];
  for (const secret of secrets) {
    logins.push(...parseSecret(secret));
    if (logins.length > MAX_ENTRIES) {
      throw new OciError('INVALID_CREDENTIALS', `the pull secrets must have at most ${MAX_ENTRIES} entries in total`);
    }
  }
  return logins;
}

function parseSecret({ name, type, data = {} }: PullSecret): KeyedLogin[] {
  if (type === 'kubernetes.io/dockerconfigjson' && data['.dockerconfigjson'] !== undefined) {
    const where = `the Secret ${name}, key .dockerconfigjson`;
    return toLogins(
      parseSecretJson(decode(data['.dockerconfigjson'], where), configJsonSchema, where).auths ?? {},
      where,
    );
  }
  if (type === 'kubernetes.io/dockercfg' && data['.dockercfg'] !== undefined) {
    const where = `the Secret ${name}, key .dockercfg`;
    return toLogins(parseSecretJson(decode(data['.dockercfg'], where), entriesSchema, where), where);
  }
  return [];
}

function decode(base64: string, where: string): string {
  if (base64.length > MAX_CONFIG_LENGTH) {
    throw new OciError(
      'INVALID_CREDENTIALS',
      `cannot read ${where}: must have at most ${formatSize(MAX_CONFIG_LENGTH)}`,
    );
  }
  return Buffer.from(base64, 'base64').toString('utf8');
}

function toLogins(auths: Readonly<Record<string, AuthEntry>>, where: string): KeyedLogin[] {
  return Object.entries(auths).map(([key, entry]) => {
    if (key.length <= MAX_KEY_LENGTH) return { key, entry, where };
    const why = `the key ${quote(key)} must have at most ${MAX_KEY_LENGTH} characters`;
    throw new OciError('INVALID_CREDENTIALS', `cannot read ${where}: ${why}`);
  });
}
