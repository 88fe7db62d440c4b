import { setImmediate } from 'node:timers/promises';

// The page of `preview` is bundled with next-turn-browser.ts instead, by the field `browser` of package.json.

/** Resolves after the input and output that is due by now has been handled. */
export function nextTurn(): Promise<void> {
  return setImmediate();
}
