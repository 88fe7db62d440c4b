import { createLru } from '../internal/lru.ts';

/** The result of a {@link softCache}: a value, or the reason why it is missing. */
export type SoftResult<T> = { readonly value: T } | { readonly failure: string };

/** Options of {@link softCache}. */
export interface SoftCacheOptions<T> {
  /** Returns the time that a value is fresh, in milliseconds. */
  readonly ttlMs: (value: T) => number;
  /** The delay before another attempt after a failure, in milliseconds. */
  readonly pauseMs: number;
  /** The time limit for a call to wait for the first value, in milliseconds. */
  readonly waitMs: number;
  readonly maxEntries: number;
  /** Returns the time in milliseconds since the epoch. Default: Date.now. */
  readonly now?: () => number;
}

interface Entry<T> {
  value?: { readonly value: T };
  failure?: string;
  /** The time of the next load. */
  dueAt: number;
  loading?: Promise<void> | undefined;
}

/**
 * Creates a cache that limits the time that callers wait, and never throws. A stale value is returned while it is reloaded. A load that
 * exceeds the time limit continues, and a later call returns its result.
 */
export function softCache<K extends object, T>(
  load: (key: K) => Promise<T>,
  { ttlMs, pauseMs, waitMs, maxEntries, now = Date.now }: SoftCacheOptions<T>,
): (key: K) => Promise<SoftResult<T>> {
  const entries = createLru<string, Entry<T>>({ maxEntries });

  async function refresh(entry: Entry<T>, key: K): Promise<void> {
    try {
      const value = await load(key);
      entry.value = { value };
      delete entry.failure;
      entry.dueAt = now() + ttlMs(value);
    } catch (error) {
      // Errors of the SDK contain signed requests, so only their name and message are used.
      entry.failure = error instanceof Error ? `${error.name}: ${error.message}` : 'unknown error';
      entry.dueAt = now() + pauseMs;
    }
    entry.loading = undefined;
  }

  return async (key) => {
    const name = JSON.stringify(key);
    const entry = entries.get(name) ?? { dueAt: 0 };
    entries.set(name, entry);
    if (entry.dueAt <= now()) entry.loading ??= refresh(entry, key);
    if (entry.value === undefined && entry.loading) await withinMs(entry.loading, waitMs);
    return entry.value ?? { failure: entry.failure ?? `no response within ${waitMs} ms` };
  };
}

async function withinMs(work: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}
