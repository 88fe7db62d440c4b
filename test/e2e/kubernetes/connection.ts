import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { Agent, type Dispatcher } from 'undici';
import { HarnessError } from '../harness-error.ts';

/** The connection settings of the API server. */
export interface Access {
  /** Such as `https://127.0.0.1:6443`. */
  readonly server: string;
  readonly token: string;
  readonly caCertificate: string;
}

/** The rest of a request. */
export interface RequestOptions {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly query?: Readonly<Record<string, string>>;
  /** JSON text, or YAML for server-side apply. */
  readonly body?: string;
  readonly contentType?: string;
}

/** An HTTP connection to the API server. */
export interface Connection {
  /** The response as JSON; undefined for 404. Any other error throws {@link HarnessError} with the message of the API server. */
  request(path: string, options?: RequestOptions): Promise<unknown>;
  /** One JSON value for each line of a watch, until the server ends it or `signal` aborts. */
  watch(path: string, query: Readonly<Record<string, string>>, signal: AbortSignal): AsyncGenerator<unknown>;
  close(): Promise<void>;
}

const TOO_MANY_REQUESTS = 429;
const ATTEMPTS = 60;
const ATTEMPT_INTERVAL_MS = 250;

/** Opens a connection. */
export function connect({ server, token, caCertificate }: Access): Connection {
  const agent = new Agent({ connect: { ca: caCertificate }, bodyTimeout: 0 });
  const sendOnce = (path: string, options: RequestOptions, signal?: AbortSignal) =>
    agent.request({
      origin: server,
      path: `${path}${options.query ? `?${new URLSearchParams(options.query)}` : ''}`,
      method: options.method ?? 'GET',
      headers: { authorization: `Bearer ${token}`, 'content-type': options.contentType ?? 'application/json' },
      body: options.body ?? null,
      ...(signal ? { signal } : {}),
    });
  // The API server requests a retry while it creates the cache of a kind whose CRD is new.
  const send = async (path: string, options: RequestOptions, signal?: AbortSignal) => {
    let response = await sendOnce(path, options, signal);
    for (let attempt = 1; response.statusCode === TOO_MANY_REQUESTS && attempt < ATTEMPTS; attempt++) {
      await response.body.dump();
      await delay(ATTEMPT_INTERVAL_MS, undefined, signal ? { signal } : {});
      response = await sendOnce(path, options, signal);
    }
    return response;
  };
  return {
    async request(path, options = {}) {
      const response = await send(path, options);
      if (response.statusCode === 404) {
        await response.body.dump();
        return undefined;
      }
      if (response.statusCode >= 300) throw await refusal(`${options.method ?? 'GET'} ${path}`, response);
      return response.body.json();
    },
    async *watch(path, query, signal) {
      const response = await send(path, { query: { ...query, watch: 'true' } }, signal);
      if (response.statusCode !== 200) throw await refusal(`watch ${path}`, response);
      // For undici, stopping in the middle of a body is an error; here it is not.
      response.body.on('error', () => {});
      try {
        for await (const line of linesOf(response.body)) yield JSON.parse(line);
        signal.throwIfAborted();
      } finally {
        response.body.destroy();
      }
    },
    close: () => agent.destroy(),
  };
}

async function* linesOf(body: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}

async function refusal(what: string, { statusCode, body }: Dispatcher.ResponseData): Promise<HarnessError> {
  const answer = await text(body);
  const message = /"message":\s*"((?:[^"\\]|\\.)*)"/.exec(answer)?.[1] ?? answer;
  return new HarnessError('API_REFUSED', `${what}: ${statusCode} ${message}`);
}
