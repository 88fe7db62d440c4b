import { createLru } from '../../internal/lru.ts';
import { OciError } from '../errors.ts';
import { orCanceled, startDeadline } from '../http/cancel.ts';
import type { Redactor } from '../http/redact.ts';
import type { Repository } from '../name/reference.ts';
import type { Challenge } from './challenge.ts';
import type { Credentials } from './credentials.ts';
import type { Token, TokenRequest } from './token.ts';

/** The repository and scopes that a request needs access to. */
export interface AccessRequest {
  readonly repository: Repository;
  /** Token scopes, such as `repository:acme/cfg:pull`. */
  readonly scopes: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

/** A challenge that demands an access token. */
export type BearerChallenge = Extract<Challenge, { kind: 'bearer' }>;

/** The access tokens for one registry, cached per set of scopes. */
export interface BearerTokens {
  /** Returns the cached token for the scopes, or requests one; concurrent callers share one request. */
  get(access: AccessRequest, challenge: BearerChallenge): Promise<string>;
  /** Drops the token for the scopes. The next one also has the scope that `challenge` demands. */
  drop(access: AccessRequest, challenge?: Challenge): void;
}

/** The number of scope sets whose tokens are cached. */
const MAX_TOKENS = 256;
/** The time limit of a token request, in milliseconds. */
const TOKEN_DEADLINE_MS = 30_000;

/** Creates {@link BearerTokens}, which requests tokens with the credentials that `credentialsFor` returns. */
export function createBearerTokens(
  credentialsFor: (access: AccessRequest) => Promise<Credentials | undefined>,
  fetchToken: (request: TokenRequest) => Promise<Token>,
  redactor: Redactor,
): BearerTokens {
  const tokens = createLru<string, Promise<Token>>({ maxEntries: MAX_TOKENS });
  const extraScopes = createLru<string, string>({ maxEntries: MAX_TOKENS });

  async function renew(access: AccessRequest, challenge: BearerChallenge): Promise<Token> {
    const credentials = await credentialsFor(access);
    checkAudience(access, challenge, credentials);
    if (credentials?.kind === 'registry-token') return { value: credentials.token, expiresAt: Date.now() + 60_000 };
    const extra = extraScopes.get(keyOf(access));
    const scopes = [...new Set([extra, ...access.scopes])].filter((scope) => scope !== undefined);
    // Not the signal of the first caller: the token also serves the others.
    const { signal, clear } = startDeadline(TOKEN_DEADLINE_MS);
    try {
      const token = await fetchToken({ challenge, scopes, credentials, signal });
      redactor.remember(token.value);
      return token;
    } finally {
      clear();
    }
  }

  return {
    async get(access, challenge) {
      const key = keyOf(access);
      const cached = tokens.get(key);
      const token = await (cached && orCanceled(cached, access.signal));
      if (token !== undefined && token.expiresAt > Date.now()) return token.value;
      // Another caller may have started a renewal while this one waited.
      const started = tokens.get(key);
      const renewal = started !== undefined && started !== cached ? started : renew(access, challenge);
      tokens.set(key, renewal);
      try {
        return (await orCanceled(renewal, access.signal)).value;
      } catch (error) {
        if (tokens.get(key) === renewal) tokens.delete(key);
        throw error;
      }
    },
    drop(access, challenge) {
      tokens.delete(keyOf(access));
      if (challenge?.kind === 'bearer' && challenge.scope) extraScopes.set(keyOf(access), challenge.scope);
    },
  };
}

function keyOf({ scopes }: AccessRequest): string {
  return scopes.join(' ');
}

/** Throws `REFUSED_REDIRECT` if credentials that are for the registry only would be sent to a token server on another host. */
function checkAudience(
  { repository: { registry } }: AccessRequest,
  { realm }: BearerChallenge,
  credentials: Credentials | undefined,
): void {
  if (credentials?.kind !== 'basic' || !credentials.registryOnly) return;
  if (URL.canParse(realm) && new URL(realm).host === registry) return;
  throw new OciError(
    'REFUSED_REDIRECT',
    `refusing to send the login for ${registry} to a token server on another host`,
  );
}
