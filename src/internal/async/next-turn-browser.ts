/** next-turn.ts for browsers. */

/** Resolves after the input and output that is due by now has been handled. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
