import { expect, test } from 'vitest';
import { createPacer } from '../../../src/internal/async/pacer.ts';

const tooLong = () => new Error('too long');

function burn(ms: number): number {
  const end = performance.now() + ms;
  let turns = 0;
  while (performance.now() < end) turns += 1;
  return turns;
}

test('gives what a step gives', () => {
  expect(createPacer(1_000, tooLong).run(() => 'x')).toBe('x');
});

test('ends steps that take too long together', () => {
  const pacer = createPacer(20, tooLong);
  const steps = () => {
    for (let step = 0; step < 1_000; step += 1) pacer.run(() => burn(1));
  };
  expect(steps).toThrow('too long');
});

test('lets others have their turn between steps, and only when it is time', async () => {
  const pacer = createPacer(60_000, tooLong);
  let turns = 0;
  const count = () => {
    turns += 1;
    setImmediate(count);
  };
  setImmediate(count);
  await pacer.giveWay();
  expect(turns).toBe(0);
  for (let step = 0; step < 5; step += 1) {
    pacer.run(() => burn(11));
    await pacer.giveWay();
  }
  expect(turns).toBeGreaterThanOrEqual(5);
});
