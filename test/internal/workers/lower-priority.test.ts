import { constants } from 'node:os';
import { expect, test } from 'vitest';
import { lowerPriority } from '../../../src/internal/workers/lower-priority.ts';

const { PRIORITY_NORMAL, PRIORITY_BELOW_NORMAL, PRIORITY_LOW } = constants.priority;

function set(priority: number, platform: NodeJS.Platform = 'linux'): number[] {
  const values: number[] = [];
  lowerPriority(platform, { getPriority: () => priority, setPriority: (value) => values.push(value) });
  return values;
}

test('a normal priority is lowered', () => {
  expect(set(PRIORITY_NORMAL)).toEqual([PRIORITY_BELOW_NORMAL]);
});

test('a lower one is never raised, which only root may do', () => {
  expect(set(PRIORITY_LOW)).toEqual([]);
});

test('the process keeps its priority where threads have none of their own', () => {
  expect(set(PRIORITY_NORMAL, 'darwin')).toEqual([]);
});

test('a system that refuses does not stop the thread', () => {
  const refuse = () => {
    throw new Error('uv_os_setpriority returned EACCES (permission denied)');
  };
  expect(() => lowerPriority('linux', { getPriority: () => PRIORITY_NORMAL, setPriority: refuse })).not.toThrow();
  expect(() => lowerPriority('linux', { getPriority: refuse, setPriority: () => undefined })).not.toThrow();
});
