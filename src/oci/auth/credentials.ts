import type { Repository } from '../name/reference.ts';

/** Proof of an identity for a registry or its token server. */
export type Credentials = Login & {
  /** The origin of the credentials for messages, such as a file or a Secret. */
  readonly from?: string;
};

type Login =
  | {
      readonly kind: 'basic';
      readonly username: string;
      readonly password: string;
      /** True for credentials that must not be sent to a token server on another host. */
      readonly registryOnly?: boolean;
    }
  /** An OAuth2 refresh token, which is exchanged for access tokens. */
  | { readonly kind: 'identity-token'; readonly token: string }
  /** An access token, which is sent to the registry unchanged. */
  | { readonly kind: 'registry-token'; readonly token: string };

/** A source of credentials. It is called before each request that needs them, so implementations cache what is expensive to get. */
export interface CredentialSource {
  /** Returns the credentials for a repository, or undefined to access the registry anonymously. */
  get(repository: Repository): Promise<Credentials | undefined>;
  /** Drops the cached credentials of a registry that no longer accepts them. */
  drop?(registry: string): void;
}

/** Returns a source that queries several others in order, and returns the first credentials. */
export function firstOf(...sources: readonly CredentialSource[]): CredentialSource {
  return {
    async get(repository) {
      for (const source of sources) {
        const credentials = await source.get(repository);
        if (credentials !== undefined) return credentials;
      }
      return undefined;
    },
    drop(registry) {
      for (const source of sources) source.drop?.(registry);
    },
  };
}
