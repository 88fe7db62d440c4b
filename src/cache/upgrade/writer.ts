import { pause } from '../../internal/async/abort.ts';
import { CacheError, errnoOf, isCacheError } from '../errors.ts';
import {
  ApiRefusal,
  type ChangeAnswer,
  type ChangeOptions,
  type KubernetesApi,
} from '../loader/cluster/kubernetes-api.ts';

/** Sends changes one after the other, no faster than the API server takes them. */
export interface Writer {
  /**
   * Sends one change until it is accepted or refused for good. Throws `API` for a refusal, after the last try, and when the run is
   * canceled. Statuses of `accepts` are given back, too.
   */
  send(what: string, path: string, options: ChangeOptions, accepts?: readonly number[]): Promise<ChangeAnswer>;
}

/** Options of {@link createWriter}. */
export interface WriterOptions {
  readonly api: KubernetesApi;
  /** Least milliseconds between two changes. */
  readonly pauseMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Called before a wait that the API server asked for or that follows a failure. */
  readonly onWait?: ((ms: number, why: string) => void) | undefined;
  /** Waits; for tests. */
  readonly wait?: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
}

const ATTEMPTS = 8;
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 10_000;
/** An API server that wants to be left alone for longer is not waited for. */
const LONGEST_RETRY_AFTER_MS = 60_000;
/** The pause between changes after the API server has answered 429 for the first time, and the longest. */
const BUSY_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;
/** Changes in a row without a 429 after which the pause is halved. */
const CALM = 10;

/** Creates a {@link Writer}. */
export function createWriter({ api, pauseMs, signal, onWait, wait = pause }: WriterOptions): Writer {
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
  ): Promise<ChangeAnswer> {
    if (!isFirst) await wait(between, signal);
    isFirst = false;
    for (let tries = 1; ; tries += 1) {
      if (signal?.aborted) throw new CacheError('API', `cannot ${what}: canceled`);
      const answer = await tryOnce(path, options);
      if (!(answer instanceof CacheError)) {
        if (answer.status < 300 || accepts.includes(answer.status)) {
          speedUp();
          return answer;
        }
        if (answer.status === 429) slowDown();
      }
      const delay = delayAfter(answer, tries);
      if (delay === undefined) throw failure(what, answer, tries);
      onWait?.(delay, answer.message);
      await wait(delay, signal);
    }
  }

  async function tryOnce(path: string, options: ChangeOptions): Promise<ChangeAnswer | CacheError> {
    try {
      return await api.change(path, { ...options, signal });
    } catch (error) {
      if (isCacheError(error, 'API')) return error;
      throw error;
    }
  }

  return { send };
}

/** The same API, whose reading is tried again where the API server is busy or was not reached. */
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
          const refusal = cause instanceof ApiRefusal ? answerOf(cause) : error;
          const delay = signal?.aborted ? undefined : delayAfter(refusal, tries);
          if (delay === undefined) throw error;
          onWait?.(delay, error.message);
          await wait(delay, signal);
        }
      }
    },
  };
}

function answerOf({ status, message, retryAfterMs }: ApiRefusal): ChangeAnswer {
  return { status, message, retryAfterMs, value: undefined };
}

/** Milliseconds to wait before the next try; undefined when there is none. */
function delayAfter(answer: ChangeAnswer | CacheError, tries: number): number | undefined {
  if (tries >= ATTEMPTS || !isPassing(answer)) return undefined;
  const asked = answer instanceof CacheError ? undefined : answer.retryAfterMs;
  if (asked !== undefined && asked > LONGEST_RETRY_AFTER_MS) return undefined;
  const backOff = Math.min(FIRST_WAIT_MS * 2 ** (tries - 1), LONGEST_WAIT_MS);
  return asked === undefined ? backOff * (0.9 + Math.random() * 0.2) : Math.max(asked, 1);
}

/** True for failures that may pass by themselves. */
function isPassing(answer: ChangeAnswer | CacheError): boolean {
  // After a broken connection the same change can be sent again: all of ours have the same outcome twice.
  if (answer instanceof CacheError) return BROKEN.includes(errnoOf(answer.cause) ?? codeOf(answer.cause));
  const { status, value } = answer;
  if (status === 409) return !isOwnershipConflict(value);
  return status === 429 || (status >= 500 && status !== 501 && status !== 505);
}

const BROKEN = ['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'ETIMEDOUT', 'EAI_AGAIN'];

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** True for the 409 of server-side apply: another manager owns a field, and that does not change by waiting. */
export function isOwnershipConflict(value: unknown): boolean {
  return JSON.stringify(value ?? null).includes('"FieldManagerConflict"');
}

function failure(what: string, answer: ChangeAnswer | CacheError, tries: number): CacheError {
  const after = tries > 1 ? ` (after ${tries} tries)` : '';
  if (answer instanceof CacheError)
    return new CacheError('API', `cannot ${what}${after}: ${answer.message}`, { cause: answer });
  const { status, message, retryAfterMs, value } = answer;
  const way =
    status === 409 && isOwnershipConflict(value)
      ? '; --force-conflicts takes the fields over'
      : status === 429 && (retryAfterMs ?? 0) > LONGEST_RETRY_AFTER_MS
        ? `; it wants to be asked again after ${Math.ceil((retryAfterMs ?? 0) / 1_000)} s`
        : '';
  return new CacheError('API', `cannot ${what}${after}: the API server answered ${status}: ${message}${way}`);
}
