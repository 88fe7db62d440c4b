import { cut } from '../../internal/quote.ts';
import { isOciError, type OciErrorCode } from '../../oci/index.ts';
import { XpkgError } from '../../xpkg/errors.ts';
import { isCacheError } from '../errors.ts';
import type { Failure, FailureReason } from './state.ts';

const AUTH: readonly OciErrorCode[] = ['UNAUTHORIZED', 'DENIED', 'INVALID_CREDENTIALS', 'CREDENTIAL_HELPER'];
const VERIFY: readonly OciErrorCode[] = ['NO_SIGNATURE', 'INVALID_SIGNATURE', 'INVALID_KEY', 'INVALID_TRUSTED_ROOT'];
const ARTIFACT: readonly OciErrorCode[] = [
  'INVALID_MANIFEST',
  'UNSUPPORTED_MEDIA_TYPE',
  'NO_PLATFORM',
  'INVALID_LAYER',
  'UNSAFE_PATH',
];
/** Transient errors, worth retrying. */
const PASSING: readonly OciErrorCode[] = [
  'RATE_LIMITED',
  'REGISTRY_ERROR',
  'INVALID_RESPONSE',
  'TIMEOUT',
  'CANCELED',
  'CONNECTION',
  'DIGEST_MISMATCH',
  'SIZE_MISMATCH',
];

/** The maximum length of a message: thousands of sources are kept in memory, each with its latest error. */
const MAX_MESSAGE_LENGTH = 1_024;

/** Converts any error of a fetch to a {@link Failure}. An unexpected error becomes an internal error without details. */
export function failureOf(error: unknown): Failure {
  const failure = kindOf(error);
  return { ...failure, message: cut(failure.message, MAX_MESSAGE_LENGTH) };
}

function kindOf(error: unknown): Failure {
  if (isCacheError(error, 'TOO_LARGE')) return { reason: 'TooLarge', message: error.message, lasting: true };
  if (isCacheError(error)) return { reason: 'InvalidArtifact', message: error.message, lasting: true };
  if (error instanceof XpkgError) return { reason: 'InvalidArtifact', message: error.message, lasting: true };
  if (!isOciError(error)) return INTERNAL;
  const { code, message, retryAfterMs } = error;
  return { reason: reasonOf(code), message, lasting: !PASSING.includes(code), retryAfterMs };
}

/** True when the registry is unreachable or broken: the error does not indicate whether access is granted. */
export function isUnreachable(error: unknown): boolean {
  if (isOciError(error, 'CONNECTION', 'TIMEOUT')) return true;
  return isOciError(error, 'REGISTRY_ERROR') && error.status !== undefined && error.status >= 500;
}

/** True when the registry denies access to an artifact or reports that it does not exist. */
export function isDenial(error: unknown): boolean {
  return isOciError(error, 'UNAUTHORIZED', 'DENIED', 'NOT_FOUND', 'NO_MATCHING_TAG');
}

/** True for an error that is a defect of this program. */
export function isFault(error: unknown): boolean {
  return !isCacheError(error) && !isOciError(error) && !(error instanceof XpkgError);
}

const INTERNAL: Failure = {
  reason: 'FetchFailed',
  message: 'internal error; the log of the function has the details',
  lasting: true,
};

function reasonOf(code: OciErrorCode): FailureReason {
  if (AUTH.includes(code)) return 'AuthFailed';
  if (VERIFY.includes(code)) return 'VerifyFailed';
  if (ARTIFACT.includes(code)) return 'InvalidArtifact';
  if (code === 'TOO_LARGE') return 'TooLarge';
  return code === 'REFUSED_REDIRECT' ? 'NotAllowed' : 'FetchFailed';
}
