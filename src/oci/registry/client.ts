import type { Dispatcher } from 'undici';
import { createLru } from '../../internal/lru.ts';
import type { CredentialSource } from '../auth/credentials.ts';
import { isOciError, OciError } from '../errors.ts';
import type { WaitObserver } from '../http/http-client.ts';
import { DEFAULT_RETRY, type RetryPolicy } from '../http/retry.ts';
import { createDispatcher, type TransportOptions } from '../http/transport.ts';
import type { Repository } from '../name/reference.ts';
import { createSession, type RegistrySession } from './session.ts';
import { type RegistryClient, sessionClient } from './session-client.ts';

/** Options of {@link createRegistryClient}. */
export interface RegistryClientOptions extends TransportOptions {
  /** Default: none, for anonymous access to all registries. */
  readonly credentials?: CredentialSource;
  /** Default {@link DEFAULT_RETRY}. */
  readonly retry?: RetryPolicy;
  /** Allows http for registries without TLS. It is always allowed for loopback, `*.localhost` and `*.local` hosts. */
  readonly insecure?: boolean;
  /** Called when the client waits for a registry. */
  readonly onWait?: WaitObserver;
  /** The limit of tags in a list. Default 20,000. */
  readonly maxTags?: number;
}

/** The number of registries whose scheme and tokens are cached. */
const MAX_SESSIONS = 64;

/** Creates a {@link RegistryClient}. Errors about certificates and proxies are thrown by its first call. */
export function createRegistryClient(options: RegistryClientOptions = {}): RegistryClient {
  let dispatcher: Promise<Dispatcher> | undefined;
  const context = {
    dispatcher: () => {
      dispatcher ??= createDispatcher(options);
      return dispatcher;
    },
    credentials: options.credentials ?? { get: async () => undefined },
    retry: options.retry ?? DEFAULT_RETRY,
    insecure: options.insecure ?? false,
    networks: options.networks,
    onWait: options.onWait,
  };
  /** Returns the dispatcher, or undefined if it was not created or could not be; then the first call has thrown the error. */
  const existing = async () => {
    try {
      return await dispatcher;
    } catch (error) {
      if (isOciError(error, 'INVALID_CREDENTIALS', 'REFUSED_REDIRECT')) return undefined;
      throw error;
    }
  };
  const sessions = createLru<string, RegistrySession>({ maxEntries: MAX_SESSIONS });
  const sessionOf = ({ registry }: Repository): RegistrySession => {
    const session = sessions.get(registry) ?? createSession(registry, context);
    sessions.set(registry, session);
    return session;
  };

  return {
    ...sessionClient(sessionOf, { retry: context.retry, maxTags: options.maxTags }),
    close: async () => (await existing())?.close(),
    destroy: async () => (await existing())?.destroy(new OciError('CANCELED', 'canceled')),
  };
}
