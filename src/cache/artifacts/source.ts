import { setMaxListeners } from 'node:events';
import { waitUntilAborted } from '../../internal/async/abort.ts';
import { sha256Hex } from '../../internal/bytes/hash.ts';
import { createFairLru } from '../../internal/fair-lru.ts';
import { type ClientPoolOptions, createClientPool } from './clients.ts';
import { withDeadline } from './deadline.ts';
import { failureOf, isFault } from './failure.ts';
import type { ArtifactFetcher, FetchTask } from './fetch.ts';
import { createFairQueue, type QueueLoad } from './queue.ts';
import type { Pace, SourceRequest } from './request.ts';
import {
  dueAt,
  type Failure,
  type FailureReason,
  type Fetched,
  NEW_SOURCE,
  nextState,
  type SourceEvent,
  type SourceState,
} from './state.ts';
import { storeScope } from './stored-client.ts';

/** The state of a source at the end of a call. */
export interface SourceResult {
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
  /** Resolves the request. Waits for a fetch that is under way until `signal` aborts; the fetch goes on. */
  get(request: SourceRequest, pace: Pace, signal: AbortSignal): Promise<SourceResult>;
  /** The content of what `get` answered with; undefined when it is not at hand yet, or `signal` aborts before. */
  content(request: SourceRequest, fetched: Fetched, pace: Pace, signal: AbortSignal): Promise<Uint8Array | undefined>;
  /** Fetches that were begun. */
  fetches(): number;
  /** Fetches that wait and that run, those of slow sources apart. */
  queues(): { readonly quick: QueueLoad; readonly slow: QueueLoad };
  /** Ends all fetches and closes connections. */
  close(): Promise<void>;
}

/** A fetch that has ended, or that was refused its turn. */
export interface FetchReport {
  readonly repository: SourceRequest['repository'];
  readonly tenant: string;
  readonly outcome: 'Fetched' | 'Unchanged' | 'GaveWay' | 'TooManyWaiting' | 'Fault' | FailureReason;
  /** Undefined for one that never had a turn. */
  readonly seconds: number | undefined;
}

/** Options of {@link createArtifactSource}. */
export interface ArtifactSourceOptions extends ClientPoolOptions {
  /** Runs the fetches. Closed with the source. */
  readonly fetcher: ArtifactFetcher;
  /** Fetches at the same time. Default 8. */
  readonly concurrency?: number;
  /** Fetches of one tenant that wait for their turn; further ones fail for now. Default 256. */
  readonly maxWaitingPerTenant?: number;
  /** Most bytes of contents that are kept in memory. Default 64 MiB. */
  readonly maxContentBytes?: number;
  /** Sources that are remembered. Default 10,000. */
  readonly maxSources?: number;
  /** Milliseconds of a clock that does not go back. Default that of this process. */
  readonly now?: () => number;
  /** Called with errors that are defects of this program, and what was to be fetched. Default: none. */
  readonly onFault?: (error: unknown, fetched: Pick<FetchReport, 'repository' | 'tenant'>) => void;
  /** Called with each fetch when it has ended. Default: none. */
  readonly onFetch?: (fetch: FetchReport) => void;
}

interface Entry {
  state: SourceState;
  /** Consecutive fetches that took so long that they gave way. */
  gaveWay: number;
  /** The fetch that is under way; never rejects. */
  running: Promise<void> | undefined;
  /** The fetch of content that is under way, by the sum of its manifest; never rejects. */
  readonly contents: Map<string, Promise<void>>;
  /** The latest text of {@link Pace.lookNow} that was answered. */
  lookedNow?: string;
}

/** No fetch takes longer, whatever a source asks for. */
const MAX_FETCH_MS = 600_000;

/** Milliseconds that a fetch keeps its slot while other tenants wait; the second value is for sources that often took longer. */
const QUICK_TURN_MS = 1_000;
const SLOW_TURN_MS = 20_000;
const SLOW_AFTER = 3;

