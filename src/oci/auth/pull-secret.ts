import * as z from 'zod/mini';
import { quote } from '../../internal/quote.ts';
import { formatSize, KIB } from '../../internal/size.ts';
import { OciError } from '../errors.ts';
import type { Repository } from '../name/reference.ts';
import { type AuthEntry, authEntrySchema, parseSecretJson } from './auth-entry.ts';
import type { CredentialSource, Credentials } from './credentials.ts';
import { findLogin, type KeyedLogin, PULL_SECRET_RULE } from './find-login.ts';

/** The parts of a Kubernetes Secret that make it a pull secret; `data` holds base64, as the API serves it. */
export interface PullSecret {
  readonly name: string;
  readonly type?: string | undefined;
  readonly data?: Readonly<Record<string, string>> | undefined;
}

/** Characters of one config in base64; an entry has some hundred. */
const MAX_CONFIG_LENGTH = 128 * KIB;
/** Entries of all pull secrets of a source. */
const MAX_ENTRIES = 200;
/** Characters of a registry with a path; a registry has at most 255, and so has a path. */
const MAX_KEY_LENGTH = 600;

const entriesSchema = z.record(z.string(), authEntrySchema);
const configJsonSchema = z.object({ auths: z.nullish(entriesSchema) });

/**
 * The credentials for a repository out of pull secrets (types kubernetes.io/dockerconfigjson and kubernetes.io/dockercfg; others are ignored), as
 * {@link PULL_SECRET_RULE} finds them; of equal keys, the first. Throws `INVALID_CREDENTIALS` for a secret that does not hold what its type says.
 */
export function pullSecretCredentials(secrets: readonly PullSecret[], repository: Repository): Credentials | undefined {
  return findLogin(loginsOf(secrets), repository, PULL_SECRET_RULE);
}

/** {@link pullSecretCredentials} as a {@link CredentialSource}. */
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
      throw new OciError('INVALID_CREDENTIALS', `the pull secrets have more than ${MAX_ENTRIES} entries together`);
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
      `cannot read ${where}: it is over the limit of ${formatSize(MAX_CONFIG_LENGTH)}`,
    );
  }
  return Buffer.from(base64, 'base64').toString('utf8');
}

function toLogins(auths: Readonly<Record<string, AuthEntry>>, where: string): KeyedLogin[] {
  return Object.entries(auths).map(([key, entry]) => {
    if (key.length <= MAX_KEY_LENGTH) return { key, entry, where };
    const why = `an entry is for ${quote(key)}, which is too long`;
    throw new OciError('INVALID_CREDENTIALS', `cannot read ${where}: ${why}`);
  });
}
