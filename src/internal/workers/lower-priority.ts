import os from 'node:os';

/** The part of `node:os` that reads and sets priorities. */
export type Priorities = Pick<typeof os, 'getPriority' | 'setPriority'>;

const BELOW_NORMAL = os.constants.priority.PRIORITY_BELOW_NORMAL;

/**
 * Lowers the priority of the calling thread on Linux, where each thread has its own. Does nothing if the process has a lower priority already,
 * which only root could raise, or if a sandbox forbids the call.
 */
export function lowerPriority(platform: NodeJS.Platform, { getPriority, setPriority }: Priorities = os): void {
  if (platform !== 'linux') return;
  try {
    if (getPriority() < BELOW_NORMAL) setPriority(BELOW_NORMAL);
  } catch {
    // The thread keeps the priority that it has.
  }
}
