import { isOciError, type OciErrorCode } from '../../oci/index.ts';
import { XpkgError } from '../../xpkg/errors.ts';
import { isCacheError } from '../errors.ts';
import type { Failure, FailureReason } from './state.ts';

const AUTH: readonly OciErrorCode[] = ['UNAUTHORIZED', 'DENIED', 'INVALID_CREDENTIALS', 'CREDENTIAL_HELPER'];
const VERIFY: readonly OciErrorCode[] = ['NO_SIGNATURE', 'INVALID_SIGNATURE', 'INVALID_KEY'];
const ARTIFACT: readonly OciErrorCode[] = [
  'INVALID_MANIFEST',
  'UNSUPPORTED_MEDIA_TYPE',
  'NO_PLATFORM',
  'INVALID_LAYER',
  'UNSAFE_PATH',
];
/** Troubles of the way, which another try may not have. */
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

/** Tells what a fetch threw as a {@link Failure}; what is a fault of this program is thrown on. */
export function failureOf(error: unknown): Failure {
  if (isCacheError(error, 'TOO_LARGE')) return { reason: 'TooLarge', message: error.message, lasting: true };
  if (isCacheError(error)) return { reason: 'InvalidArtifact', message: error.message, lasting: true };
  if (error instanceof XpkgError) return { reason: 'InvalidArtifact', message: error.message, lasting: true };
  if (!isOciError(error)) throw error;
  const { code, message, retryAfterMs } = error;
  return { reason: reasonOf(code), message, lasting: !PASSING.includes(code), retryAfterMs };
}

function reasonOf(code: OciErrorCode): FailureReason {
  if (AUTH.includes(code)) return 'AuthFailed';
  if (VERIFY.includes(code)) return 'VerifyFailed';
  if (ARTIFACT.includes(code)) return 'InvalidArtifact';
  if (code === 'TOO_LARGE') return 'TooLarge';
  return code === 'REFUSED_REDIRECT' ? 'NotAllowed' : 'FetchFailed';
}
