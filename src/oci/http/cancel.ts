import { abortWith, waitOrAbort } from '../../internal/async/abort.ts';
import { OciError } from '../errors.ts';

/** Waits for work that callers share. Aborting `signal` rejects with `CANCELED` or `TIMEOUT`; the work continues for the others. */
export async function orCanceled<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  try {
    return await waitOrAbort(work, signal);
  } catch (error) {
    throw signal.aborted && error === signal.reason ? cancelError(signal) : error;
  }
}

/** Returns the error for an aborted signal: `TIMEOUT` for a signal of `AbortSignal.timeout`, else `CANCELED`. */
export function cancelError(signal: AbortSignal): OciError {
  const cause: unknown = signal.reason;
  const isTimeout = cause instanceof Error && cause.name === 'TimeoutError';
  return new OciError(isTimeout ? 'TIMEOUT' : 'CANCELED', isTimeout ? 'timed out' : 'canceled', { cause });
}

/** A time limit for an operation. */
export interface Deadline {
  /** Aborted with the parent, and with a TimeoutError when the time limit is exceeded. */
  readonly signal: AbortSignal;
  /** Releases the timer. It must be called when the operation ends; otherwise the timer is released after the time limit. */
  readonly clear: () => void;
}

/** Starts a {@link Deadline} of `ms` milliseconds. */
export function startDeadline(ms: number, parent?: AbortSignal): Deadline {
  const controller = new AbortController();
  const expire = () => controller.abort(new DOMException(`timed out after ${ms} ms`, 'TimeoutError'));
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
