import { pause } from '../../internal/async/abort.ts';
import { CacheError, errnoOf, isCacheError } from '../errors.ts';
import {
  ApiStatusError,
  type ChangeOptions,
  type ChangeResponse,
  type KubernetesApi,
} from '../loader/cluster/kubernetes-api.ts';

/** Sends changes sequentially, and slows down when the API server is busy. */
export interface ChangeWriter {
  /**
   * Sends a change, with retries. Throws `API` if it is refused, after the last attempt, and when the run is canceled. Responses with a
   * status of `accepts` are returned.
   */
  send(what: string, path: string, options: ChangeOptions, accepts?: readonly number[]): Promise<ChangeResponse>;
}

/** Options of {@link createWriter}. */
export interface WriterOptions {
  readonly api: KubernetesApi;
  /** The minimum milliseconds between two changes. */
  readonly pauseMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Called before a wait that the API server requests or that follows a failure. */
  readonly onWait?: ((ms: number, why: string) => void) | undefined;
  /** Waits; tests replace it. */
  readonly wait?: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
}

const ATTEMPTS = 8;
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 10_000;
/** The longest `Retry-After` that is honored; a longer one is an error. */
const LONGEST_RETRY_AFTER_MS = 60_000;
/** The pause between changes after the first response with status 429, and the longest pause. */
const BUSY_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;
/** The number of consecutive changes without status 429 after which the pause is halved. */
const CALM = 10;

/** Creates a {@link ChangeWriter}. */
export function createWriter({ api, pauseMs, signal, onWait, wait = pause }: WriterOptions): ChangeWriter {
  let between = pauseMs;
  let calm = 0;
  let isFirst = true;

  function slowDown(): void {
    between = Math.min(Math.max(between * 2, BUSY_PAUSE_MS), Math.max(LONGEST_PAUSE_MS, pauseMs));
    calm = 0;
  }

  function speedUp(): void {
    calm += 1;
    if (calm < CALM) return;
    between = between / 2 < BUSY_PAUSE_MS ? pauseMs : Math.max(pauseMs, between / 2);
    calm = 0;
  }

  async function send(
    what: string,
    path: string,
    options: ChangeOptions,
    accepts: readonly number[] = [],
  ): Promise<ChangeResponse> {
    if (!isFirst) await wait(between, signal);
    isFirst = false;
    for (let tries = 1; ; tries += 1) {
      if (signal?.aborted) throw new CacheError('API', `cannot ${what}: canceled`);
      const response = await tryOnce(path, options);
      if (!(response instanceof CacheError)) {
        if (response.status < 300 || accepts.includes(response.status)) {
          speedUp();
          return response;
        }
        if (response.status === 429) slowDown();
      }
      const delay = delayAfter(response, tries);
      if (delay === undefined) throw failure(what, response, tries);
      onWait?.(delay, response.message);
      await wait(delay, signal);
    }
  }

  async function tryOnce(path: string, options: ChangeOptions): Promise<ChangeResponse | CacheError> {
    try {
      return await api.change(path, { ...options, signal });
    } catch (error) {
      if (isCacheError(error, 'API')) return error;
      throw error;
    }
  }

  return { send };
}

/** Returns the same API with retries of reads if the API server is busy or unreachable. */
export function patientApi(options: Omit<WriterOptions, 'pauseMs'>): KubernetesApi {
  const { api, signal, onWait, wait = pause } = options;
  return {
    ...api,
    async get(path, getOptions) {
      for (let tries = 1; ; tries += 1) {
        try {
          return await api.get(path, { ...getOptions, signal });
        } catch (error) {
          if (!isCacheError(error, 'API')) throw error;
          const { cause } = error;
          const response = cause instanceof ApiStatusError ? responseOf(cause) : error;
          const delay = signal?.aborted ? undefined : delayAfter(response, tries);
          if (delay === undefined) throw error;
          onWait?.(delay, error.message);
          await wait(delay, signal);
        }
      }
    },
  };
}

function responseOf({ status, message, retryAfterMs }: ApiStatusError): ChangeResponse {
  return { status, message, retryAfterMs, value: undefined };
}

/** Returns the milliseconds to wait before the next attempt; undefined if there must be none. */
function delayAfter(response: ChangeResponse | CacheError, tries: number): number | undefined {
  if (tries >= ATTEMPTS || !isPassing(response)) return undefined;
  const asked = response instanceof CacheError ? undefined : response.retryAfterMs;
  if (asked !== undefined && asked > LONGEST_RETRY_AFTER_MS) return undefined;
  const backOff = Math.min(FIRST_WAIT_MS * 2 ** (tries - 1), LONGEST_WAIT_MS);
  return asked === undefined ? backOff * (0.9 + Math.random() * 0.2) : Math.max(asked, 1);
}

/** True for transient failures. */
function isPassing(response: ChangeResponse | CacheError): boolean {
  // After a broken connection, the same change can be sent again: all our changes are idempotent.
  if (response instanceof CacheError) return BROKEN.includes(errnoOf(response.cause) ?? codeOf(response.cause));
  const { status, value } = response;
  if (status === 409) return !isOwnershipConflict(value);
  return status === 429 || (status >= 500 && status !== 501 && status !== 505);
}

const BROKEN = ['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'ETIMEDOUT', 'EAI_AGAIN'];

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** True for the 409 of server-side apply, by which another manager owns a field: a retry does not help. */
export function isOwnershipConflict(value: unknown): boolean {
  return JSON.stringify(value ?? null).includes('"FieldManagerConflict"');
}

function failure(what: string, response: ChangeResponse | CacheError, tries: number): CacheError {
  const after = tries > 1 ? ` (after ${tries} attempts)` : '';
  if (response instanceof CacheError)
    return new CacheError('API', `cannot ${what}${after}: ${response.message}`, { cause: response });
  const { status, message, retryAfterMs, value } = response;
  const way =
    status === 409 && isOwnershipConflict(value)
      ? '; use --force-conflicts to take the fields over'
      : status === 429 && (retryAfterMs ?? 0) > LONGEST_RETRY_AFTER_MS
        ? `; retry after ${Math.ceil((retryAfterMs ?? 0) / 1_000)} s`
        : '';
  return new CacheError('API', `cannot ${what}${after}: the API server answered ${status}: ${message}${way}`);
}
