import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { MIB } from '../internal/size.ts';

const EVERY_MS = 1_000;
/** Bytes by which the heap may grow until V8 collects all of it again. */
const GROWTH = 40 * MIB;
const [LEAST, MOST] = [30, 200];

/**
 * Sets by how much V8 lets the heap grow between two full collections, now and every second. The memory of an HTTP/2 stream is free only after
 * a full collection, and V8 does one for every ten megabytes of a small heap: three times the heap between two of them is a tenth less CPU.
 * Of a heap that tenants fill, three times would be most of the memory that the service takes. On the command line the flag would cost the
 * start V8's cache of Node's own code.
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

/** The percentage for a heap of so many bytes in use, in steps of ten. */
export function growthPercent(usedBytes: number): number {
  const percent = Math.round((10 * GROWTH) / usedBytes) * 10;
  return Math.min(Math.max(percent, LEAST), MOST);
}
