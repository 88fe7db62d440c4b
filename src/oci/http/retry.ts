import { pause } from '../../internal/async/abort.ts';
import { isOciError } from '../errors.ts';
import { cancelError } from './cancel.ts';
import { errorCode } from './http-client.ts';

/** The attempts for a request and the delays between them. */
export interface RetryPolicy {
  /** The total number of attempts. */
  readonly attempts: number;
  /** The delay before the second attempt in milliseconds. It doubles before each further attempt, with 10 % jitter. */
  readonly baseDelayMs: number;
  /** The maximum delay in milliseconds. A request is not repeated if Retry-After demands a longer one. */
  readonly maxDelayMs: number;
  /** Called before each delay of `ms`, with the number of attempts so far and the error of the last one. */
  readonly onPause?: (ms: number, attempts: number, error: Error) => void;
}

/** Four attempts within about four seconds. */
export const DEFAULT_RETRY: RetryPolicy = { attempts: 4, baseDelayMs: 500, maxDelayMs: 30_000 };

/**
 * Runs `attempt` until it succeeds, fails permanently, or the attempts are used up. Attempts are repeated after 408, 429, 5xx (except 501
 * and 505) and broken connections; not after other statuses, and not after timeouts, which have taken their full time already.
 */
export async function withRetries<T>(
  policy: RetryPolicy,
  signal: AbortSignal | undefined,
  attempt: () => Promise<T>,
): Promise<T> {
  for (let attempts = 1; ; attempts += 1) {
    try {
      return await attempt();
    } catch (error) {
      const wait = retryDelay(policy, attempts, error);
      if (wait === undefined) throw error;
      if (error instanceof Error) policy.onPause?.(wait, attempts, error);
      await pauseOrCancel(wait, signal);
    }
  }
}

/** Returns the delay before the next attempt in milliseconds, or undefined if the request must not be repeated. */
export function retryDelay(policy: RetryPolicy, attempts: number, error: unknown): number | undefined {
  if (attempts >= policy.attempts || !isRetriable(error)) return undefined;
  const requested = isOciError(error) ? error.retryAfterMs : undefined;
  if (requested !== undefined) return requested <= policy.maxDelayMs ? requested : undefined;
  const backOff = Math.min(policy.baseDelayMs * 2 ** (attempts - 1), policy.maxDelayMs);
  return backOff * (0.95 + Math.random() * 0.1);
}

/** The maximum delay of a Retry-After header, in milliseconds. */
const MAX_RETRY_AFTER_MS = 3_600_000;

/**
 * Parses a Retry-After header (RFC 9110, 10.2.3) to milliseconds, at most an hour. Returns undefined for text that is neither a number of
 * seconds nor a date.
 */
export function parseRetryAfter(value: string | undefined, now: number): number | undefined {
  const text = value?.trim() ?? '';
  if (/^\d{1,20}$/.test(text)) return Math.min(Number(text) * 1000, MAX_RETRY_AFTER_MS);
  // Date.parse accepts almost any text, even numbers; HTTP dates begin with a weekday.
  const date = /^[A-Z][a-z]+,? .{1,40}$/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.min(Math.max(0, date - now), MAX_RETRY_AFTER_MS);
}

// Errors that may be temporary, unlike a host that does not exist or an untrusted certificate.
const BROKEN = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'EPIPE',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_SOCKET',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
]);

function isRetriable(error: unknown): boolean {
  if (!isOciError(error)) return false;
  if (error.code === 'CONNECTION') return BROKEN.has(errorCode(error.cause));
  const { status } = error;
  if (status === undefined) return false;
  return status === 408 || status === 429 || (status >= 500 && status !== 501 && status !== 505);
}

/** Waits for `ms` milliseconds. Throws `CANCELED` if `signal` is aborted. */
export async function pauseOrCancel(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await pause(ms, signal);
  if (signal?.aborted) throw cancelError(signal);
}
