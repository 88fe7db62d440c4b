import { setImmediate } from 'node:timers/promises';

// The page of `preview` is bundled with next-turn-browser.ts instead, by the field `browser` of package.json.

/** Waits until pending input and output has been handled. */
export function nextTurn(): Promise<void> {
  return setImmediate();
}