/** Creates an {@link ArtifactSource}. */
export function createArtifactSource(options: ArtifactSourceOptions): ArtifactSource {
  const { fetcher, now = () => performance.now(), onFault = () => undefined, onFetch = () => undefined } = options;
  const entries = createFairLru<Entry>({ maxSize: options.maxSources ?? 10_000, sizeOf: () => 1 });
  const contents = createFairLru<Uint8Array>({
    maxSize: options.maxContentBytes ?? 67_108_864,
    sizeOf: (bytes) => bytes.byteLength,
  });
  const clients = createClientPool(options);
  const queues = createQueues(options);
  const closing = new AbortController();
  // As many fetches listen as run.
  setMaxListeners(0, closing.signal);
  let fetches = 0;

  function entryOf(tenant: string, key: string): Entry {
    const entry = entries.get(tenant, key) ?? {
      state: NEW_SOURCE,
      gaveWay: 0,
      running: undefined,
      contents: new Map(),
    };
    entries.set(tenant, key, entry);
    return entry;
  }

  function fail({ repository, tenant }: SourceRequest, entry: Entry, error: unknown): FetchReport['outcome'] {
    const failure = failureOf(error);
    happen(entry, { kind: 'failed', now: now(), failure });
    if (!isFault(error)) return failure.reason;
    onFault(error, { repository, tenant });
    return 'Fault';
  }

  function gaveWay(entry: Entry): 'GaveWay' {
    entry.gaveWay += 1;
    happen(entry, { kind: 'failed', now: now(), failure: GAVE_WAY });
    return 'GaveWay';
  }

  /** Runs `work` when it is the tenant's turn. Whatever becomes of it is in the entry's state: the promise does not reject. */
  function begin(
    request: SourceRequest,
    { timeoutMs }: Pace,
    entry: Entry,
    work: (signal: AbortSignal) => Promise<'Fetched' | 'Unchanged'>,
  ): Promise<void> {
    const { tenant, repository } = request;
    const attempt = async (giveWay: AbortSignal): Promise<FetchReport['outcome']> => {
      try {
        const outcome = await withDeadline(Math.min(timeoutMs, MAX_FETCH_MS), [closing.signal, giveWay], work);
        entry.gaveWay = 0;
        return outcome;
      } catch (error) {
        return giveWay.aborted ? gaveWay(entry) : fail(request, entry, error);
      }
    };
    const limited = async (giveWay: AbortSignal) => {
      fetches += 1;
      const begunAt = now();
      const outcome = await attempt(giveWay);
      onFetch({ repository, tenant, outcome, seconds: (now() - begunAt) / 1000 });
    };
    const begun = (entry.gaveWay < SLOW_AFTER ? queues.quick : queues.slow).run(tenant, limited);
    if (begun !== undefined) return begun;
    happen(entry, { kind: 'failed', now: now(), failure: TOO_MANY });
    onFetch({ repository, tenant, outcome: 'TooManyWaiting', seconds: undefined });
    return Promise.resolve();
  }

  function fetch(key: string, entry: Entry, request: SourceRequest, pace: Pace): Promise<void> {
    const { tenant } = request;
    const before = entry.state.fetched;
    return begin(request, pace, entry, (signal) =>
      clients.use(request, async (client) => {
        const task: FetchTask = {
          request,
          scope: storeScope(request),
          step: { kind: 'find', known: before?.revision },
        };
        const result = await fetcher.run(client, task, signal);
        // Work that was given up on must not overwrite what came after it.
        signal.throwIfAborted();
        const fetched = result === 'unchanged' ? before : result.fetched;
        if (result !== 'unchanged') contents.set(tenant, contentKey(key, result.fetched), result.content.bytes);
        if (fetched) happen(entry, { kind: 'fetched', now: now(), fetched });
        return result === 'unchanged' ? 'Unchanged' : 'Fetched';
      }),
    );
  }

  function fetchContentOf(
    key: string,
    entry: Entry,
    request: SourceRequest,
    fetched: Fetched,
    pace: Pace,
  ): Promise<void> {
    const { tenant } = request;
    return begin(request, pace, entry, (signal) =>
      clients.use(request, async (client) => {
        const step = { kind: 'fetch', revision: fetched.revision } as const;
        const result = await fetcher.run(client, { request, scope: storeScope(request), step }, signal);
        if (result === 'unchanged') return 'Unchanged';
        contents.set(tenant, contentKey(key, fetched), result.content.bytes);
        return 'Fetched';
      }),
    );
  }

  return {
    async get(request, pace, signal) {
      const key = keyOf(request);
      const entry = entryOf(request.tenant, key);
      const changes = request.selection.kind !== 'digest';
      const { intervalMs, lookNow } = pace;
      const isUrgent = lookNow !== undefined && lookNow !== entry.lookedNow;
      const start = happen(entry, { kind: 'asked', now: now(), intervalMs, changes, isUrgent });
      if (start && isUrgent) entry.lookedNow = lookNow;
      if (start) entry.running = fetch(key, entry, request, pace);
      if (entry.state.running && entry.running) await orAborted(entry.running, signal);
      const { fetched, failure, running } = entry.state;
      const nextMs = Math.max(0, dueAt(entry.state, intervalMs, changes) - now());
      return { fetched, failure, pending: running, nextMs };
    },
    async content(request, fetched, pace, signal) {
      const key = keyOf(request);
      const at = contentKey(key, fetched);
      const known = contents.get(request.tenant, at);
      if (known !== undefined) return known;
      const entry = entryOf(request.tenant, key);
      const begun = entry.contents.get(at);
      if (begun === undefined && (entry.state.failure?.retryAt ?? 0) > now()) return undefined;
      const running = begun ?? fetchContentOf(key, entry, request, fetched, pace);
      if (begun === undefined) {
        entry.contents.set(at, running);
        // Does not reject, and so neither does this.
        void running.then(() => entry.contents.delete(at));
      }
      await orAborted(running, signal);
      return contents.get(request.tenant, at);
    },
    fetches: () => fetches,
    queues: () => ({ quick: queues.quick.load(), slow: queues.slow.load() }),
    async close() {
      closing.abort();
      await fetcher.close();
      await clients.destroy();
    },
  };
}

