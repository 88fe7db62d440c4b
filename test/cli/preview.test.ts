import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { runProgram, startProgram } from '../program.ts';

const example = (path: string) => `${import.meta.dirname}/../../examples/${path}`;

describe('preview refuses', () => {
  for (const [name, args, says] of [
    ['a claim without a Composition', [example('claim/claim.yaml')], 'the Composition is missing'],
    ['an XRD without a claim', ['--xrd', example('claim/xrd.yaml')], '--observed and --xrd require a claim'],
    [
      'a file that does not exist',
      ['absent.yaml', example('claim/composition.yaml')],
      'cannot read absent.yaml: no such file or folder',
    ],
  ] as const) {
    test(name, async () => {
      const { code, stdout, stderr } = await runProgram(['preview', '--no-open', ...args]);
      expect([code, stdout, stderr]).toEqual([1, '', expect.stringContaining(says)]);
    });
  }
});

test('preview prints its loopback address, and exits on SIGTERM', async () => {
  const { process: child, ended } = startProgram(['preview', '--no-open']);
  const [line] = await once(child.stdout, 'data');
  expect(String(line)).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\n$/);
  const page = await (await fetch(String(line).trim())).text();
  expect(page).toContain("default-src 'none'");
  child.kill('SIGTERM');
  expect((await ended).code).toBe(0);
});
