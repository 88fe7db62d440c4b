import {
  type CredentialSource,
  createRegistryClient,
  firstOf,
  pullSecretSource,
  type RegistryClient,
  type RegistryClientOptions,
} from '../../oci/index.ts';
import { sha256Hex } from '../sets/manifest.ts';
import type { ContentStore } from '../store.ts';
import { failureOf } from './failure.ts';
import { type Artifact, digestOfRevision, fetchArtifact, fetchContent } from './fetch.ts';
import { createQueue } from './queue.ts';
import type { Access, AwsCredentials, Pace, SourceRequest } from './request.ts';
import { dueAt, type Failure, type Fetched, NEW_SOURCE, nextState, type SourceState } from './state.ts';
import { storedClient } from './stored-client.ts';

/** What is known of a source at the end of a call. */
export interface SourceAnswer {
  readonly fetched: Fetched | undefined;
  /** The latest fetch failed; `fetched` is then from before. */
  readonly failure: Failure | undefined;
  /** A fetch is still under way. */
  readonly pending: boolean;
  /** Milliseconds until it makes sense to ask again; Infinity when nothing will change. */
  readonly nextMs: number;
}

/** Gets artifacts from registries, each once however many ask. */
export interface ArtifactSource {
  /** What the request means now. Waits for a fetch that is under way until `signal` aborts; the fetch goes on. */
  get(request: SourceRequest, pace: Pace, signal: AbortSignal): Promise<SourceAnswer>;
  /** The content of what `get` answered with; undefined when it is not at hand yet, or `signal` aborts before. */
  content(request: SourceRequest, fetched: Fetched, pace: Pace, signal: AbortSignal): Promise<Uint8Array | undefined>;
  /** Fetches that were begun. */
  fetches(): number;
  /** Ends all fetches and closes connections. */
  close(): Promise<void>;
}

/** What {@link createArtifactSource} is made with. */
export interface ArtifactSourceOptions {
  readonly store: ContentStore;
  /** Makes what gives logins for `provider: aws`, by the function's own identity or by another one. */
  readonly aws: (credentials: AwsCredentials | undefined) => CredentialSource;
  /** Fetches at the same time. Default 4. */
  readonly concurrency?: number;
  /** Most bytes of contents that are kept in memory. Default 64 MiB. */
  readonly maxContentBytes?: number;
  /** Sources that are remembered. Default 10,000. */
  readonly maxSources?: number;
  /** Milliseconds of a clock that does not go back. Default that of this process. */
  readonly now?: () => number;
  /** Tests make clients of their own. */
  readonly createClient?: (options: RegistryClientOptions) => RegistryClient;
}

interface Entry {
  state: SourceState;
  running: Promise<void> | undefined;
}

/** Makes an {@link ArtifactSource}. */
export function createArtifactSource(options: ArtifactSourceOptions): ArtifactSource {
  const { store, concurrency = 4, now = () => performance.now() } = options;
  const entries = lru<Entry>(options.maxSources ?? 10_000, () => 1);
  const contents = lru<Uint8Array>(options.maxContentBytes ?? 67_108_864, (bytes) => bytes.byteLength);
  const clients = clientPool(options);
  const queue = createQueue(concurrency);
  const closing = new AbortController();
  const contentRuns = new Map<string, Promise<void>>();
  let fetches = 0;

  async function run(key: string, entry: Entry, request: SourceRequest, { timeoutMs }: Pace): Promise<void> {
    fetches += 1;
    const before = entry.state.fetched;
    try {
      const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(timeoutMs)]);
      const result = await fetchArtifact(storedClient(clients(request.access), store), request, before, { signal });
      const fetched = result === 'unchanged' ? before : result.fetched;
      if (result !== 'unchanged') contents.set(contentKey(key, result.fetched), result.content.bytes);
      if (fetched) entry.state = nextState(entry.state, { kind: 'fetched', now: now(), fetched }).state;
    } catch (error) {
      entry.state = nextState(entry.state, { kind: 'failed', now: now(), failure: failureOf(error) }).state;
    }
  }

  async function runContent(
    key: string,
    entry: Entry,
    request: SourceRequest,
    fetched: Fetched,
    pace: Pace,
  ): Promise<void> {
    fetches += 1;
    const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(pace.timeoutMs)]);
    const client = storedClient(clients(request.access), store);
    const digest = digestOfRevision(fetched.revision);
    try {
      const { content }: Artifact = await fetchContent(client, request, digest, fetched.revision, { signal });
      contents.set(contentKey(key, fetched), content.bytes);
    } catch (error) {
      entry.state = nextState(entry.state, { kind: 'failed', now: now(), failure: failureOf(error) }).state;
    }
  }

  return {
    async get(request, pace, signal) {
      const key = keyOf(request);
      const entry = entries.get(key) ?? { state: NEW_SOURCE, running: undefined };
      entries.set(key, entry);
      const changes = request.selection.kind !== 'digest';
      const asked = nextState(entry.state, { kind: 'asked', now: now(), intervalMs: pace.intervalMs, changes });
      entry.state = asked.state;
      if (asked.start) entry.running = queue(() => run(key, entry, request, pace));
      if (entry.state.running && entry.running) await orAborted(entry.running, signal);
      const { fetched, failure, running } = entry.state;
      const nextMs = Math.max(0, dueAt(entry.state, pace.intervalMs, changes) - now());
      return { fetched, failure, pending: running, nextMs };
    },
    async content(request, fetched, pace, signal) {
      const key = keyOf(request);
      const at = contentKey(key, fetched);
      const entry = entries.get(key) ?? { state: NEW_SOURCE, running: undefined };
      entries.set(key, entry);
      const mayTry = (entry.state.failure?.retryAt ?? 0) <= now();
      if (contents.get(at) === undefined && mayTry) {
        const begun = contentRuns.get(at);
        const running = begun ?? queue(() => runContent(key, entry, request, fetched, pace));
        if (begun === undefined)
          contentRuns.set(
            at,
            running.finally(() => contentRuns.delete(at)),
          );
        await orAborted(running, signal);
      }
      return contents.get(at);
    },
    fetches: () => fetches,
    async close() {
      closing.abort();
      await clients.close();
    },
  };
}

