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
  /** Default: none, so every registry is asked anonymously. */
  readonly credentials?: CredentialSource;
  /** Default {@link DEFAULT_RETRY}. */
  readonly retry?: RetryPolicy;
  /** Allows plain http where a registry does not speak TLS. Loopback, `*.localhost` and `*.local` hosts are always allowed it. */
  readonly insecure?: boolean;
  /** Follows what the client waits for. */
  readonly onWait?: WaitObserver;
  /** Most tags that are listed. Default 20,000. */
  readonly maxTags?: number;
}

/** Registries whose scheme and tokens are remembered. */
const MAX_SESSIONS = 64;

/** Makes a {@link RegistryClient}. Bad certificates and proxies show at the first call. */
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
  /** The dispatcher if there is one. A client that could not be made has nothing to close; its first call has said why. */
  const made = async () => {
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
    close: async () => (await made())?.close(),
    destroy: async () => (await made())?.destroy(new OciError('CANCELED', 'canceled')),
  };
}
