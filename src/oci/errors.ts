import { printableLines } from '../internal/quote.ts';

export { quote } from '../internal/quote.ts';

/** Identifies the kind of error. Tests and callers compare the code, never the message. */
export type OciErrorCode =
  /** A reference, registry, repository or tag with invalid syntax. */
  | 'INVALID_REFERENCE'
  /** A digest that is not `sha256:` followed by 64 lower-case hex digits. */
  | 'INVALID_DIGEST'
  /** A manifest, index or image config that does not conform to its media type. */
  | 'INVALID_MANIFEST'
  /** A media type, schema version or compression that this library does not support. */
  | 'UNSUPPORTED_MEDIA_TYPE'
  /** An index without an image for the requested platform. */
  | 'NO_PLATFORM'
  /** A layer that is not a valid gzip or tar file: truncated, corrupt, or with entries of a wrong size. */
  | 'INVALID_LAYER'
  /** A tar entry whose name is a path outside of the archive. */
  | 'UNSAFE_PATH'
  /** An image tarball that does not contain exactly one complete image. */
  | 'INVALID_TARBALL'
  /** A directory or archive that is not an OCI image layout, or has a missing blob. */
  | 'INVALID_LAYOUT'
  /** More bytes, entries or tags than the limit. */
  | 'TOO_LARGE'
  | 'DIGEST_MISMATCH'
  | 'SIZE_MISMATCH'
  /** 401: missing or invalid credentials. */
  | 'UNAUTHORIZED'
  /** 403: valid credentials without the required permission. */
  | 'DENIED'
  /** 404: a repository, manifest or blob was not found; the registry's error codes distinguish these. */
  | 'NOT_FOUND'
  /** 429 after all attempts. */
  | 'RATE_LIMITED'
  /** Any other status that is not successful. */
  | 'REGISTRY_ERROR'
  /** A successful status with a response that violates the protocol: HTML, a truncated body, a missing header. */
  | 'INVALID_RESPONSE'
  | 'TIMEOUT'
  /** The caller's signal was aborted. */
  | 'CANCELED'
  /** An unreachable host, a broken connection, or an untrusted certificate. */
  | 'CONNECTION'
  /** A redirect or token realm that the client does not follow. */
  | 'REFUSED_REDIRECT'
  /** An invalid credentials file, pull secret, certificate or proxy. */
  | 'INVALID_CREDENTIALS'
  /** A credential helper that failed, timed out or printed invalid output. */
  | 'CREDENTIAL_HELPER'
  | 'INVALID_CONSTRAINT'
  /** None of the tags satisfies the constraint. */
  | 'NO_MATCHING_TAG'
  | 'INVALID_KEY'
  /** An invalid trusted root of sigstore. */
  | 'INVALID_TRUSTED_ROOT'
  | 'NO_SIGNATURE'
  | 'INVALID_SIGNATURE';

/** An entry of a registry's error body (distribution-spec v1.1.0, Error Codes). */
export interface RegistryErrorEntry {
  readonly code: string;
  readonly message: string;
}

/** Details of an {@link OciError} from a registry's response. */
export interface OciErrorDetails {
  readonly cause?: unknown;
  /** The HTTP status, if the registry responded. */
  readonly status?: number | undefined;
  /** The delay before the next attempt that the registry requested, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  /** The entries of the registry's error body. */
  readonly registryErrors?: readonly RegistryErrorEntry[];
}

/** The limit of a message in characters. A message may quote several sources, each with its own limit. */
const MAX_MESSAGE_LENGTH = 4_096;

/** The error that all functions of src/oci throw. Neither its message nor its causes contain credentials. */
export class OciError extends Error {
  override readonly name = 'OciError';
  readonly code: OciErrorCode;
  /** The HTTP status, if the registry responded. */
  readonly status: number | undefined;
  /** The delay before the next attempt that the registry requested, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** The entries of the registry's error body. NAME_UNKNOWN, for example, means a missing repository, not a missing tag. */
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

/** Returns the error with a note appended to its message. */
export function withNote(error: OciError, note: string): OciError {
  return new OciError(error.code, `${error.message}; ${note}`, { ...error, cause: error.cause });
}

/** True when `error` is an {@link OciError} with one of `codes`. */
export function isOciError(error: unknown, ...codes: readonly OciErrorCode[]): error is OciError {
  return error instanceof OciError && (codes.length === 0 || codes.includes(error.code));
}
