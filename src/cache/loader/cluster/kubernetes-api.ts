import { once } from 'node:events';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { type RequestOptions, request as requestHttps } from 'node:https';
import { parseJsonOrUndefined } from '../../../internal/parse-json.ts';
import { printable } from '../../../internal/quote.ts';
import { reasonOf } from '../../../internal/reason.ts';
import { isOciError, parseRetryAfter, readAll } from '../../../oci/index.ts';
import { CacheError } from '../../errors.ts';

/** The part of the Kubernetes API that the package cache uses. Methods throw `API`, and `TOO_LARGE` for responses over the limit. */
export interface KubernetesApi {
  /** Returns the response as JSON; undefined for 404. */
  get(path: string, options?: GetOptions): Promise<unknown>;
  /** Yields the JSON value of each event, until the server ends the watch or `signal` aborts. */
  watch(path: string, options: GetOptions): AsyncGenerator<unknown, void, undefined>;
  /** Sends a change and returns the response with any status. */
  change(path: string, options: ChangeOptions): Promise<ChangeResponse>;
}

/** A request that changes objects. */
export interface ChangeOptions {
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly query?: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body: string;
  /** Default application/json. */
  readonly contentType?: string;
  readonly signal?: AbortSignal | undefined;
}

/** The response to a change. */
export interface ChangeResponse {
  readonly status: number;
  /** The response as JSON; undefined if it is not JSON. */
  readonly value: unknown;
  /** The message of an error response. */
  readonly message: string;
  /** The delay before a retry that the API server requests, in milliseconds. */
  readonly retryAfterMs: number | undefined;
}

/** The content type of a list with metadata only. */
export const METADATA_LIST = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';

/** Options of a request. */
export interface GetOptions {
  readonly query?: Readonly<Record<string, string>>;
  readonly accept?: string;
  readonly signal?: AbortSignal | undefined;
}

/** Adds credentials to requests, as KubeConfig of the Kubernetes client does. */
export interface ClusterAccess {
  readonly server: string;
  applyTo(options: RequestOptions): Promise<void>;
}

/** The time to wait for data, in milliseconds. The API server ends watches earlier. */
const TIMEOUT_MS = 60_000;
const WATCH_SECONDS = 300;
/** The maximum length of a quoted message of the API server. */
const MAX_REASON = 500;
/** A ConfigMap has at most 1 MiB of data, which JSON escapes may make six times as long, and its metadata. */
const MAX_RESPONSE_BYTES = 16 * 1_048_576;

/** The default context and server of the Kubernetes client when it finds no kubeconfig. */
const ABSENT = { context: 'loaded-context', server: 'http://localhost:8080' };

/** Finds the cluster as kubectl does: KUBECONFIG, ~/.kube/config, or the pod's service account. */
export async function clusterAccess(): Promise<ClusterAccess> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  try {
    config.loadFromDefault();
  } catch (error) {
    // Errors of the YAML parser have an excerpt of the file after the first line.
    const [why = ''] = reasonOf(error).split('\n');
    const path = process.env.KUBECONFIG || '~/.kube/config';
    throw new CacheError('API', `cannot read the kubeconfig ${path}: ${why}`, { cause: error });
  }
  const server = config.getCurrentCluster()?.server;
  if (server === ABSENT.server && config.getCurrentContext() === ABSENT.context) {
    throw new CacheError(
      'API',
      'cannot find a cluster: $KUBECONFIG and ~/.kube/config do not exist, and this program does not run in a pod; set KUBECONFIG',
    );
  }
  if (server === undefined) throw new CacheError('API', 'cannot find a cluster: the kubeconfig has no current context');
  return { server, applyTo: (options) => config.applyToHTTPSOptions(options) };
}

