import { DEFAULT_RETRY, type RetryPolicy, type WaitObserver } from '../../oci/index.ts';
import type { Notes } from './notes.ts';

/** Milliseconds after which a person wonders what the program does. */
const PATIENCE_MS = 3_000;
/** Milliseconds between further notes about one wait. Logs get the first one only. */
const REPEAT_MS = 10_000;

/** Says what a command waits for when that takes long, and at the level `debug` how requests end. */
export function waitingNotes(notes: Notes, isTerminal: boolean, patienceMs = PATIENCE_MS): WaitObserver {
  return (what) => {
    const begun = performance.now();
    const elapsed = () => performance.now() - begun;
    const say = () => {
      notes.info(`waiting for ${what} for ${Math.round(elapsed() / 1_000)}s`);
      if (isTerminal) timer = setTimeout(say, REPEAT_MS).unref();
    };
    let timer = setTimeout(say, patienceMs).unref();
    return (outcome) => {
      clearTimeout(timer);
      if (outcome !== undefined) notes.debug(`${what}: ${outcome} (${Math.round(elapsed())} ms)`);
    };
  };
}

/** Does work for which a credential helper is run. It may ask a person, or never end, so a long wait is said. */
export function waitingForHelper<T>(notes: Notes, work: () => Promise<T>): Promise<T> {
  const end = waitingNotes(notes, process.stderr.isTTY)('the credential helper');
  return work().finally(end);
}

/** The usual retries, each of which is said: `waiting 0.5 s before try 2 of 4: cannot fetch …`. */
export function toldRetries(notes: Notes, policy: RetryPolicy = DEFAULT_RETRY): RetryPolicy {
  return {
    ...policy,
    onPause: (ms, tries, { message }) =>
      notes.info(`waiting ${(ms / 1_000).toFixed(1)} s before try ${tries + 1} of ${policy.attempts}: ${message}`),
  };
}