/** Secrets are part of what makes a request: who brings other credentials has a source, and answers, of their own. */
function keyOf(request: SourceRequest): string {
  return sha256Hex(JSON.stringify(request));
}

function contentKey(key: string, { manifest }: Fetched): string {
  return `${key} ${manifest.sha256}`;
}

function clientPool({ createClient = createRegistryClient, aws }: ArtifactSourceOptions) {
  const MAX_CLIENTS = 256;
  const clients = new Map<string, RegistryClient>();
  const pool = (access: Access): RegistryClient => {
    const key = sha256Hex(JSON.stringify(access));
    const known = clients.get(key);
    if (known !== undefined) return known;
    const client = createClient(clientOptions(access, aws));
    const [oldest] = clients;
    if (clients.size >= MAX_CLIENTS && oldest !== undefined) {
      clients.delete(oldest[0]);
      // What still uses it gets to its end: closing waits for that.
      oldest[1].close().catch(() => undefined);
    }
    clients.set(key, client);
    return client;
  };
  const close = async () => {
    await Promise.all([...clients.values()].map((client) => client.close()));
  };
  return Object.assign(pool, { close });
}

function clientOptions(access: Access, aws: ArtifactSourceOptions['aws']): RegistryClientOptions {
  const {
    pullSecrets = [],
    provider,
    awsCredentials,
    ca,
    clientCertificate,
    proxy,
    insecure,
    allowLocalAddresses,
  } = access;
  const secrets = pullSecretSource(pullSecrets);
  return {
    credentials: provider === 'aws' ? firstOf(secrets, aws(awsCredentials)) : secrets,
    insecure,
    refuseLocalAddresses: !allowLocalAddresses,
    ...(ca === undefined ? {} : { ca }),
    ...(clientCertificate === undefined ? {} : { clientCertificate }),
    ...(proxy === undefined ? {} : { proxy }),
  };
}

/** Waits for work, or until `signal` aborts. */
async function orAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  let stop = () => {};
  const aborted = new Promise<void>((resolve) => {
    stop = resolve;
    signal.addEventListener('abort', stop, { once: true });
  });
  await Promise.race([work, aborted]);
  signal.removeEventListener('abort', stop);
}

/** Keeps what was used last, as much as `most` allows. */
function lru<T>(most: number, weigh: (value: T) => number) {
  const kept = new Map<string, T>();
  let total = 0;
  const drop = (key: string) => {
    const value = kept.get(key);
    if (value !== undefined) total -= weigh(value);
    kept.delete(key);
  };
  return {
    get(key: string): T | undefined {
      const value = kept.get(key);
      if (value === undefined) return undefined;
      kept.delete(key);
      kept.set(key, value);
      return value;
    },
    set(key: string, value: T): void {
      drop(key);
      kept.set(key, value);
      total += weigh(value);
      for (const oldest of kept.keys()) {
        if (total <= most || oldest === key) return;
        drop(oldest);
      }
    },
  };
}
