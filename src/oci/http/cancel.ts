import { OciError } from '../errors.ts';

/** Waits for work that others share: `signal` ends the wait, with `CANCELED`, and not the work. */
export async function orCanceled<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  let stop = () => {};
  const canceled = new Promise<never>((_, reject) => {
    stop = () => reject(cancelError(signal));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, canceled]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** The error for a signal that has fired: `TIMEOUT` for one of `AbortSignal.timeout`, else `CANCELED`. */
export function cancelError(signal: AbortSignal): OciError {
  const cause: unknown = signal.reason;
  const isTimeout = cause instanceof Error && cause.name === 'TimeoutError';
  return new OciError(isTimeout ? 'TIMEOUT' : 'CANCELED', isTimeout ? 'not done in time' : 'canceled', { cause });
}

/** A signal that aborts with `signal`, and with a TimeoutError after `ms`. */
export function signalWithin(ms: number, signal: AbortSignal | undefined): AbortSignal {
  const timeout = AbortSignal.timeout(ms);
  return signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
}
