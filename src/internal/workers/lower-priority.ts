import os from 'node:os';

/** The part of `node:os` that reads and sets priorities. */
export type Priorities = Pick<typeof os, 'getPriority' | 'setPriority'>;

const BELOW_NORMAL = os.constants.priority.PRIORITY_BELOW_NORMAL;

/**
 * Lowers the priority of the calling thread, where a priority is a thread's own: on Linux. A process may run below that already, and then
 * only root could raise it; a sandbox may forbid the call. Neither is a reason not to work.
 */
export function lowerPriority(platform: NodeJS.Platform, { getPriority, setPriority }: Priorities = os): void {
  if (platform !== 'linux') return;
  try {
    if (getPriority() < BELOW_NORMAL) setPriority(BELOW_NORMAL);
  } catch {
    // The thread keeps the priority that it has.
  }
}