/** Returns a client of the API server of a cluster. */
export function kubernetesApi({ server, applyTo }: ClusterAccess): KubernetesApi {
  async function send(
    path: string,
    { query, accept, signal }: GetOptions,
    timeout: number,
    change?: ChangeOptions,
  ): Promise<IncomingMessage> {
    const url = new URL(`${server.replace(/\/$/, '')}${path}`);
    for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, value);
    const options: RequestOptions = { headers: { accept: accept ?? 'application/json' }, timeout };
    await applyTo(options);
    if (signal) options.signal = signal;
    if (change) {
      options.method = change.method;
      const type = change.contentType ?? 'application/json';
      options.headers = { ...options.headers, 'content-type': type, 'content-length': Buffer.byteLength(change.body) };
    }
    const sent = url.protocol === 'http:' ? requestHttp(url, options) : requestHttps(url, options);
    sent.once('timeout', () => sent.destroy(new Error(`no response within ${timeout / 1_000} s`)));
    sent.end(change?.body);
    const [response]: IncomingMessage[] = await once(sent, 'response');
    if (response === undefined) throw new Error('no response');
    // Node reports a connection that breaks during the response here, and an error without a listener ends the process.
    sent.on('error', (error) => response.destroy(error));
    return response;
  }

  return {
    get: (path, options = {}) =>
      orApiError(`read ${path} from`, async () => {
        const response = await send(path, options, TIMEOUT_MS);
        const text = (await readAll(response, MAX_RESPONSE_BYTES, `the response to ${path}`)).toString('utf8');
        if (response.statusCode === 404) return undefined;
        if (response.statusCode !== 200) throw refused(path, response, text);
        return JSON.parse(text);
      }),
    change: (path, options) =>
      orApiError(`change ${path} in`, async () => {
        const response = await send(path, options, TIMEOUT_MS, options);
        const text = (await readAll(response, MAX_RESPONSE_BYTES, `the response to ${path}`)).toString('utf8');
        const status = response.statusCode ?? 0;
        const value = parseJsonOrUndefined(text);
        const message = printable(messageOf(value) ?? `status ${status}`, MAX_REASON);
        return { status, value, message, retryAfterMs: parseRetryAfter(response.headers['retry-after'], Date.now()) };
      }),
    async *watch(path, options) {
      const query = { ...options.query, watch: 'true', timeoutSeconds: String(WATCH_SECONDS) };
      try {
        const response = await send(path, { ...options, query }, WATCH_SECONDS * 1_000 + TIMEOUT_MS);
        if (response.statusCode !== 200) {
          const text = (await readAll(response, MAX_RESPONSE_BYTES, 'the response')).toString('utf8');
          throw refused(path, response, text);
        }
        for await (const line of linesOf(response)) yield JSON.parse(line);
      } catch (error) {
        if (!options.signal?.aborted) throw toApiError(`read ${path} from`, error);
      }
    },
  };
}

/** Splits a stream into lines. Throws if the stream breaks, which Node's readline does not report. */
async function* linesOf(stream: AsyncIterable<Buffer>): AsyncGenerator<string, void, undefined> {
  let rest: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      const line = Buffer.concat([...rest, chunk.subarray(start, end)]).toString('utf8');
      start = end + 1;
      rest = [];
      size = 0;
      if (line !== '') yield line;
    }
    rest.push(chunk.subarray(start));
    size += chunk.byteLength - start;
    if (size > MAX_RESPONSE_BYTES) throw new Error(`an event has more than ${MAX_RESPONSE_BYTES} bytes`);
  }
}

const NEWLINE = 0x0a;

async function orApiError<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toApiError(what, error);
  }
}

function toApiError(what: string, error: unknown): unknown {
  if (error instanceof CacheError || !(error instanceof Error)) return error;
  if (isOciError(error, 'TOO_LARGE')) {
    return new CacheError('TOO_LARGE', `cannot ${what} the Kubernetes API: ${error.message}`, {
      cause: error,
    });
  }
  const why = error.message !== '' ? error.message : error.name;
  return new CacheError('API', `cannot ${what} the Kubernetes API: ${why}`, { cause: error });
}

/** An unsuccessful response of the API server. */
export class ApiStatusError extends Error {
  override readonly name = 'ApiStatusError';
  readonly status: number;
  /** The delay before a retry that the API server requests, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(status: number, message: string, retryAfterMs?: number) {
    super(message);
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

function refused(path: string, { statusCode = 0, headers }: IncomingMessage, text: string): CacheError {
  // A proxy may respond with something that is not JSON.
  const message = messageOf(parseJsonOrUndefined(text)) ?? `status ${statusCode}`;
  const cause = new ApiStatusError(statusCode, message, parseRetryAfter(headers['retry-after'], Date.now()));
  return new CacheError('API', `cannot read ${path} from the Kubernetes API: ${cause.message}`, { cause });
}

/** Returns the message of a Status object. */
function messageOf(value: unknown): string | undefined {
  const hasMessage = typeof value === 'object' && value !== null && 'message' in value;
  return hasMessage && typeof value.message === 'string' ? value.message : undefined;
}
