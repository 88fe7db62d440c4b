import { OciError } from '../../oci/index.ts';

/** The time that work has to end after its signal has aborted, in milliseconds. */
const GRACE_MS = 1_000;

/**
 * Runs work with a signal that aborts after `ms`, or when one of `parents` aborts. Rejects at most a second later, with `TIMEOUT` or
 * `CANCELED`, even if the work ignores its signal, so that the caller never hangs.
 */
export async function withDeadline<T>(
  ms: number,
  parents: readonly AbortSignal[],
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (parents.some(({ aborted }) => aborted)) throw canceled();
  const controller = new AbortController();
  const timers: NodeJS.Timeout[] = [];
  const { promise: abandoned, reject: abandon } = withResolvers();
  const end = (reason: unknown, error: OciError) => {
    controller.abort(reason);
    timers.push(setTimeout(() => abandon(error), GRACE_MS));
  };
  const cancel = () => end(undefined, canceled());
  const expire = () => {
    const message = `not done within ${ms / 1_000} s`;
    end(new DOMException(message, 'TimeoutError'), new OciError('TIMEOUT', message));
  };
  timers.push(setTimeout(expire, ms));
  for (const parent of parents) parent.addEventListener('abort', cancel, { once: true });
  try {
    return await Promise.race([work(controller.signal), abandoned]);
  } finally {
    for (const parent of parents) parent.removeEventListener('abort', cancel);
    for (const timer of timers) clearTimeout(timer);
  }
}

function canceled(): OciError {
  return new OciError('CANCELED', 'canceled');
}

/** Replaces Promise.withResolvers of Node 22, for a promise that is only ever rejected. */
function withResolvers(): { readonly promise: Promise<never>; readonly reject: (error: OciError) => void } {
  let reject: (error: OciError) => void = () => undefined;
  const promise = new Promise<never>((_, refuse) => {
    reject = refuse;
  });
  return { promise, reject };
}
