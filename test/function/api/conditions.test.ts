import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CONDITIONS } from '../../../src/function/api/conditions.ts';

const root = join(import.meta.dirname, '../../..');

function textsOf(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('api/conditions.ts'))
    .map((file) => readFileSync(join(root, folder, file), 'utf8'));
}

const sources = textsOf('src/function');
const tests = ['test/function', 'test/render'].flatMap(textsOf);

describe.each(Object.entries(CONDITIONS))('%s', (type, { reasons }) => {
  test('is set by the function and seen by a test', () => {
    expect(sources.some((text) => text.includes(`'${type}'`))).toBe(true);
    expect(tests.some((text) => text.includes(`'${type}'`))).toBe(true);
  });

  test.each(Object.keys(reasons))('the reason %s is set by the function and seen by a test', (reason) => {
    const word = new RegExp(`\\b${reason}\\b`);
    expect(sources.some((text) => word.test(text))).toBe(true);
    expect(tests.some((text) => word.test(text))).toBe(true);
  });
});
