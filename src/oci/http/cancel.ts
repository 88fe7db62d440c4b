import { abortWith, waitOrAbort } from '../../internal/async/abort.ts';
import { OciError } from '../errors.ts';

/** Waits for work that others share: aborting `signal` rejects this wait with `CANCELED` or `TIMEOUT` and leaves the work running. */
export async function orCanceled<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  try {
    return await waitOrAbort(work, signal);
  } catch (error) {
    throw signal.aborted && error === signal.reason ? cancelError(signal) : error;
  }
}

/** The error for a signal that has fired: `TIMEOUT` for one of `AbortSignal.timeout`, else `CANCELED`. */
export function cancelError(signal: AbortSignal): OciError {
  const cause: unknown = signal.reason;
  const isTimeout = cause instanceof Error && cause.name === 'TimeoutError';
  return new OciError(isTimeout ? 'TIMEOUT' : 'CANCELED', isTimeout ? 'not done in time' : 'canceled', { cause });
}

/** A time limit for work that has begun. */
export interface Deadline {
  /** Aborts with the parent, and with a TimeoutError when the time is over. */
  readonly signal: AbortSignal;
  /** Ends the limit. Call it when the work has ended; without it the limit ends by itself when the time is over. */
  readonly clear: () => void;
}

/** Starts a {@link Deadline} of `ms` milliseconds. */
export function startDeadline(ms: number, parent?: AbortSignal): Deadline {
  const controller = new AbortController();
  const expire = () => controller.abort(new DOMException(`not done within ${ms} ms`, 'TimeoutError'));
  const timer = setTimeout(expire, ms).unref();
  const release = abortWith(parent, controller);
  const clear = () => {
    clearTimeout(timer);
    release();
  };
  if (controller.signal.aborted) clear();
  else controller.signal.addEventListener('abort', clear, { once: true });
  return { signal: controller.signal, clear };
}
