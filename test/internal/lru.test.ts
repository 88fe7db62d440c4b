import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createLru } from '../../src/internal/lru.ts';

describe('createLru', () => {
  test('evicts the least recently used entry', () => {
    const lru = createLru<string, number>({ maxEntries: 2 });
    lru.set('a', 1);
    lru.set('b', 2);
    lru.get('a');
    lru.set('c', 3);
    expect(['a', 'b', 'c'].map((key) => lru.get(key))).toEqual([1, undefined, 3]);
  });

  test('evicts until the sizes fit', () => {
    const lru = createLru<string, string>({ maxEntries: 9, maxSize: 4, sizeOf: ({ length }) => length });
    lru.set('a', '1');
    lru.set('b', '22');
    lru.set('c', '333');
    expect(['a', 'b', 'c'].map((key) => lru.get(key))).toEqual([undefined, undefined, '333']);
  });

  test('does not keep a value larger than the bound, nor the value it replaces', () => {
    const lru = createLru<string, string>({ maxEntries: 9, maxSize: 2, sizeOf: ({ length }) => length });
    lru.set('a', '1');
    lru.set('a', '333');
    expect(lru.get('a')).toBeUndefined();
  });

  test('stays within its bounds and returns what was set last', () => {
    const step = fc.record({ key: fc.nat(9), value: fc.string({ maxLength: 4 }), remove: fc.boolean() });
    const bounds = { maxEntries: 4, maxSize: 8 };
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const lru = createLru<number, string>({ ...bounds, sizeOf: ({ length }) => length });
        const last = new Map<number, string>();
        for (const { key, value, remove } of steps) {
          if (remove) lru.delete(key);
          else lru.set(key, value);
          if (remove) last.delete(key);
          else last.set(key, value);
          const kept = [...last].flatMap(([one, want]) => {
            const found = lru.get(one);
            if (found !== undefined) expect(found).toBe(want);
            return found === undefined ? [] : [found];
          });
          expect(kept.length).toBeLessThanOrEqual(bounds.maxEntries);
          expect(kept.join('').length).toBeLessThanOrEqual(bounds.maxSize);
        }
      }),
    );
  });
});
