import { pause } from '../../internal/async/abort.ts';
import { isOciError } from '../errors.ts';
import { cancelError } from './cancel.ts';
import { errorCode } from './http-client.ts';

/** Attempts for a request and the delays between them. */
export interface RetryPolicy {
  /** Tries in all. */
  readonly attempts: number;
  /** Milliseconds before the second try; doubled before each further one, with a tenth of jitter. */
  readonly baseDelayMs: number;
  /** Longest wait in milliseconds. A registry that asks for a longer one with Retry-After is not asked again. */
  readonly maxDelayMs: number;
  /** Called before each wait of `ms`, with the number of tries so far and the error of the last one. */
  readonly onPause?: (ms: number, tries: number, error: Error) => void;
}

/** Four tries within about four seconds. */
export const DEFAULT_RETRY: RetryPolicy = { attempts: 4, baseDelayMs: 500, maxDelayMs: 30_000 };

/**
 * Runs `attempt` until it succeeds, fails for good, or the tries are used up. Repeated are 408, 429, 5xx (but 501 and 505) and broken
 * connections; never other 4xx, never timeouts, which have already cost their full time.
 */
export async function withRetries<T>(
  policy: RetryPolicy,
  signal: AbortSignal | undefined,
  attempt: () => Promise<T>,
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      const wait = retryDelay(policy, tries, error);
      if (wait === undefined) throw error;
      if (error instanceof Error) policy.onPause?.(wait, tries, error);
      await pauseOrCancel(wait, signal);
    }
  }
}

/** Milliseconds to wait before trying again after `tries` tries, or undefined to give up. */
export function retryDelay(policy: RetryPolicy, tries: number, error: unknown): number | undefined {
  if (tries >= policy.attempts || !isRetriable(error)) return undefined;
  const asked = isOciError(error) ? error.retryAfterMs : undefined;
  if (asked !== undefined) return asked <= policy.maxDelayMs ? asked : undefined;
  const backOff = Math.min(policy.baseDelayMs * 2 ** (tries - 1), policy.maxDelayMs);
  return backOff * (0.95 + Math.random() * 0.1);
}

/** The longest wait that a Retry-After header is taken for, in milliseconds. */
const MAX_RETRY_AFTER_MS = 3_600_000;

/**
 * The value of a Retry-After header (RFC 9110, 10.2.3) in milliseconds, an hour at most, or undefined for one that is neither seconds nor
 * a date.
 */
export function parseRetryAfter(value: string | undefined, now: number): number | undefined {
  const text = value?.trim() ?? '';
  if (/^\d{1,20}$/.test(text)) return Math.min(Number(text) * 1000, MAX_RETRY_AFTER_MS);
  // Date.parse takes nearly anything for a date, numbers too; one of HTTP begins with a weekday.
  const date = /^[A-Z][a-z]+,? .{1,40}$/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.min(Math.max(0, date - now), MAX_RETRY_AFTER_MS);
}

// Broken on the way, as opposed to a host that does not exist or a certificate that is not trusted.
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

/** Waits for `ms`. Throws `CANCELED` when `signal` aborts meanwhile. */
export async function pauseOrCancel(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await pause(ms, signal);
  if (signal?.aborted) throw cancelError(signal);
}
