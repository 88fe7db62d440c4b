import { expect, test } from 'vitest';
import { createFairLru } from '../../src/internal/fair-lru.ts';

const create = (maxSize: number) => createFairLru<number>({ maxSize, sizeOf: (size) => size });

test('takes room from the owner that has most of it', () => {
  const map = create(10);
  map.set('small', 'a', 2);
  for (const key of ['a', 'b', 'c', 'd', 'e', 'f']) map.set('large', key, 2);
  expect(map.get('small', 'a')).toBe(2);
  expect(['a', 'b', 'c', 'd', 'e', 'f'].map((key) => map.get('large', key))).toEqual([
    undefined,
    undefined,
    2,
    2,
    2,
    2,
  ]);
});

test('takes what was used longest ago', () => {
  const map = create(3);
  for (const key of ['a', 'b', 'c']) map.set('one', key, 1);
  map.get('one', 'a');
  map.set('one', 'd', 1);
  expect(['a', 'b', 'c', 'd'].map((key) => map.get('one', key))).toEqual([1, undefined, 1, 1]);
});

test('keeps equal keys of two owners apart', () => {
  const map = create(10);
  map.set('one', 'a', 1);
  map.set('two', 'a', 2);
  expect([map.get('one', 'a'), map.get('two', 'a'), map.get('three', 'a')]).toEqual([1, 2, undefined]);
});

test('counts a value that is replaced once', () => {
  const map = create(10);
  for (let size = 1; size <= 10; size += 1) map.set('one', 'a', size);
  map.set('two', 'b', 0);
  expect([map.get('one', 'a'), map.get('two', 'b')]).toEqual([10, 0]);
});

test('does not keep what is larger than all its room, and drops nothing for it', () => {
  const map = create(10);
  map.set('one', 'a', 10);
  map.set('two', 'b', 11);
  expect([map.get('one', 'a'), map.get('two', 'b')]).toEqual([10, undefined]);
});
