import { sha256Hex } from '../../internal/bytes/hash.ts';
import { createFairLru, type FairLru } from '../../internal/fair-lru.ts';
import { type AttemptOptions, createAttempts, type Entry, happen } from './attempts.ts';
import { type ClientPoolOptions, createClientPool } from './clients.ts';
import type { ArtifactFetcher, FetchTask } from './fetch.ts';
import type { QueueLoad } from './queue.ts';
import type { Pace, SourceRequest } from './request.ts';
import { dueAt, type Failure, type Fetched, NEW_SOURCE } from './state.ts';
import { storeScope } from './stored-client.ts';
import { createWaitingCalls, type WaitingLimits } from './waiting-calls.ts';

/** The state of a source at the end of a call. */
export interface SourceResult {
  readonly fetched: Fetched | undefined;
  /** The registry is unreachable, and `fetched` comes from an earlier process. */
  readonly restored?: boolean | undefined;
  /** The latest fetch failed; `fetched` is the previous result. */
  readonly failure: Failure | undefined;
  /** A fetch is still under way. */
  readonly pending: boolean;
  /** Milliseconds until it makes sense to ask again; Infinity when nothing will change. */
  readonly nextMs: number;
}

/** Fetches artifacts from registries; concurrent calls share one fetch. */
export interface ArtifactSource {
  /** Resolves the request. Waits for a running fetch until `signal` aborts, unless too many calls wait; the fetch continues. */
  get(request: SourceRequest, pace: Pace, signal: AbortSignal): Promise<SourceResult>;
  /** The content of what `get` returned; undefined when it is not fetched yet, `signal` aborts first, or too many calls wait. */
  content(request: SourceRequest, fetched: Fetched, pace: Pace, signal: AbortSignal): Promise<Uint8Array | undefined>;
  /** Fetches that were begun. */
  fetches(): number;
  /** Fetches that wait and that run, those of slow sources apart. */
  queues(): { readonly quick: QueueLoad; readonly slow: QueueLoad };
  /** Ends all fetches and closes connections. */
  close(): Promise<void>;
}

/** Options of {@link createArtifactSource}. */
export interface ArtifactSourceOptions extends ClientPoolOptions, AttemptOptions {
  /** Runs the fetches. Closed with the source. */
  readonly fetcher: ArtifactFetcher;
  /** Most bytes of contents that are kept in memory. Default 32 MiB. */
  readonly maxContentBytes?: number;
  /** Sources that are remembered. Default 10,000. */
  readonly maxSources?: number;
  readonly waitingCalls?: WaitingLimits;
  /** Milliseconds of a clock that does not go back. Default that of this process. */
  readonly now?: () => number;
}

