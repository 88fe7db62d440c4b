/** The result of a request to AWS: a value, or the reason of a failure as a sentence. */
export type AwsResult<T> = { readonly value: T } | { readonly failure: string };

/** The images of a repository. */
export interface Images {
  readonly count: number;
  /** False if there are more images than were counted. */
  readonly complete: boolean;
  /** The total size of all counted images in bytes, each with all of its layers. */
  readonly bytes?: number | undefined;
  /** The time of the last pull of an image, in RFC 3339. ECR records it once a day. */
  readonly lastPulledAt?: string | undefined;
  readonly notPulled?: { readonly days: number; readonly count: number } | undefined;
  /** The image that was pushed last; undefined in an empty repository. */
  readonly newest:
    | {
        readonly digest: string;
        /** The tags, sorted. */
        readonly tags: readonly string[];
        /** The time of the push, in RFC 3339. */
        readonly pushedAt: string | undefined;
        /** The state of its scan for vulnerabilities, such as COMPLETE. */
        readonly scan: string | undefined;
        /** The number of findings by severity, such as CRITICAL. */
        readonly findings: Readonly<Record<string, number>> | undefined;
      }
    | undefined;
}

/** The properties of images to look up in addition to their number and the newest one. */
export interface ImageDetails {
  /** The size of the images and the time of the last pull. */
  readonly usage?: boolean | undefined;
  /** The number of images that were not pulled for this number of days. */
  readonly notPulledDays?: number | undefined;
  /** The findings of enhanced scanning for the newest image. ECR does not list them with the images. */
  readonly scanFindings?: boolean | undefined;
}

/** A login for a registry. */
export interface RegistryToken {
  /** user:password in base64. */
  readonly authorizationToken: string;
  /** The expiry, in milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** The function's requests to AWS. Each ends within a bounded time, because a call waits for it. */
export interface AwsRegistry {
  /** Returns the current time in milliseconds since the epoch, to check whether a login is still valid. */
  now(): number;
  images(repository: {
    readonly region: string;
    readonly registryId: string;
    readonly name: string;
    readonly details?: ImageDetails | undefined;
  }): Promise<AwsResult<Images>>;
  /** Returns a login for the registry of a host such as `123456789012.dkr.ecr.eu-west-2.amazonaws.com`. */
  token(host: string): Promise<AwsResult<RegistryToken>>;
}

/** An {@link AwsRegistry} that is never available, for local rendering. */
export const NO_AWS: AwsRegistry = {
  now: () => 0,
  images: () => Promise.resolve({ failure: 'AWS is not available in this process' }),
  token: () => Promise.resolve({ failure: 'AWS is not available in this process' }),
};
