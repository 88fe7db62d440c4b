import { createLru } from '../../internal/lru.ts';
import { orCanceled } from '../http/cancel.ts';
import type { Redactor } from '../http/redact.ts';
import type { Repository } from '../name/reference.ts';
import { type AccessRequest, createBearerTokens } from './bearer-tokens.ts';
import type { Challenge } from './challenge.ts';
import type { CredentialSource, Credentials } from './credentials.ts';
import { basicAuthorization, type Token, type TokenRequest } from './token.ts';

/** Chooses the Authorization header for one registry. */
export interface Authorizer {
  /** Returns the Authorization header for a request, or undefined if the registry has not demanded one. */
  authorize(access: AccessRequest): Promise<string | undefined>;
  /** Records the challenge of a 401 response to a request with the header `sent`. Returns true if a retry may succeed. */
  challenged(access: AccessRequest, challenge: Challenge | undefined, sent: string | undefined): boolean;
  /** Describes the login that a rejected request used, for messages; undefined if the registry has not demanded one. */
  describeLogin(access: AccessRequest): string | undefined;
  /** Drops credentials that expired without a challenge, as those of ECR do. Returns true if there were any. */
  expired(access: AccessRequest, sent: string | undefined): boolean;
}

/** The number of repositories whose login is remembered for messages. */
const MAX_LOGINS = 256;

/** Creates the {@link Authorizer} of one registry. */
export function createAuthorizer(
  source: CredentialSource,
  fetchToken: (request: TokenRequest) => Promise<Token>,
  redactor: Redactor,
): Authorizer {
  let known: Challenge | undefined;
  const logins = createLru<string, string>({ maxEntries: MAX_LOGINS });
  const tokens = createBearerTokens(credentialsFor, fetchToken, redactor);

  async function credentialsFor({ repository }: AccessRequest): Promise<Credentials | undefined> {
    const credentials = await source.get(repository);
    logins.set(repository.repository, describe(repository, credentials));
    for (const secret of secretsOf(credentials)) redactor.remember(secret);
    return credentials;
  }

  return {
    async authorize(access) {
      if (known === undefined) return undefined;
      if (known.kind === 'bearer') return `Bearer ${await tokens.get(access, known)}`;
      const credentials = await orCanceled(credentialsFor(access), access.signal);
      if (credentials?.kind === 'basic') return basicAuthorization(credentials);
      return credentials?.kind === 'registry-token' ? `Bearer ${credentials.token}` : undefined;
    },
    challenged(access, challenge, sent) {
      if (challenge === undefined) return false;
      known = challenge;
      tokens.drop(access, challenge);
      if (challenge.kind === 'basic' && sent !== undefined) source.drop?.(access.repository.registry);
      return true;
    },
    describeLogin: ({ repository }) => logins.get(repository.repository),
    expired(access, sent) {
      if (sent === undefined) return false;
      tokens.drop(access);
      source.drop?.(access.repository.registry);
      return true;
    },
  };
}

/** Lists the secrets of credentials in the forms in which a server may repeat them. */
function secretsOf(credentials: Credentials | undefined): readonly string[] {
  if (credentials === undefined) return [];
  if (credentials.kind !== 'basic') return [credentials.token];
  return [credentials.password, basicAuthorization(credentials).slice('Basic '.length)];
}

function describe({ registry }: Repository, credentials: Credentials | undefined): string {
  if (credentials === undefined) return `no login found for ${registry}`;
  return credentials.from === undefined ? 'with the given login' : `with the login from ${credentials.from}`;
}
