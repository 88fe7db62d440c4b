/** The function of next-turn.ts, for browsers. */

/** Waits until pending input and output has been handled. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
