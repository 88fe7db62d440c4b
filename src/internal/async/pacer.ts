import { nextTurn } from './next-turn.ts';

/** Yields to other tasks of the thread between small steps of work, and limits the total time of the steps. */
export interface Pacer {
  /** Runs one step. Throws the error of `tooLong` if the earlier steps took too long. */
  run<T>(step: () => T): T;
  /** Yields to other tasks of the thread if the steps have used their slice. */
  giveWay(): Promise<void>;
}

/** Milliseconds of steps between two turns of other tasks. */
const SLICE_MS = 10;

/** Creates a {@link Pacer} for steps of at most `maxMs` in total. */
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
