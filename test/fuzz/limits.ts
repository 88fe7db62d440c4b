/** What one case may cost. */
export interface Limits {
  /** CPU time of this process, threads included. Default 250 ms. */
  readonly cpuMs?: number;
  /** Growth of memory that is still there after a garbage collection, while the result is held. Default 64 MiB. */
  readonly memoryBytes?: number;
}

const ATTEMPTS = 3;
const MEBIBYTE = 1_048_576;

/** A case that cost too much. */
export class TooExpensive extends Error {
  override readonly name = 'TooExpensive';
}

/**
 * Does `work` and checks what it costs. A busy machine makes single measurements worse, never better, so the best of three counts, and
 * only when the first is over the limit.
 */
export async function within<T>(
  { cpuMs = 250, memoryBytes = 64 * MEBIBYTE }: Limits,
  work: () => T | Promise<T>,
): Promise<T> {
  let cost = { cpuMs: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY };
  for (let attempt = 1; ; attempt += 1) {
    if (attempt > 1) globalThis.gc?.();
    const memory = usedBytes();
    const cpu = process.cpuUsage();
    const result = await work();
    const { user, system } = process.cpuUsage(cpu);
    if (attempt > 1) globalThis.gc?.();
    cost = {
      cpuMs: Math.min(cost.cpuMs, (user + system) / 1_000),
      bytes: Math.min(cost.bytes, usedBytes() - memory),
    };
    if (cost.cpuMs <= cpuMs && cost.bytes <= memoryBytes) return result;
    if (attempt === ATTEMPTS) break;
  }
  if (cost.cpuMs > cpuMs) throw new TooExpensive(`it takes ${Math.round(cost.cpuMs)} ms of CPU, the limit is ${cpuMs}`);
  throw new TooExpensive(`it keeps ${(cost.bytes / MEBIBYTE).toFixed(1)} MiB, the limit is ${memoryBytes / MEBIBYTE}`);
}

function usedBytes(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
