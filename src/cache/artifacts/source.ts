import { sha256Hex } from '../../internal/bytes/hash.ts';
import { createFairLru, type FairLru } from '../../internal/fair-lru.ts';
import { type AttemptOptions, type Attempts, applyEvent, createAttempts, type Entry, type Work } from './attempts.ts';
import { type ClientPool, type ClientPoolOptions, createClientPool } from './clients.ts';
import type { ArtifactFetcher, FetchTask } from './fetch.ts';
import type { QueueLoad } from './queue.ts';
import type { Schedule, SourceRequest } from './request.ts';
import { dueAt, type Failure, type Fetched, NEW_SOURCE } from './state.ts';
import { storeScope } from './stored-client.ts';
import { createWaitingCalls, type WaitingLimits } from './waiting-calls.ts';

/** The state of a source at the end of a call. */
export interface SourceResult {
  readonly fetched: Fetched | undefined;
  /** True when the registry is unreachable and `fetched` comes from an earlier process. */
  readonly restored?: boolean | undefined;
  /** Set when the latest fetch failed; `fetched` is the previous result. */
  readonly failure: Failure | undefined;
  /** True while a fetch is running. */
  readonly pending: boolean;
  /** Milliseconds until the result may change; Infinity if it never does. */
  readonly nextMs: number;
}

/** Fetches artifacts from registries; concurrent calls share one fetch. */
export interface ArtifactSource {
  /** Resolves the request. Waits for a running fetch until `signal` aborts, unless too many calls wait; the fetch continues. */
  get(request: SourceRequest, schedule: Schedule, signal: AbortSignal): Promise<SourceResult>;
  /** Returns the content of a result of `get`; undefined if it is not fetched before `signal` aborts, or if too many calls wait. */
  content(
    request: SourceRequest,
    fetched: Fetched,
    schedule: Schedule,
    signal: AbortSignal,
  ): Promise<Uint8Array | undefined>;
  /** Returns the number of fetches that have begun. */
  fetches(): number;
  /** Returns the numbers of waiting and running fetches; those of slow sources are counted separately. */
  queues(): { readonly quick: QueueLoad; readonly slow: QueueLoad };
  /** Ends all fetches and closes connections. */
  close(): Promise<void>;
}

/** Options of {@link createArtifactSource}. */
export interface ArtifactSourceOptions extends ClientPoolOptions, AttemptOptions {
  /** Runs the fetches. Closed with the source. */
  readonly fetcher: ArtifactFetcher;
  /** The maximum size of all contents in memory, in bytes. Default 32 MiB. */
  readonly maxContentBytes?: number;
  /** The maximum number of sources whose state is remembered. Default 10,000. */
  readonly maxSources?: number;
  readonly waitingCalls?: WaitingLimits;
  /** Returns the milliseconds of a monotonic clock. Default: that of this process. */
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
  const fetches = createFetches({ fetcher, clients, contents, attempts, now });
  const waitFor = createWaitingCalls(options.waitingCalls);

