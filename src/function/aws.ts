/** Something asked of AWS: what came, or a sentence why nothing did. */
export type Answer<T> = { readonly value: T } | { readonly failure: string };

/** The images of a repository. */
export interface Images {
  readonly count: number;
  /** False when there are more images than were counted. */
  readonly complete: boolean;
  /** Bytes of all images that were counted, each with all of its layers. */
  readonly bytes?: number | undefined;
  /** When one of them was pulled last, RFC 3339; ECR records it once a day. */
  readonly lastPulledAt?: string | undefined;
  readonly notPulled?: { readonly days: number; readonly count: number } | undefined;
  /** The image that was pushed last; undefined in an empty repository. */
  readonly newest:
    | {
        readonly digest: string;
        /** In order. */
        readonly tags: readonly string[];
        /** RFC 3339. */
        readonly pushedAt: string | undefined;
        /** State of its scan for vulnerabilities, such as COMPLETE. */
        readonly scan: string | undefined;
        /** Number of findings by severity, such as CRITICAL. */
        readonly findings: Readonly<Record<string, number>> | undefined;
      }
    | undefined;
}

/** The properties of images to look up besides their number and the newest one. */
export interface ImageLooks {
  /** Their size and when one was pulled last. */
  readonly usage?: boolean | undefined;
  /** The number of images without a pull in that many days. */
  readonly notPulledDays?: number | undefined;
  /** Findings of enhanced scanning in the newest one; ECR does not list them with the images. */
  readonly scanFindings?: boolean | undefined;
}

/** A login for a registry. */
export interface RegistryToken {
  /** base64 of user:password. */
  readonly authorizationToken: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** The function's own requests to AWS. Each ends within bounded time, because a call waits for it. */
export interface AwsRegistry {
  /** Milliseconds since the epoch, to know whether a login is still good. */
  now(): number;
  images(repository: {
    readonly region: string;
    readonly registryId: string;
    readonly name: string;
    readonly looks?: ImageLooks | undefined;
  }): Promise<Answer<Images>>;
  /** A login for the registry of a host such as `123456789012.dkr.ecr.eu-west-2.amazonaws.com`. */
  token(host: string): Promise<Answer<RegistryToken>>;
}

/** An {@link AwsRegistry} that is never available, for local rendering. */
export const NO_AWS: AwsRegistry = {
  now: () => 0,
  images: () => Promise.resolve({ failure: 'AWS is not available in this process' }),
  token: () => Promise.resolve({ failure: 'AWS is not available in this process' }),
};
