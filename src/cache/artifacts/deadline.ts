import { OciError } from '../../oci/index.ts';

/** Time that work has to end by itself after its signal has aborted, in milliseconds. */
const GRACE_MS = 1_000;

/**
 * Runs work with a signal that aborts after `ms`, or with `parent`. Settles at the latest a second after that, with `TIMEOUT` or `CANCELED`,
 * whether or not the work heeds its signal: whatever hangs, the caller goes on.
 */
export async function withDeadline<T>(
  ms: number,
  parent: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (parent.aborted) throw new OciError('CANCELED', 'canceled');
  const controller = new AbortController();
  const timers: NodeJS.Timeout[] = [];
  const { promise: abandoned, reject: abandon } = withResolvers();
  const end = (reason: unknown, error: OciError) => {
    controller.abort(reason);
    timers.push(setTimeout(() => abandon(error), GRACE_MS));
  };
  const cancel = () => end(parent.reason, new OciError('CANCELED', 'canceled'));
  const expire = () =>
    end(
      new DOMException(`not done within ${ms} ms`, 'TimeoutError'),
      new OciError('TIMEOUT', `not done within ${ms / 1_000} s`),
    );
  timers.push(setTimeout(expire, ms));
  parent.addEventListener('abort', cancel, { once: true });
  try {
    return await Promise.race([work(controller.signal), abandoned]);
  } finally {
    parent.removeEventListener('abort', cancel);
    for (const timer of timers) clearTimeout(timer);
  }
}

/** As Promise.withResolvers of Node 22, for the one promise that is only ever rejected. */
function withResolvers(): { readonly promise: Promise<never>; readonly reject: (error: OciError) => void } {
  let reject: (error: OciError) => void = () => undefined;
  const promise = new Promise<never>((_, refuse) => {
    reject = refuse;
  });
  return { promise, reject };
}
