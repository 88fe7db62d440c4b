import { createLru } from '../internal/lru.ts';

/** The result of a {@link softCache}: a value, or the reason why it is missing. */
export type SoftResult<T> = { readonly value: T } | { readonly failure: string };

/** Options of {@link softCache}. */
export interface SoftCacheOptions<T> {
  /** Milliseconds for which a value is fresh. */
  readonly keepMs: (value: T) => number;
  /** Milliseconds after a failure in which nothing is tried. */
  readonly pauseMs: number;
  /** Milliseconds that a caller waits for the first value. */
  readonly waitMs: number;
  readonly maxEntries: number;
  /** Milliseconds since the epoch. Default: the clock. */
  readonly now?: () => number;
}

interface Entry<T> {
  value?: { readonly value: T };
  failure?: string;
  /** When to load again. */
  dueAt: number;
  loading?: Promise<void> | undefined;
}

/**
 * Makes a cache that never lets a caller wait long and never throws: a stale value is returned while it is reloaded, a
 * load that takes longer than the caller waits continues for the next one.
 */
export function softCache<K extends object, T>(
  load: (key: K) => Promise<T>,
  { keepMs, pauseMs, waitMs, maxEntries, now = Date.now }: SoftCacheOptions<T>,
): (key: K) => Promise<SoftResult<T>> {
  const entries = createLru<string, Entry<T>>({ maxEntries });

  async function refresh(entry: Entry<T>, key: K): Promise<void> {
    try {
      const value = await load(key);
      entry.value = { value };
      delete entry.failure;
      entry.dueAt = now() + keepMs(value);
    } catch (error) {
      // Errors of the SDK hold requests with signatures, so only name and message go further.
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