/** Creates an {@link ArtifactSource}. */
export function createArtifactSource(options: ArtifactSourceOptions): ArtifactSource {
  const { fetcher, now = () => performance.now() } = options;
  const entries = createFairLru<Entry>({ maxSize: options.maxSources ?? 10_000, sizeOf: () => 1 });
  const contents = createFairLru<Uint8Array>({
    maxSize: options.maxContentBytes ?? 33_554_432,
    sizeOf: (bytes) => bytes.byteLength,
  });
  const clients = createClientPool(options);
  const closing = new AbortController();
  const attempts = createAttempts(options, now, closing.signal);
  const { begin } = attempts;
  const waitFor = createWaitingCalls(options.waitingCalls);

  /** Runs one step with the client of a request. */
  const runStep = (request: SourceRequest, step: FetchTask['step'], signal: AbortSignal) => {
    const task = { request, scope: storeScope(request), asker: keyOf(request), step };
    return clients.use(request, (client) => fetcher.run(client, task, signal));
  };

  /** Loads what the store has of a source, unless it is in memory. */
  const rescueOf = (key: string, entry: Entry, request: SourceRequest) => async (signal: AbortSignal) => {
    const { fetched } = entry.state;
    if (fetched && contents.get(request.tenant, contentKey(key, fetched)) !== undefined) return;
    const result = await runStep(request, { kind: 'restore' }, signal);
    signal.throwIfAborted();
    if (result === 'unchanged') return;
    contents.set(request.tenant, contentKey(key, result.fetched), result.content.bytes);
    happen(entry, { kind: 'restored', fetched: result.fetched });
  };

  function fetch(key: string, entry: Entry, request: SourceRequest, pace: Pace): Promise<void> {
    const before = entry.state.fetched;
    const run = async (signal: AbortSignal) => {
      const result = await runStep(request, { kind: 'find', known: before?.revision }, signal);
      // Work that was given up on must not overwrite what came after it.
      signal.throwIfAborted();
      const fetched = result === 'unchanged' ? before : result.fetched;
      if (result !== 'unchanged') contents.set(request.tenant, contentKey(key, result.fetched), result.content.bytes);
      if (fetched) happen(entry, { kind: 'fetched', now: now(), fetched });
      return result === 'unchanged' ? 'Unchanged' : 'Fetched';
    };
    return begin(request, pace, entry, { run, rescue: rescueOf(key, entry, request) });
  }

  function fetchContentOf(key: string, entry: Entry, request: SourceRequest, fetched: Fetched, pace: Pace) {
    const run = async (signal: AbortSignal) => {
      const result = await runStep(request, { kind: 'fetch', revision: fetched.revision }, signal);
      if (result === 'unchanged') return 'Unchanged';
      contents.set(request.tenant, contentKey(key, fetched), result.content.bytes);
      return 'Fetched';
    };
    return begin(request, pace, entry, { run, rescue: rescueOf(key, entry, request) });
  }

  return {
    async get(request, pace, signal) {
      const key = keyOf(request);
      const entry = entryOf(entries, request.tenant, key);
      const changes = request.selection.kind !== 'digest';
      const { intervalMs, lookNow } = pace;
      const isUrgent = lookNow !== undefined && lookNow !== entry.lookedNow;
      const start = happen(entry, { kind: 'asked', now: now(), intervalMs, changes, isUrgent });
      if (start && isUrgent) entry.lookedNow = lookNow;
      if (start) entry.running = fetch(key, entry, request, pace);
      if (entry.state.running && entry.running) await waitFor(request.tenant, entry.running, signal);
      const { fetched, failure, running, restored } = entry.state;
      const nextMs = Math.max(0, dueAt(entry.state, intervalMs, changes) - now());
      return { fetched, restored, failure, pending: running, nextMs };
    },
    async content(request, fetched, pace, signal) {
      const key = keyOf(request);
      const at = contentKey(key, fetched);
      const known = contents.get(request.tenant, at);
      if (known !== undefined) return known;
      const entry = entryOf(entries, request.tenant, key);
      const begun = entry.contents.get(at);
      if (begun === undefined && (entry.state.failure?.retryAt ?? 0) > now()) return undefined;
      const running = begun ?? fetchContentOf(key, entry, request, fetched, pace);
      if (begun === undefined) {
        entry.contents.set(at, running);
        // Does not reject, and so neither does this.
        void running.then(() => entry.contents.delete(at));
      }
      await waitFor(request.tenant, running, signal);
      return contents.get(request.tenant, at);
    },
    fetches: attempts.count,
    queues: attempts.queues,
    async close() {
      closing.abort();
      await fetcher.close();
      await clients.destroy();
    },
  };
}

function entryOf(entries: FairLru<Entry>, tenant: string, key: string): Entry {
  const entry = entries.get(tenant, key) ?? { state: NEW_SOURCE, gaveWay: 0, running: undefined, contents: new Map() };
  entries.set(tenant, key, entry);
  return entry;
}

/** The key includes tenant and secrets: a caller with other credentials gets a source, and results, of its own. */
function keyOf(request: SourceRequest): string {
  return sha256Hex(JSON.stringify(request));
}

function contentKey(key: string, { manifest }: Fetched): string {
  return `${key} ${manifest.sha256}`;
}
