import type { Repository } from '../name/reference.ts';

/** Proof of an identity for a registry or its token server. */
export type Credentials = Login & {
  /** The place that they are from, for messages, such as a file or a Secret. */
  readonly from?: string;
};

type Login =
  | {
      readonly kind: 'basic';
      readonly username: string;
      readonly password: string;
      /** Never sent to a token server that is not at the registry itself. */
      readonly registryOnly?: boolean;
    }
  /** An OAuth2 refresh token: traded for access tokens. */
  | { readonly kind: 'identity-token'; readonly token: string }
  /** Sent to the registry as it is. */
  | { readonly kind: 'registry-token'; readonly token: string };

/** A source of credentials. It is called before each request that needs them, so it caches what is expensive to get. */
export interface CredentialSource {
  /** The credentials for a repository, or undefined for none: the registry is then asked anonymously. */
  get(repository: Repository): Promise<Credentials | undefined>;
  /** Drops the cached credentials of a registry that no longer accepts them. */
  drop?(registry: string): void;
}

/** A source that asks several others in order and takes the first credentials it gets. */
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
