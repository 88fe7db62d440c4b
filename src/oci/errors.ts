import { printableLines } from '../internal/quote.ts';

export { quote } from '../internal/quote.ts';

/** Identifies the kind of error. Tests and callers compare the code, never the message. */
export type OciErrorCode =
  /** A reference, registry, repository or tag that the grammar does not allow. */
  | 'INVALID_REFERENCE'
  /** A digest that is not `sha256:` and 64 lower-case hex digits. */
  | 'INVALID_DIGEST'
  /** A manifest, index or image config that is not what its media type says. */
  | 'INVALID_MANIFEST'
  /** A media type, schema version or compression that this library does not read. */
  | 'UNSUPPORTED_MEDIA_TYPE'
  /** An index without an image for the requested platform. */
  | 'NO_PLATFORM'
  /** A layer that is not a gzip or tar file: truncated, corrupt, or with entries that lie about their size. */
  | 'INVALID_LAYER'
  /** A tar entry whose name leaves its folder. */
  | 'UNSAFE_PATH'
  /** An image tarball without exactly one complete image. */
  | 'INVALID_TARBALL'
  /** A directory that is not an OCI image layout, or lacks a blob. */
  | 'INVALID_LAYOUT'
  /** More bytes, entries or tags than the limit. */
  | 'TOO_LARGE'
  | 'DIGEST_MISMATCH'
  | 'SIZE_MISMATCH'
  /** 401: no credentials, or wrong ones. */
  | 'UNAUTHORIZED'
  /** 403: the credentials are good but do not allow this. */
  | 'DENIED'
  /** 404: no such repository, manifest or blob; the registry's own codes tell which. */
  | 'NOT_FOUND'
  /** 429 after all tries. */
  | 'RATE_LIMITED'
  /** Any other status that is not a success. */
  | 'REGISTRY_ERROR'
  /** A success status with an answer that is not what the protocol says: HTML, a cut body, a missing header. */
  | 'INVALID_RESPONSE'
  | 'TIMEOUT'
  /** The caller's signal ended the work. */
  | 'CANCELED'
  /** The host could not be reached, or the connection broke, or its certificate is not trusted. */
  | 'CONNECTION'
  /** A redirect or token realm that the client refuses to follow. */
  | 'REFUSED_REDIRECT'
  /** A credentials file, pull secret, certificate or proxy that cannot be used. */
  | 'INVALID_CREDENTIALS'
  /** A credential helper that failed, hung or answered nonsense. */
  | 'CREDENTIAL_HELPER'
  | 'INVALID_CONSTRAINT'
  /** No tag satisfies the constraint. */
  | 'NO_MATCHING_TAG'
  | 'INVALID_KEY'
  /** A trusted root of sigstore that cannot be used. */
  | 'INVALID_TRUSTED_ROOT'
  | 'NO_SIGNATURE'
  | 'INVALID_SIGNATURE';

/** One entry of a registry's error body (distribution-spec v1.1.0, Error Codes). */
export interface RegistryErrorEntry {
  readonly code: string;
  readonly message: string;
}

/** Details of an {@link OciError} from a registry's response. */
export interface OciErrorDetails {
  readonly cause?: unknown;
  /** The HTTP status, when a registry answered. */
  readonly status?: number | undefined;
  /** Milliseconds to wait before another attempt, as the registry asked. */
  readonly retryAfterMs?: number | undefined;
  /** The entries of the registry's error body. */
  readonly registryErrors?: readonly RegistryErrorEntry[];
}

/** A message may repeat what several sources said; each of them is cut by itself. */
const MAX_MESSAGE_LENGTH = 4_096;

/** Everything src/oci throws. Holds no credentials: neither in the message nor in its causes. */
export class OciError extends Error {
  override readonly name = 'OciError';
  readonly code: OciErrorCode;
  /** The HTTP status, when a registry answered. */
  readonly status: number | undefined;
  /** Milliseconds to wait before another attempt, as the registry asked. */
  readonly retryAfterMs: number | undefined;
  /** The entries of the registry's error body; NAME_UNKNOWN, for one, tells a missing repository from a missing tag. */
  readonly registryErrors: readonly RegistryErrorEntry[];

  constructor(code: OciErrorCode, message: string, details: OciErrorDetails = {}) {
    super(
      printableLines(message, MAX_MESSAGE_LENGTH),
      details.cause === undefined ? undefined : { cause: details.cause },
    );
    this.code = code;
    this.status = details.status;
    this.retryAfterMs = details.retryAfterMs;
    this.registryErrors = details.registryErrors ?? [];
  }
}

/** The error with a note at the end of its message. */
export function withNote(error: OciError, note: string): OciError {
  return new OciError(error.code, `${error.message}; ${note}`, { ...error, cause: error.cause });
}

/** True when `error` is an {@link OciError} with one of `codes`. */
export function isOciError(error: unknown, ...codes: readonly OciErrorCode[]): error is OciError {
  return error instanceof OciError && (codes.length === 0 || codes.includes(error.code));
}
