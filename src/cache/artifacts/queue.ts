/** How many works of a {@link FairQueue} run and wait. */
export interface FairQueueOptions {
  /** Works that run at the same time. */
  readonly slots: number;
  /** Of one tenant. */
  readonly slotsPerTenant: number;
  /** Works of one tenant that wait. */
  readonly maxWaitingPerTenant: number;
}

/** Runs the work of tenants in turn. Gives undefined, and runs nothing, when too many works of the tenant wait already. */
export type FairQueue = <T>(tenant: string, work: () => Promise<T>) => Promise<T> | undefined;

interface Line {
  readonly waiting: (() => void)[];
  running: number;
  /** When it last got a slot, in the order of all starts; 0 while it never did. */
  servedAt: number;
}

/**
 * Creates a {@link FairQueue}. A free slot goes to the tenant that waits and was served longest ago, so a tenant with much work does not
 * hold up one that has little.
 */
export function createFairQueue({ slots, slotsPerTenant, maxWaitingPerTenant }: FairQueueOptions): FairQueue {
  const lines = new Map<string, Line>();
  let running = 0;
  let starts = 0;

  function next(): Line | undefined {
    let chosen: Line | undefined;
    for (const line of lines.values()) {
      if (line.waiting.length === 0 || line.running >= slotsPerTenant) continue;
      if (chosen === undefined || line.servedAt < chosen.servedAt) chosen = line;
    }
    return chosen;
  }

  function fill(): void {
    while (running < slots) {
      const line = next();
      if (line === undefined) return;
      running += 1;
      line.running += 1;
      starts += 1;
      line.servedAt = starts;
      line.waiting.shift()?.();
    }
  }

  async function take(tenant: string, line: Line): Promise<() => void> {
    await new Promise<void>((resolve) => {
      line.waiting.push(resolve);
      fill();
    });
    return () => {
      running -= 1;
      line.running -= 1;
      if (line.running === 0 && line.waiting.length === 0) lines.delete(tenant);
      fill();
    };
  }

  async function run<T>(tenant: string, line: Line, work: () => Promise<T>): Promise<T> {
    const release = await take(tenant, line);
    try {
      return await work();
    } finally {
      release();
    }
  }

  return (tenant, work) => {
    const line = lines.get(tenant) ?? { waiting: [], running: 0, servedAt: 0 };
    if (line.waiting.length >= maxWaitingPerTenant) return undefined;
    lines.set(tenant, line);
    return run(tenant, line, work);
  };
}
