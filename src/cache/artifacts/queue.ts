/** Options of {@link createFairQueue}. */
export interface FairQueueOptions {
  /** Works that run at the same time. One tenant has at most half of the slots that others leave free, or one. */
  readonly slots: number;
  /** Works of one tenant that wait. */
  readonly maxWaitingPerTenant: number;
  /** Milliseconds for which work has its slot for certain. */
  readonly turnMs: number;
  /** Milliseconds of a clock that does not go back. Default that of this process. */
  readonly now?: () => number;
}

/** Runs the work of tenants in turn. */
export interface FairQueue {
  /**
   * Runs work when it is its turn. Gives undefined, and runs nothing, when too many works of the tenant wait already. The signal asks work
   * to give way to another tenant's; its slot is free once it has settled.
   */
  run<T>(tenant: string, work: (giveWay: AbortSignal) => Promise<T>): Promise<T> | undefined;
  /** The number of works now. */
  load(): QueueLoad;
}

/** The works of a queue. */
export interface QueueLoad {
  readonly waiting: number;
  readonly running: number;
}

interface Run {
  readonly startedAt: number;
  readonly giveWay: AbortController;
}

interface Wait {
  readonly since: number;
  readonly begin: (run: Run) => void;
}

interface Line {
  readonly waiting: Wait[];
  readonly running: Set<Run>;
  /** Time in slots until `usedAt`, of which less counts the longer ago it was. */
  usedMs: number;
  usedAt: number;
  /** When it last got a slot, in the order of all starts; 0 while it never did. */
  servedAt: number;
}

/** Time after which half of the time that a tenant has used still counts. */
const HALF_LIFE_MS = 60_000;
/** Tenants whose use is remembered while they have no work. */
const MAX_IDLE_LINES = 1_000;
/** Milliseconds that a tenant waits for a slot to become free. */
const PATIENCE_MS = 300;
/** Milliseconds between checks for expired turns while a tenant waits. */
const LOOK_MS = 100;

/**
 * Creates a {@link FairQueue}. A free slot goes to the waiting tenant that has used slots the least of late. When there is none, works of
 * tenants that have used them the most give way, once they had their turn: a tenant whose work hangs does not hold up one whose work is quick.
 */
export function createFairQueue(options: FairQueueOptions): FairQueue {
  const { slots, maxWaitingPerTenant, turnMs, now = () => performance.now() } = options;
  const lines = new Map<string, Line>();
  let running = 0;
  let starts = 0;
  let timer: NodeJS.Timeout | undefined;

  /** Time in slots of works that have ended. */
  const usedOf = ({ usedMs, usedAt }: Line) => usedMs * 2 ** ((usedAt - now()) / HALF_LIFE_MS);
  const useOf = (line: Line) => [...line.running].reduce((sum, { startedAt }) => sum + now() - startedAt, usedOf(line));

  /** Tenants that wait, those whose turn it is first. */
  const inTurn = (lines: readonly Line[]) =>
    lines
      .filter(({ waiting }) => waiting.length > 0)
      .map((line) => ({ line, use: useOf(line) }))
      .sort((a, b) => a.use - b.use || a.line.servedAt - b.line.servedAt);

  function fill(): void {
    while (running < slots) {
      const free = slots - running;
      const able = [...lines.values()].filter(({ running: own }) => own.size === 0 || own.size < free / 2);
      const [next] = inTurn(able);
      if (next === undefined) break;
      serve(next.line);
    }
    makeWay();
  }

  function serve(line: Line): void {
    const run = { startedAt: now(), giveWay: new AbortController() };
    running += 1;
    starts += 1;
    line.servedAt = starts;
    line.running.add(run);
    line.waiting.shift()?.begin(run);
  }

  /** Asks works to give way to tenants that wait, have no slot and have used slots less. */
  function makeWay(): void {
    clearTimeout(timer);
    const without = inTurn([...lines.values()].filter((line) => line.running.size === 0));
    if (without.length === 0) return;
    timer = setTimeout(makeWay, LOOK_MS).unref();
    const runs = [...lines.values()].flatMap((line) => {
      const use = useOf(line);
      return [...line.running].map((run) => ({ run, use }));
    });
    const [asked, others] = [true, false].map((is) => runs.filter(({ run }) => run.giveWay.signal.aborted === is));
    // The slots of those that were asked are about to be free.
    const waiting = without.filter(({ line }) => hasWaited(line)).slice(asked?.length);
    const over = (others ?? []).filter(({ run }) => now() - run.startedAt >= turnMs).sort((a, b) => b.use - a.use);
    over.forEach(({ run, use }, index) => {
      const other = waiting[index];
      if (other !== undefined && use > other.use) run.giveWay.abort();
    });
  }

  const hasWaited = ({ waiting: [first] }: Line) => first !== undefined && now() - first.since >= PATIENCE_MS;

  function release(line: Line, run: Run): void {
    line.usedMs = usedOf(line) + now() - run.startedAt;
    line.usedAt = now();
    line.running.delete(run);
    running -= 1;
    forgetIdle();
    fill();
  }

  function forgetIdle(): void {
    if (lines.size <= MAX_IDLE_LINES) return;
    for (const [tenant, line] of lines) {
      if (line.running.size === 0 && line.waiting.length === 0) lines.delete(tenant);
      if (lines.size <= MAX_IDLE_LINES) return;
    }
  }

  async function start<T>(line: Line, work: (giveWay: AbortSignal) => Promise<T>): Promise<T> {
    const run = await new Promise<Run>((resolve) => {
      line.waiting.push({ since: now(), begin: resolve });
      fill();
    });
    try {
      return await work(run.giveWay.signal);
    } finally {
      release(line, run);
    }
  }

  return {
    run(tenant, work) {
      const line = lines.get(tenant) ?? { waiting: [], running: new Set(), usedMs: 0, usedAt: 0, servedAt: 0 };
      if (line.waiting.length >= maxWaitingPerTenant) return undefined;
      lines.set(tenant, line);
      return start(line, work);
    },
    load: () => ({ waiting: [...lines.values()].reduce((sum, { waiting }) => sum + waiting.length, 0), running }),
  };
}
