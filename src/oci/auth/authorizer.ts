import { createLru } from '../../internal/lru.ts';
import { OciError } from '../errors.ts';
import { orCanceled, startDeadline } from '../http/cancel.ts';
import type { Redactor } from '../http/redact.ts';
import type { Repository } from '../name/reference.ts';
import type { Challenge } from './challenge.ts';
import type { CredentialSource, Credentials } from './credentials.ts';
import { basicAuthorization, type Token, type TokenRequest } from './token.ts';

/** The repository and scopes that a request needs access to. */
export interface Access {
  readonly repository: Repository;
  /** Token scopes, such as `repository:acme/cfg:pull`. */
  readonly scopes: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

/** Chooses the Authorization header for one registry. */
export interface Authorizer {
  /** The Authorization header for a request; undefined until the registry has demanded one. */
  authorize(access: Access): Promise<string | undefined>;
  /** Takes in the challenge of a 401; true when asking again may help. `sent` is the header that was refused. */
  challenged(access: Access, challenge: Challenge | undefined, sent: string | undefined): boolean;
  /** For a refusal: the place that the login was from, or that there was none; undefined when the registry asked for none. */
  describeLogin(access: Access): string | undefined;
  /** Drops what expired without a challenge, as ECR does; true when there was something to drop. */
  expired(access: Access, sent: string | undefined): boolean;
}

type Bearer = Extract<Challenge, { kind: 'bearer' }>;

/** Sets of scopes whose tokens are kept. */
const MAX_TOKENS = 256;
/** Longest time to get a token, in milliseconds. */
const TOKEN_DEADLINE_MS = 30_000;

/** Makes the {@link Authorizer} of one registry. Tokens are kept per set of scopes; one request for each is under way at a time. */
export function createAuthorizer(
  source: CredentialSource,
  fetchToken: (request: TokenRequest) => Promise<Token>,
  redactor: Redactor,
): Authorizer {
  let known: Challenge | undefined;
  const tokens = createLru<string, Promise<Token>>({ maxEntries: MAX_TOKENS });
  const extraScopes = createLru<string, string>({ maxEntries: MAX_TOKENS });
  const logins = createLru<string, string>({ maxEntries: MAX_TOKENS });

  async function credentialsFor({ repository }: Access): Promise<Credentials | undefined> {
    const credentials = await source.get(repository);
    logins.set(repository.repository, describe(repository, credentials));
    if (credentials?.kind === 'basic') {
      redactor.remember(credentials.password);
      redactor.remember(basicAuthorization(credentials).slice('Basic '.length));
    } else if (credentials !== undefined) redactor.remember(credentials.token);
    return credentials;
  }

  async function renew(access: Access, key: string, challenge: Bearer): Promise<Token> {
    const credentials = await credentialsFor(access);
    checkAudience(access, challenge, credentials);
    if (credentials?.kind === 'registry-token') return { value: credentials.token, expiresAt: Date.now() + 60_000 };
    const scopes = [...new Set([extraScopes.get(key), ...access.scopes])].filter((scope) => scope !== undefined);
    // Not the signal of the request that happens to ask first: the token serves others, too.
    const { signal, clear } = startDeadline(TOKEN_DEADLINE_MS);
    try {
      const token = await fetchToken({ challenge, scopes, credentials, signal });
      redactor.remember(token.value);
      return token;
    } finally {
      clear();
    }
  }

  async function bearer(access: Access, challenge: Bearer): Promise<string> {
    const key = access.scopes.join(' ');
    const kept = tokens.get(key);
    const token = await kept;
    if (token !== undefined && token.expiresAt > Date.now()) return `Bearer ${token.value}`;
    // Another request may have begun to renew it while this one waited.
    const begun = tokens.get(key);
    const renewing = begun !== undefined && begun !== kept ? begun : renew(access, key, challenge);
    tokens.set(key, renewing);
    try {
      return `Bearer ${(await orCanceled(renewing, access.signal)).value}`;
    } catch (error) {
      if (tokens.get(key) === renewing) tokens.delete(key);
      throw error;
    }
  }

  return {
    async authorize(access) {
      if (known === undefined) return undefined;
      if (known.kind === 'bearer') return bearer(access, known);
      const credentials = await orCanceled(credentialsFor(access), access.signal);
      if (credentials?.kind === 'basic') return basicAuthorization(credentials);
      return credentials?.kind === 'registry-token' ? `Bearer ${credentials.token}` : undefined;
    },
    challenged(access, challenge, sent) {
      if (challenge === undefined) return false;
      known = challenge;
      const key = access.scopes.join(' ');
      tokens.delete(key);
      if (challenge.kind === 'bearer' && challenge.scope) extraScopes.set(key, challenge.scope);
      if (challenge.kind === 'basic' && sent !== undefined) source.drop?.(access.repository.registry);
      return true;
    },
    describeLogin: ({ repository }) => logins.get(repository.repository),
    expired(access, sent) {
      if (sent === undefined) return false;
      tokens.delete(access.scopes.join(' '));
      source.drop?.(access.repository.registry);
      return true;
    },
  };
}

function describe({ registry }: Repository, credentials: Credentials | undefined): string {
  if (credentials === undefined) return `found no login for ${registry}`;
  return credentials.from === undefined ? 'with the given login' : `with the login of ${credentials.from}`;
}

/** Throws `REFUSED_REDIRECT` when a registry sends credentials that are for itself only to a token server elsewhere. */
function checkAudience(
  { repository: { registry } }: Access,
  { realm }: Bearer,
  credentials: Credentials | undefined,
): void {
  if (credentials?.kind !== 'basic' || !credentials.registryOnly) return;
  if (URL.canParse(realm) && new URL(realm).host === registry) return;
  throw new OciError('REFUSED_REDIRECT', `refusing to send the login for ${registry} to a token server elsewhere`);
}
