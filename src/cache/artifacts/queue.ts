/** Options of {@link createFairQueue}. */
export interface FairQueueOptions {
  /** The maximum number of running tasks. A tenant gets at most half of the slots that others leave free, or one. */
  readonly slots: number;
  /** The maximum number of waiting tasks of one tenant. */
  readonly maxWaitingPerTenant: number;
  /** Milliseconds for which a task is guaranteed its slot. */
  readonly turnMs: number;
  /** Returns the milliseconds of a monotonic clock. Default: that of this process. */
  readonly now?: () => number;
}

/** Runs the tasks of tenants in turn. */
export interface FairQueue {
  /**
   * Runs a task when it is its turn. Returns undefined, and runs nothing, if too many tasks of the tenant are waiting. The signal asks the
   * task to give way to another tenant's; its slot is released when it ends.
   */
  run<T>(tenant: string, work: (giveWay: AbortSignal) => Promise<T>): Promise<T> | undefined;
  /** Returns the numbers of waiting and running tasks. */
  load(): QueueLoad;
}

/** The numbers of tasks in a queue. */
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
  /** The time that its tasks had slots, until `usedAt`; it decays exponentially. */
  usedMs: number;
  usedAt: number;
  /** The number of the start at which it last got a slot; 0 before its first. */
  servedAt: number;
}

/** The time after which half of the time that a tenant has used still counts. */
const HALF_LIFE_MS = 60_000;
/** The maximum number of tenants whose use is remembered while they have no tasks. */
const MAX_IDLE_LINES = 1_000;
/** Milliseconds that a tenant waits before tasks of others are asked to give way. */
const PATIENCE_MS = 300;
/** Milliseconds between checks for expired turns while a tenant waits. */
const CHECK_MS = 100;

/**
 * Creates a {@link FairQueue}. A free slot goes to the waiting tenant that recently used slots the least. If no slot is free, tasks of the
 * tenants that used them the most give way after their turn, so that a tenant whose tasks hang does not block a tenant whose tasks are quick.
 */
export function createFairQueue(options: FairQueueOptions): FairQueue {
  const { slots, maxWaitingPerTenant, turnMs, now = () => performance.now() } = options;
  const lines = new Map<string, Line>();
  let starts = 0;
  let timer: NodeJS.Timeout | undefined;

  function fill(): void {
    for (let free = slots - loadOf(lines.values()).running; free > 0; free -= 1) {
      const next = nextLine(lines.values(), free, now());
      if (next === undefined) break;
      starts += 1;
      beginRun(next, starts, now());
    }
    makeWay();
  }

  /** Asks tasks to give way to waiting tenants that have no slot and used slots less. */
  function makeWay(): void {
    clearTimeout(timer);
    const all = [...lines.values()];
    const without = withoutSlot(all, now());
    if (without.length === 0) return;
    timer = setTimeout(makeWay, CHECK_MS).unref();
    for (const run of runsToEnd(all, without, turnMs, now())) run.giveWay.abort();
  }

  function release(line: Line, run: Run): void {
    endRun(line, run, now());
    forgetIdle(lines);
    fill();
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
      const line = lines.get(tenant) ?? newLine();
      if (line.waiting.length >= maxWaitingPerTenant) return undefined;
      lines.set(tenant, line);
      return start(line, work);
    },
    load: () => loadOf(lines.values()),
  };
}

function newLine(): Line {
  return { waiting: [], running: new Set(), usedMs: 0, usedAt: 0, servedAt: 0 };
}

function loadOf(lines: Iterable<Line>): QueueLoad {
  let [waiting, running] = [0, 0];
  for (const line of lines) {
    waiting += line.waiting.length;
    running += line.running.size;
  }
  return { waiting, running };
}

/** Gives a slot to the task of a tenant that has waited the longest. */
function beginRun(line: Line, servedAt: number, at: number): void {
  const run = { startedAt: at, giveWay: new AbortController() };
  line.servedAt = servedAt;
  line.running.add(run);
  line.waiting.shift()?.begin(run);
}

function endRun(line: Line, run: Run, at: number): void {
  line.usedMs = usedOf(line, at) + at - run.startedAt;
  line.usedAt = at;
  line.running.delete(run);
}

/** Returns the tenant that gets a free slot: of the waiting ones with fewer slots than half of `free`, the one that used slots the least. */
function nextLine(lines: Iterable<Line>, free: number, at: number): Line | undefined {
  const able = [...lines].filter(({ running }) => running.size === 0 || running.size < free / 2);
  return inTurn(able, at)[0]?.line;
}

/** Returns the waiting tenants that have no slot, in the order of their turns. */
function withoutSlot(lines: readonly Line[], at: number): InTurn[] {
  return inTurn(
    lines.filter(({ running }) => running.size === 0),
    at,
  );
}

/** A waiting tenant, and the slot time that counts for it. */
interface InTurn {
  readonly line: Line;
  readonly use: number;
}

/** Returns the decayed slot time of tasks that have ended. */
function usedOf({ usedMs, usedAt }: Line, at: number): number {
  return usedMs * 2 ** ((usedAt - at) / HALF_LIFE_MS);
}

/** Returns the slot time of all tasks. */
function useOf(line: Line, at: number): number {
  return [...line.running].reduce((sum, { startedAt }) => sum + at - startedAt, usedOf(line, at));
}

/** Returns the waiting tenants in the order of their turns. */
function inTurn(lines: readonly Line[], at: number): InTurn[] {
  return lines
    .filter(({ waiting }) => waiting.length > 0)
    .map((line) => ({ line, use: useOf(line, at) }))
    .sort((a, b) => a.use - b.use || a.line.servedAt - b.line.servedAt);
}

/** Returns the tasks that must give way: those that had their turn, of tenants that used slots more than a tenant `without` a slot. */
function runsToEnd(lines: readonly Line[], without: readonly InTurn[], turnMs: number, at: number): Run[] {
  const runs = lines.flatMap((line) => {
    const use = useOf(line, at);
    return [...line.running].map((run) => ({ run, use }));
  });
  const asked = runs.filter(({ run }) => run.giveWay.signal.aborted);
  const others = runs.filter(({ run }) => !run.giveWay.signal.aborted && at - run.startedAt >= turnMs);
  // The slots of tasks that were already asked are about to be released.
  const waiting = without.filter(({ line }) => hasWaited(line, at)).slice(asked.length);
  return others
    .sort((a, b) => b.use - a.use)
    .flatMap(({ run, use }, index) => (use > (waiting[index]?.use ?? Number.POSITIVE_INFINITY) ? [run] : []));
}

function hasWaited({ waiting: [first] }: Line, at: number): boolean {
  return first !== undefined && at - first.since >= PATIENCE_MS;
}

/** Removes tenants without work beyond {@link MAX_IDLE_LINES}, in the order of their first work. */
function forgetIdle(lines: Map<string, Line>): void {
  for (const [tenant, line] of lines) {
    if (lines.size <= MAX_IDLE_LINES) return;
    if (line.running.size === 0 && line.waiting.length === 0) lines.delete(tenant);
  }
}
