/** A map of the values of several owners. When it is full, the owner with the largest share loses its least recently used value. */
export interface FairLru<V> {
  get(owner: string, key: string): V | undefined;
  set(owner: string, key: string, value: V): void;
}

/** Bounds of {@link createFairLru}. */
export interface FairLruOptions<V> {
  /** The maximum total size. A larger value is not stored. */
  readonly maxSize: number;
  readonly sizeOf: (value: V) => number;
}

interface Share<V> {
  /** A Map iterates in insertion order: the first key is the least recently used. */
  readonly entries: Map<string, V>;
  size: number;
}

/** Creates an empty {@link FairLru}. */
export function createFairLru<V>({ maxSize, sizeOf }: FairLruOptions<V>): FairLru<V> {
  const shares = new Map<string, Share<V>>();
  let size = 0;

  function remove(owner: string, share: Share<V>, key: string): void {
    const value = share.entries.get(key);
    if (value === undefined) return;
    const freed = sizeOf(value);
    size -= freed;
    share.size -= freed;
    share.entries.delete(key);
    if (share.entries.size === 0) shares.delete(owner);
  }

  function evict(): void {
    let largest: [owner: string, share: Share<V>] | undefined;
    for (const entry of shares) {
      if (largest === undefined || entry[1].size > largest[1].size) largest = entry;
    }
    const [oldest] = largest?.[1].entries.keys() ?? [];
    if (largest !== undefined && oldest !== undefined) remove(...largest, oldest);
  }

  return {
    get(owner, key) {
      const entries = shares.get(owner)?.entries;
      const value = entries?.get(key);
      if (entries === undefined || value === undefined) return undefined;
      entries.delete(key);
      entries.set(key, value);
      return value;
    },
    set(owner, key, value) {
      const known = shares.get(owner);
      if (known !== undefined) remove(owner, known, key);
      const added = sizeOf(value);
      if (added > maxSize) return;
      const share = shares.get(owner) ?? { entries: new Map<string, V>(), size: 0 };
      shares.set(owner, share);
      share.entries.set(key, value);
      share.size += added;
      size += added;
      while (size > maxSize) evict();
    },
  };
}
