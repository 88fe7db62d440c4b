import { setMaxListeners } from 'node:events';
import { withDeadline } from './deadline.ts';
import { failureOf, isFault, isUnreachable } from './failure.ts';
import { createFairQueue, type QueueLoad } from './queue.ts';
import type { Schedule, SourceRequest } from './request.ts';
import { type Failure, type FailureReason, nextState, type SourceEvent, type SourceState } from './state.ts';

/** A fetch that has ended, or that was not started. */
export interface FetchReport {
  readonly repository: SourceRequest['repository'];
  readonly tenant: string;
  readonly outcome: 'Fetched' | 'Unchanged' | 'GaveWay' | 'TooManyWaiting' | 'Fault' | FailureReason;
  /** Undefined for a fetch that was not started. */
  readonly seconds: number | undefined;
}

/** Options of {@link createAttempts}. */
export interface AttemptOptions {
  /** The maximum number of concurrent fetches. Default 8. */
  readonly concurrency?: number;
  /** The maximum number of waiting fetches of one tenant; further ones fail, and are retried. Default 256. */
  readonly maxWaitingPerTenant?: number;
  /** Called with errors that are defects of this program, and with the source. Default: none. */
  readonly onFault?: (error: unknown, fetched: Pick<FetchReport, 'repository' | 'tenant'>) => void;
  /** Called with each fetch that has ended. Default: none. */
  readonly onFetch?: (fetch: FetchReport) => void;
}

/** A source that is remembered. */
export interface Entry {
  state: SourceState;
  /** The number of consecutive fetches that gave way because they were slow. */
  gaveWay: number;
  /** The running fetch; never rejects. */
  running: Promise<void> | undefined;
  /** The running fetches of content, by the checksum of the manifest; they never reject. */
  readonly contents: Map<string, Promise<void>>;
  /** The latest value of {@link Schedule.checkNow} for which a fetch began. */
  checkedNow?: string;
}

/** One fetch. */
export interface Work {
  readonly run: (signal: AbortSignal) => Promise<'Fetched' | 'Unchanged'>;
  /** Called when the registry did not respond, before the failure is recorded. */
  readonly rescue: (signal: AbortSignal) => Promise<void>;
}

/** Runs the fetches of tenants in turn. */
export interface Attempts {
  /** Runs work when it is the tenant's turn. The outcome is in the entry's state: the promise does not reject. */
  begin(request: SourceRequest, schedule: Schedule, entry: Entry, work: Work): Promise<void>;
  /** Returns the number of fetches that have begun. */
  count(): number;
  /** Returns the numbers of waiting and running fetches; those of slow sources are counted separately. */
  queues(): { readonly quick: QueueLoad; readonly slow: QueueLoad };
}

/** The maximum duration of a fetch, regardless of the source. */
const MAX_FETCH_MS = 600_000;

/** Milliseconds that a fetch may use its slot while other tenants wait; the second value applies to sources whose fetches were slow. */
const QUICK_TURN_MS = 1_000;
const SLOW_TURN_MS = 20_000;
const SLOW_AFTER = 3;

/** Creates {@link Attempts} that end when `closing` aborts. */
export function createAttempts(options: AttemptOptions, now: () => number, closing: AbortSignal): Attempts {
  const { onFault = () => undefined, onFetch = () => undefined } = options;
  const queues = createQueues(options);
  // Each running fetch adds a listener.
  setMaxListeners(0, closing);
  let fetches = 0;

  function fail({ repository, tenant }: SourceRequest, entry: Entry, error: unknown): FetchReport['outcome'] {
    const failure = failureOf(error);
    applyEvent(entry, { kind: 'failed', now: now(), failure });
    if (!isFault(error)) return failure.reason;
    onFault(error, { repository, tenant });
    return 'Fault';
  }

  function gaveWay(entry: Entry): 'GaveWay' {
    entry.gaveWay += 1;
    applyEvent(entry, { kind: 'failed', now: now(), failure: GAVE_WAY });
    return 'GaveWay';
  }

  function begin(request: SourceRequest, { timeoutMs }: Schedule, entry: Entry, { run, rescue }: Work): Promise<void> {
    const { tenant, repository } = request;
    const within = <T>(giveWay: AbortSignal, step: (signal: AbortSignal) => Promise<T>) =>
      withDeadline(Math.min(timeoutMs, MAX_FETCH_MS), [closing, giveWay], step);
    const attempt = async (giveWay: AbortSignal): Promise<FetchReport['outcome']> => {
      try {
        const outcome = await within(giveWay, run);
        entry.gaveWay = 0;
        return outcome;
      } catch (error) {
        if (giveWay.aborted) return gaveWay(entry);
        if (isUnreachable(error)) {
          await within(giveWay, rescue).catch((again) => isFault(again) && onFault(again, { repository, tenant }));
        }
        return fail(request, entry, error);
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
    applyEvent(entry, { kind: 'failed', now: now(), failure: TOO_MANY });
    onFetch({ repository, tenant, outcome: 'TooManyWaiting', seconds: undefined });
    return Promise.resolve();
  }

  return {
    begin,
    count: () => fetches,
    queues: () => ({ quick: queues.quick.load(), slow: queues.slow.load() }),
  };
}

/** Creates separate queues for quick and slow fetches, so that neither kind blocks the other. */
function createQueues({ concurrency = 8, maxWaitingPerTenant = 256 }: AttemptOptions) {
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

/** Updates the state of an entry after an event. Returns true when a fetch must start. */
export function applyEvent(entry: Entry, event: SourceEvent): boolean {
  const { state, start } = nextState(entry.state, event);
  entry.state = state;
  return start;
}
