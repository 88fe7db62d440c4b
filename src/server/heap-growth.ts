import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { MIB } from '../internal/size.ts';

const EVERY_MS = 1_000;
/** The number of bytes by which the heap may grow between two full collections. */
const GROWTH = 40 * MIB;
const [LEAST, MOST] = [30, 200];

/**
 * Sets by how much the heap may grow between two full collections, now and every second. The memory of an HTTP/2 stream is only freed by a
 * full collection, and V8 runs one for every ten megabytes of a small heap. Letting a small heap grow to three times its size takes a tenth
 * less CPU. For a heap that tenants fill, three times its size would be most of the memory of the service. Passing the flag on the command
 * line would disable V8's cache of Node's own code at start.
 */
export function boundHeapGrowth(): void {
  let set: number | undefined;
  const adapt = () => {
    const percent = growthPercent(getHeapStatistics().used_heap_size);
    if (percent !== set) setFlagsFromString(`--heap-growing-percent=${percent}`);
    set = percent;
  };
  adapt();
  setInterval(adapt, EVERY_MS).unref();
}

/** Returns the growth of a heap with `usedBytes` in use, as a percentage in steps of ten. */
export function growthPercent(usedBytes: number): number {
  const percent = Math.round((10 * GROWTH) / usedBytes) * 10;
  return Math.min(Math.max(percent, LEAST), MOST);
}
