import { setTimeout as delay } from 'node:timers/promises';

/** Waits for shared work. Rejects with the signal's reason when `signal` aborts; the work continues. */
export async function waitOrAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Does the same as {@link waitOrAbort}, but resolves when `signal` aborts. Rejects with the error of the work. */
export async function waitUntilAborted(work: Promise<unknown>, signal: AbortSignal): Promise<void> {
  try {
    await waitOrAbort(work, signal);
  } catch (error) {
    if (!signal.aborted || error !== signal.reason) throw error;
  }
}

/** Waits for `ms`, or until `signal` aborts. */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await delay(ms, undefined, { ...(signal && { signal }) });
  } catch (error) {
    if (!signal?.aborted) throw error;
  }
}

/**
 * Aborts `controller` when `parent` aborts. Returns a function that ends this. Replaces `AbortSignal.any`, which loses signals by garbage
 * collection: those of `AbortSignal.timeout` in Node 20 and 22 (nodejs/node#57736), and any in Node 24 and 26 (nodejs/node#65995).
 */
export function abortWith(parent: AbortSignal | undefined, controller: AbortController): () => void {
  const abort = () => controller.abort(parent?.reason);
  if (parent?.aborted) abort();
  else parent?.addEventListener('abort', abort, { once: true });
  return () => parent?.removeEventListener('abort', abort);
}
