import type { PackageType } from '../../xpkg/kinds.ts';
import type { SetManifest } from '../sets/manifest.ts';

/** An artifact that was fetched and verified. */
export interface Fetched {
  /** `<tag>@sha256:<hex>`, or the digest alone if the request has no tag. */
  readonly revision: string;
  /** The digest of the manifest, or of the index if the reference resolves to one. */
  readonly digest: string;
  /** Describes the content, which is fetched on demand. */
  readonly manifest: SetManifest;
  /** The kind that installs the package; undefined for other content. */
  readonly packageType?: PackageType | undefined;
  /** A clause for messages about entries of the layers that are not in the content. */
  readonly leftOut?: string | undefined;
  /** The annotations of the image that name its origin. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** Reasons for a failed fetch, as in the composite's conditions. */
export type FailureReason =
  | 'FetchFailed'
  | 'AuthFailed'
  | 'VerifyFailed'
  | 'NotAllowed'
  | 'InvalidArtifact'
  | 'TooLarge';

/** A fetch that failed. */
export interface Failure {
  readonly reason: FailureReason;
  readonly message: string;
  /** True when a retry is unlikely to help: an unknown tag, missing permission, a bad signature. */
  readonly lasting: boolean;
  /** Milliseconds to wait before the next request, as the registry demands. */
  readonly retryAfterMs?: number | undefined;
}

/** The state of a source. */
export interface SourceState {
  /** The latest result; a failure does not remove it. */
  readonly fetched?: Fetched | undefined;
  /** The time at which the source was last resolved. */
  readonly checkedAt?: number | undefined;
  /** True when this process has fetched nothing yet, and the result is from an earlier one. */
  readonly restored?: boolean | undefined;
  /** Set when the latest fetch failed. */
  readonly failure?: (Failure & { readonly times: number; readonly retryAt: number }) | undefined;
  /** True while a fetch is running. */
  readonly running: boolean;
}

/** An event of a source. Times are milliseconds of one clock. */
export type SourceEvent =
  /** A call requests the source, immediately if `isUrgent`. A digest never changes, so `changes` is false for it. */
  | {
      readonly kind: 'asked';
      readonly now: number;
      readonly intervalMs: number;
      readonly changes: boolean;
      readonly isUrgent?: boolean;
    }
  | { readonly kind: 'fetched'; readonly now: number; readonly fetched: Fetched }
  /** The registry does not respond, and an earlier result is stored. */
  | { readonly kind: 'restored'; readonly fetched: Fetched }
  | { readonly kind: 'failed'; readonly now: number; readonly failure: Failure };

/** The state of a new source. */
export const NEW_SOURCE: SourceState = { running: false };

/** The first waits after a transient and after a lasting failure. Both double up to the longest. */
const FIRST_WAIT_MS = 1_000;
const FIRST_LASTING_WAIT_MS = 30_000;
const LONGEST_WAIT_MS = 15 * 60_000;
/** The longest `Retry-After` that is honored. */
const LONGEST_RETRY_AFTER_MS = 60 * 60_000;

/**
 * Returns the state of a source after an event, and whether a fetch starts. Concurrent calls share one fetch; a result is valid for an
 * interval; waits grow after each failure; and a failure never removes a result.
 */
export function nextState(state: SourceState, event: SourceEvent): { state: SourceState; start: boolean } {
  if (event.kind === 'asked') {
    const isDue = event.isUrgent || dueAt(state, event.intervalMs, event.changes) <= event.now;
    const start = !state.running && isDue;
    return { state: start ? { ...state, running: true } : state, start };
  }
  if (event.kind === 'fetched') {
    return { state: { fetched: event.fetched, checkedAt: event.now, running: false }, start: false };
  }
  if (event.kind === 'restored') {
    return { state: state.fetched ? state : { ...state, fetched: event.fetched, restored: true }, start: false };
  }
  // A failure of the other kind starts a new count.
  const before = state.failure?.lasting === event.failure.lasting ? state.failure : undefined;
  const times = (before?.times ?? 0) + 1;
  const retryAt = event.now + waitMs(event.failure, times);
  // The registry responds again, so the restored result is no longer needed.
  const kept = state.restored && event.failure.lasting ? {} : state;
  return { state: { ...kept, failure: { ...event.failure, times, retryAt }, running: false }, start: false };
}

/** Returns the time at which the source must be resolved again: -Infinity if it never was, Infinity if it never must be. */
export function dueAt(state: SourceState, intervalMs: number, changes: boolean): number {
  if (state.failure !== undefined) return state.failure.retryAt;
  if (state.checkedAt === undefined) return Number.NEGATIVE_INFINITY;
  return changes ? state.checkedAt + intervalMs : Number.POSITIVE_INFINITY;
}

function waitMs({ lasting, retryAfterMs = 0 }: Failure, times: number): number {
  const first = lasting ? FIRST_LASTING_WAIT_MS : FIRST_WAIT_MS;
  const backOff = Math.min(first * 2 ** Math.min(times - 1, 20), LONGEST_WAIT_MS);
  // The comparison is false for NaN.
  return retryAfterMs > backOff ? Math.min(retryAfterMs, LONGEST_RETRY_AFTER_MS) : backOff;
}

/** The annotations of an image that are shown to users: its origin, and the revision there. */
export const METADATA_KEYS = ['org.opencontainers.image.source', 'org.opencontainers.image.revision'] as const;
const MAX_METADATA_LENGTH = 256;

/** Picks the annotations that are short and printable enough for a status. */
export function metadataOf(annotations: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const entries = METADATA_KEYS.flatMap((key) => {
    const value = annotations[key];
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not get into a status.
    const isShown = value !== undefined && value.length <= MAX_METADATA_LENGTH && !/[\0-\x1f\x7f-\x9f]/.test(value);
    return isShown ? [[key, value] as const] : [];
  });
  return Object.fromEntries(entries);
}
