import { DEFAULT_RETRY, type RetryPolicy, type WaitObserver } from '../../oci/index.ts';
import type { Notes } from './notes.ts';

/** Milliseconds of a wait before it is reported. */
const PATIENCE_MS = 3_000;
/** Milliseconds between further notes about a wait, on a terminal only. */
const REPEAT_MS = 10_000;

/** Returns an observer that reports long waits and, at the level `debug`, the outcome of requests. */
export function waitingNotes(notes: Notes, isTerminal: boolean, patienceMs = PATIENCE_MS): WaitObserver {
  return (what) => {
    const begun = performance.now();
    const elapsed = () => performance.now() - begun;
    const report = () => {
      notes.info(`waiting for ${what} for ${Math.round(elapsed() / 1_000)}s`);
      if (isTerminal) timer = setTimeout(report, REPEAT_MS).unref();
    };
    let timer = setTimeout(report, patienceMs).unref();
    return (outcome) => {
      clearTimeout(timer);
      if (outcome !== undefined) notes.debug(`${what}: ${outcome} (${Math.round(elapsed())} ms)`);
    };
  };
}

/** Runs work that calls a credential helper. The helper may wait for the user, or never end, so long waits are reported. */
export function waitingForHelper<T>(notes: Notes, work: () => Promise<T>): Promise<T> {
  const end = waitingNotes(notes, process.stderr.isTTY)('the credential helper');
  return work().finally(end);
}

/** Returns a retry policy that reports each retry: `waiting 0.5 s before attempt 2 of 4: cannot fetch …`. */
export function reportedRetries(notes: Notes, policy: RetryPolicy = DEFAULT_RETRY): RetryPolicy {
  return {
    ...policy,
    onPause: (ms, tries, { message }) =>
      notes.info(`waiting ${(ms / 1_000).toFixed(1)} s before attempt ${tries + 1} of ${policy.attempts}: ${message}`),
  };
}
