import { nextTurn } from './next-turn.ts';

/** Lets work that consists of many small steps share its thread, and limits the time of all steps together. */
export interface Pacer {
  /** Runs one step. Throws what `tooLong` makes when the steps so far took too long. */
  run<T>(step: () => T): T;
  /** Waits until others in this thread had their turn, when it is time for that. */
  giveWay(): Promise<void>;
}

/** Milliseconds that steps may take until others have their turn. */
const SLICE_MS = 10;

/** Creates a {@link Pacer} for steps of `maxMs` in all. */
export function createPacer(maxMs: number, tooLong: () => Error): Pacer {
  let total = 0;
  let slice = 0;
  return {
    run(step) {
      if (total > maxMs) throw tooLong();
      const before = performance.now();
      const result = step();
      const spent = performance.now() - before;
      total += spent;
      slice += spent;
      return result;
    },
    async giveWay() {
      if (slice < SLICE_MS) return;
      slice = 0;
      await nextTurn();
    },
  };
}
