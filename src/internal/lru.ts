/** A map that evicts the least recently used entry when it is full. */
export interface Lru<K, V> {
  get(key: K): V | undefined;
  set(key: K, value: V): void;
  delete(key: K): void;
}

/** Bounds of {@link createLru}. */
export interface LruOptions<V> {
  readonly maxEntries: number;
  /** The maximum total size; a larger value is not stored. Default: none. */
  readonly maxSize?: number;
  /** Returns the size of a value, in the unit of `maxSize`. Default: 0. */
  readonly sizeOf?: (value: V) => number;
}

/** Creates an empty {@link Lru}. */
export function createLru<K, V>(options: LruOptions<V>): Lru<K, V> {
  const { maxEntries, maxSize = Number.POSITIVE_INFINITY, sizeOf = () => 0 } = options;
  // A Map iterates in insertion order: the first key is the least recently used.
  const entries = new Map<K, V>();
  let size = 0;

  function remove(key: K): void {
    const value = entries.get(key);
    if (value === undefined) return;
    size -= sizeOf(value);
    entries.delete(key);
  }

  function evict(): void {
    for (const key of entries.keys()) {
      if (entries.size <= maxEntries && size <= maxSize) return;
      remove(key);
    }
  }

  return {
    get(key) {
      const value = entries.get(key);
      if (value === undefined) return undefined;
      entries.delete(key);
      entries.set(key, value);
      return value;
    },
    set(key, value) {
      remove(key);
      const added = sizeOf(value);
      if (added > maxSize) return;
      entries.set(key, value);
      size += added;
      evict();
    },
    delete: remove,
  };
}
