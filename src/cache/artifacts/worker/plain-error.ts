import { isOciError, OciError, type OciErrorCode, type RegistryErrorEntry } from '../../../oci/errors.ts';
import { errorCode } from '../../../oci/http/http-client.ts';
import { XpkgError, type XpkgErrorCode } from '../../../xpkg/errors.ts';
import { CacheError, type CacheErrorCode, isCacheError } from '../../errors.ts';

/** An error as plain data, to be sent to another thread: structured cloning loses classes and codes. */
export type PlainError =
  | {
      readonly kind: 'oci';
      readonly code: OciErrorCode;
      readonly message: string;
      readonly status: number | undefined;
      readonly retryAfterMs: number | undefined;
      readonly registryErrors: readonly RegistryErrorEntry[];
      /** The code of a broken connection, which decides whether to retry. */
      readonly causeCode: string;
    }
  | { readonly kind: 'cache'; readonly code: CacheErrorCode; readonly message: string }
  | { readonly kind: 'xpkg'; readonly code: XpkgErrorCode; readonly message: string }
  /** A defect of this program. */
  | { readonly kind: 'fault'; readonly name: string; readonly message: string; readonly stack: string | undefined };

/** Converts an error to plain data. */
export function toPlainError(error: unknown): PlainError {
  if (isOciError(error)) {
    const { code, message, status, retryAfterMs, registryErrors, cause } = error;
    return { kind: 'oci', code, message, status, retryAfterMs, registryErrors, causeCode: errorCode(cause) };
  }
  if (isCacheError(error)) return { kind: 'cache', code: error.code, message: error.message };
  if (error instanceof XpkgError) return { kind: 'xpkg', code: error.code, message: error.message };
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  return { kind: 'fault', name, message, stack };
}

/** Converts plain data back to an error. */
export function fromPlainError(plain: PlainError): Error {
  switch (plain.kind) {
    case 'oci': {
      const { code, message, causeCode, registryErrors, status, retryAfterMs } = plain;
      const cause = causeCode === '' ? undefined : Object.assign(new Error(causeCode), { code: causeCode });
      return new OciError(code, message, {
        cause,
        registryErrors,
        retryAfterMs,
        ...(status === undefined ? {} : { status }),
      });
    }
    case 'cache':
      return new CacheError(plain.code, plain.message);
    case 'xpkg':
      return new XpkgError(plain.code, plain.message);
    case 'fault':
      return Object.assign(new Error(plain.message), { name: plain.name, stack: plain.stack });
  }
}
