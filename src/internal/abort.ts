/**
 * Makes `controller` abort with `parent`, and gives a function that ends this. In place of `AbortSignal.any`, which loses signals that were
 * collected: of `AbortSignal.timeout` in Node 20 and 22 (nodejs/node#57736), of any kind in Node 24 and 26 (nodejs/node#65995).
 */
export function abortWith(parent: AbortSignal | undefined, controller: AbortController): () => void {
  const abort = () => controller.abort(parent?.reason);
  if (parent?.aborted) abort();
  else parent?.addEventListener('abort', abort, { once: true });
  return () => parent?.removeEventListener('abort', abort);
}
