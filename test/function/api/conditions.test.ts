import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CONDITIONS } from '../../../src/function/api/conditions.ts';
import { Status } from '../../../src/protocol/messages.ts';
import { call, composite, condition, input, request } from '../call.ts';

const root = join(import.meta.dirname, '../../..');

function textsOf(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('api/conditions.ts'))
    .map((file) => readFileSync(join(root, folder, file), 'utf8'));
}

const sources = textsOf('src/function');
const tests = ['test/function', 'test/render'].flatMap(textsOf);

describe.each(Object.entries(CONDITIONS))('%s', (type, { reasons }) => {
  test('is set by the function and tested', () => {
    const names = (text: string) => text.includes(`'${type}'`);
    expect(sources.some(names), `src/function never sets ${type}`).toBe(true);
    expect(tests.some(names), `no test in test/function or test/render names ${type}`).toBe(true);
  });

  test.each(Object.keys(reasons))('the reason %s is set by the function and tested', (reason) => {
    const names = (text: string) => new RegExp(`\\b${reason}\\b`).test(text);
    expect(sources.some(names), `src/function never sets ${reason}`).toBe(true);
    expect(tests.some(names), `no test in test/function or test/render names ${reason}`).toBe(true);
  });
});

test('each condition that only reports abnormal states becomes True again when the state ends', async () => {
  // StatusRecorded becomes True only when Crossplane shows a schema that declares the status.
  const types = Object.entries(CONDITIONS).flatMap(([type, row]) =>
    'onlyAbnormal' in row && type !== 'StatusRecorded' ? [type] : [],
  );
  const status = { conditions: types.map((type) => condition(type, 'False')) };
  const { conditions } = await call(request({ input: input(), composite: { ...composite(), status } }));
  const over = conditions.filter(({ status: is }) => is === Status.TRUE).map(({ type }) => type);
  const message = 'call response.abnormal in every call, with no message where there is nothing to report';
  expect(over, message).toEqual(expect.arrayContaining(types));
});