  return {
    async get(request, schedule, signal) {
      const { tenant } = request;
      const source = sourceOf(request, entries);
      beginIfDue(source, schedule, fetches, now());
      const { entry } = source;
      if (entry.state.running && entry.running) await waitFor(tenant, entry.running, signal);
      return resultOf(source, schedule, now());
    },
    async content(request, fetched, schedule, signal) {
      const { tenant } = request;
      const key = contentKey(keyOf(request), fetched);
      const known = contents.get(tenant, key);
      if (known !== undefined) return known;
      const running = beginContentIfDue(sourceOf(request, entries), fetched, schedule, fetches, now());
      if (running === undefined) return undefined;
      await waitFor(tenant, running, signal);
      return contents.get(tenant, key);
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

/** A requested source. */
interface Source {
  readonly key: string;
  readonly entry: Entry;
  readonly request: SourceRequest;
}

function sourceOf(request: SourceRequest, entries: FairLru<Entry>): Source {
  const { tenant } = request;
  const key = keyOf(request);
  const entry = entries.get(tenant, key) ?? { state: NEW_SOURCE, gaveWay: 0, running: undefined, contents: new Map() };
  entries.set(tenant, key, entry);
  return { key, entry, request };
}

/** Returns the key of a source. It covers tenant and secrets: a caller with other credentials has its own source and results. */
function keyOf(request: SourceRequest): string {
  return sha256Hex(JSON.stringify(request));
}

function contentKey(key: string, { manifest }: Fetched): string {
  return `${key} ${manifest.sha256}`;
}

/** Begins a fetch unless one is running or the latest is still valid. */
function beginIfDue(source: Source, schedule: Schedule, fetches: Fetches, now: number): void {
  const { entry, request } = source;
  const { intervalMs, checkNow } = schedule;
  const isUrgent = checkNow !== undefined && checkNow !== entry.checkedNow;
  const start = applyEvent(entry, { kind: 'asked', now, intervalMs, changes: changes(request), isUrgent });
  if (!start) return;
  if (isUrgent) entry.checkedNow = checkNow;
  entry.running = fetches.begin(source, schedule);
}

/** Begins a fetch of content unless one is running, and returns it; undefined while a failed source must not be fetched again. */
function beginContentIfDue(
  source: Source,
  fetched: Fetched,
  schedule: Schedule,
  fetches: Fetches,
  now: number,
): Promise<void> | undefined {
  const { key, entry } = source;
  const at = contentKey(key, fetched);
  const begun = entry.contents.get(at);
  if (begun !== undefined) return begun;
  if ((entry.state.failure?.retryAt ?? 0) > now) return undefined;
  const running = fetches.beginContent(source, fetched, schedule);
  entry.contents.set(at, running);
  // Never rejects, as `running` does not.
  void running.then(() => entry.contents.delete(at));
  return running;
}

function resultOf({ entry: { state }, request }: Source, { intervalMs }: Schedule, now: number): SourceResult {
  const { fetched, failure, running, restored } = state;
  const nextMs = Math.max(0, dueAt(state, intervalMs, changes(request)) - now);
  return { fetched, restored, failure, pending: running, nextMs };
}

/** True unless the source names a digest, which always means the same. */
function changes({ selection }: SourceRequest): boolean {
  return selection.kind !== 'digest';
}

/** Begins fetches. Their results are in the entry of the source, and contents in memory: the promises do not reject. */
interface Fetches {
  /** Resolves a source, and fetches the revision unless it is known. */
  begin(source: Source, schedule: Schedule): Promise<void>;
  /** Fetches the content of a revision that was resolved before. */
  beginContent(source: Source, fetched: Fetched, schedule: Schedule): Promise<void>;
}

interface FetchesOptions {
  readonly fetcher: ArtifactFetcher;
  readonly clients: ClientPool;
  readonly contents: FairLru<Uint8Array>;
  readonly attempts: Attempts;
  readonly now: () => number;
}

function createFetches({ fetcher, clients, contents, attempts, now }: FetchesOptions): Fetches {
  /** Runs one step with the client of a source. */
  const runStep = ({ key, request }: Source, step: FetchTask['step'], signal: AbortSignal) => {
    const task = { request, scope: storeScope(request), requester: key, step };
    return clients.use(request, (client) => fetcher.run(client, task, signal));
  };

  /** Loads the stored result of a source, unless it is in memory. */
  const rescue = async (source: Source, signal: AbortSignal) => {
    const { key, entry, request } = source;
    const { fetched } = entry.state;
    if (fetched && contents.get(request.tenant, contentKey(key, fetched)) !== undefined) return;
    const result = await runStep(source, { kind: 'restore' }, signal);
    signal.throwIfAborted();
    if (result === 'unchanged') return;
    contents.set(request.tenant, contentKey(key, result.fetched), result.content.bytes);
    applyEvent(entry, { kind: 'restored', fetched: result.fetched });
  };

  const attempt = (source: Source, schedule: Schedule, run: Work['run']) =>
    attempts.begin(source.request, schedule, source.entry, { run, rescue: (signal) => rescue(source, signal) });

  return {
    begin(source, schedule) {
      const { key, entry, request } = source;
      const before = entry.state.fetched;
      return attempt(source, schedule, async (signal) => {
        const result = await runStep(source, { kind: 'find', known: before?.revision }, signal);
        // An abandoned fetch must not overwrite the result of a later one.
        signal.throwIfAborted();
        const fetched = result === 'unchanged' ? before : result.fetched;
        if (result !== 'unchanged') contents.set(request.tenant, contentKey(key, result.fetched), result.content.bytes);
        if (fetched) applyEvent(entry, { kind: 'fetched', now: now(), fetched });
        return result === 'unchanged' ? 'Unchanged' : 'Fetched';
      });
    },
    beginContent(source, fetched, schedule) {
      const { key, request } = source;
      return attempt(source, schedule, async (signal) => {
        const result = await runStep(source, { kind: 'fetch', revision: fetched.revision }, signal);
        if (result === 'unchanged') return 'Unchanged';
        contents.set(request.tenant, contentKey(key, fetched), result.content.bytes);
        return 'Fetched';
      });
    },
  };
}