/** Slow fetches have slots of their own, so that they get done while there are quick ones, and the other way round. */
function createQueues({ concurrency = 8, maxWaitingPerTenant = 256 }: ArtifactSourceOptions) {
  const slow = Math.max(1, Math.floor(concurrency / 4));
  const quick = Math.max(1, concurrency - slow);
  return {
    quick: createFairQueue({ slots: quick, maxWaitingPerTenant, turnMs: QUICK_TURN_MS }),
    slow: createFairQueue({ slots: slow, maxWaitingPerTenant, turnMs: SLOW_TURN_MS }),
  };
}

const TOO_MANY: Failure = {
  reason: 'FetchFailed',
  message: 'too many sources of this namespace are being fetched; trying again later',
  lasting: false,
};

const GAVE_WAY: Failure = {
  reason: 'FetchFailed',
  message: 'the fetch took long and gave way to those of other namespaces; trying again with more time',
  lasting: false,
};

/** Moves the entry on, and tells whether a fetch is to start. */
function happen(entry: Entry, event: SourceEvent): boolean {
  const { state, start } = nextState(entry.state, event);
  entry.state = state;
  return start;
}

/** Tenants and secrets are part of what makes a request: who brings other credentials has a source, and answers, of their own. */
function keyOf(request: SourceRequest): string {
  return sha256Hex(JSON.stringify(request));
}

function contentKey(key: string, { manifest }: Fetched): string {
  return `${key} ${manifest.sha256}`;
}

/** Waits for a fetch, or until `signal` aborts. */
function orAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  // One call waits for all sources of a composite with one signal.
  setMaxListeners(0, signal);
  return waitUntilAborted(work, signal);
}
