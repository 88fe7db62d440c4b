import type { MessagePort } from 'node:worker_threads';
import { cancelError } from '../../../oci/http/cancel.ts';
import type { RegistryRequest, RegistrySession } from '../../../oci/index.ts';
import { fromPlainError, type PlainError, toPlainError } from './plain-error.ts';

// A thread that parses responses of a registry has no connection and no credentials. It sends requests through a port to the thread that has
// them: first for the head of a response, then for each piece of its body, so that only the piece in use is in memory.

/** A message from the thread without connections. `id` identifies the request and its response. */
type SessionRequest =
  | { readonly kind: 'send'; readonly id: number; readonly request: RemoteRequest }
  /** Requests the next piece of the body. */
  | { readonly kind: 'pull'; readonly id: number }
  /** Discards the rest of the body. */
  | { readonly kind: 'stop'; readonly id: number };

/** A message to that thread. */
type Reply =
  | {
      readonly kind: 'head';
      readonly status: number;
      readonly url: string;
      readonly headers: ReadonlyMap<string, string>;
    }
  | { readonly kind: 'piece'; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'end' }
  | { readonly kind: 'failed'; readonly error: PlainError };

/** A request as plain data. It has no body: nothing is uploaded this way. */
type RemoteRequest = Omit<RegistryRequest, 'target' | 'body' | 'signal'> & { readonly target: string };

interface Numbered<T> {
  /** Equal for a request and its reply. */
  readonly number: number;
  readonly content: T;
}

type HttpResponse = Awaited<ReturnType<RegistrySession['send']>>;

/** The response headers that reading from a registry needs. */
const HEADERS = ['content-type', 'content-length', 'content-range', 'docker-content-digest', 'link', 'oci-subject'];

/** Serves the requests that arrive at `port` with the session, until `signal` aborts. Never throws. */
export function serveSession(port: MessagePort, session: RegistrySession, signal: AbortSignal): void {
  const bodies = new Map<number, AsyncIterator<Uint8Array>>();

  async function replyTo(message: SessionRequest): Promise<Reply> {
    if (message.kind === 'send') {
      const response = await session.send({ ...message.request, signal });
      bodies.set(message.id, response.body[Symbol.asyncIterator]());
      return { kind: 'head', status: response.status, url: response.url.href, headers: headersOf(response) };
    }
    const body = bodies.get(message.id);
    if (message.kind === 'pull') {
      const next = await body?.next();
      // Copy, as the bytes may share their buffer with other responses.
      return next?.done === false ? { kind: 'piece', bytes: new Uint8Array(next.value) } : { kind: 'end' };
    }
    bodies.delete(message.id);
    await body?.return?.();
    return { kind: 'end' };
  }

  port.on('message', ({ number, content: message }: Numbered<SessionRequest>) => {
    const send = (content: Reply) => {
      const transfer = content.kind === 'piece' ? [content.bytes.buffer] : [];
      port.postMessage({ number, content } satisfies Numbered<Reply>, transfer);
    };
    replyTo(message).then(send, (error: unknown) => send({ kind: 'failed', error: toPlainError(error) }));
  });
}

function headersOf(response: HttpResponse): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (const name of HEADERS) {
    const value = response.header(name);
    if (value !== undefined) headers.set(name, value);
  }
  return headers;
}

/** Returns a session that uses the one at the other end of `port`. Once `signal` aborts, pending and later requests fail. */
export function remoteSession(port: MessagePort, signal: AbortSignal): RegistrySession {
  const waiting = new Map<number, (reply: Reply) => void>();
  const canceled = (): Reply => ({ kind: 'failed', error: toPlainError(cancelError(signal)) });
  signal.addEventListener('abort', () => {
    for (const resolve of waiting.values()) resolve(canceled());
    waiting.clear();
  });
  let numbers = 0;
  let ids = 0;
  port.on('message', ({ number, content }: Numbered<Reply>) => {
    waiting.get(number)?.(content);
    waiting.delete(number);
  });

  async function call(message: SessionRequest): Promise<Exclude<Reply, { kind: 'failed' }>> {
    numbers += 1;
    const number = numbers;
    const reply = await new Promise<Reply>((resolve) => {
      if (signal.aborted) return resolve(canceled());
      waiting.set(number, resolve);
      port.postMessage({ number, content: message } satisfies Numbered<SessionRequest>);
    });
    if (reply.kind === 'failed') throw fromPlainError(reply.error);
    return reply;
  }

  async function* bodyOf(id: number): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for (;;) {
        const reply = await call({ kind: 'pull', id });
        if (reply.kind !== 'piece') return;
        yield reply.bytes;
      }
    } finally {
      if (!signal.aborted) await call({ kind: 'stop', id });
    }
  }

  async function send(request: RegistryRequest): Promise<HttpResponse> {
    const { body: _, signal: __, target, ...plain } = request;
    ids += 1;
    const id = ids;
    const reply = await call({ kind: 'send', id, request: { ...plain, target: String(target) } });
    if (reply.kind !== 'head') throw new TypeError(`expected a reply of kind head, got ${reply.kind}`);
    const { status, url, headers } = reply;
    return { status, url: new URL(url), header: (name) => headers.get(name), body: bodyOf(id) };
  }

  return {
    send,
    // The other end retries.
    sendOnce: send,
    resolve: () => Promise.reject(new TypeError('this session does not resolve URLs')),
  };
}
