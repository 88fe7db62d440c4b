import { lookup } from 'node:dns/promises';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { reasonOf } from '../../src/internal/reason.ts';

const failure = async (make: () => unknown): Promise<unknown> => {
  try {
    return await make();
  } catch (error) {
    return error;
  }
};

test.each([
  { name: 'a file that is not there', make: () => readFileSync('/none/a'), want: 'no such file or folder' },
  { name: 'a folder', make: () => readFileSync('/'), want: 'it is a folder' },
  { name: 'a file on the way', make: () => readFileSync('/dev/null/a'), want: 'a part of the path is not a folder' },
  { name: 'a host', make: () => lookup('no-such.invalid'), want: /^(no such host: no-such\.invalid|.*EAI_AGAIN.*)$/ },
  { name: 'an error of a program', make: () => JSON.parse('{'), want: /JSON/ },
  { name: 'a text', make: () => Promise.reject('gone'), want: 'gone' },
])('$name', async ({ make, want }) => {
  expect(reasonOf(await failure(make))).toMatch(want);
});
