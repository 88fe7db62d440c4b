import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CacheError } from '../../src/cache/errors.ts';
import { formatError } from '../../src/cli/errors.ts';
import { OciError } from '../../src/oci/index.ts';

test.each([
  ['of this program', new CacheError('FULL', 'cannot write a: the disk is full'), 'cannot write a: the disk is full'],
  ['with a code', new OciError('TIMEOUT', 'cannot pull a'), 'cannot pull a'],
  ['of the operating system', systemError(), 'cannot read /none/\\u001b[2J: no such file or folder'],
])('prints only the message of an error %s', (_, error, message) => {
  expect(formatError('program', error)).toBe(`program: ${message}\n`);
});

const src = join(import.meta.dirname, '../../src');
const rooms = readdirSync(src).filter((room) => room !== 'cli' && existsSync(join(src, room, 'errors.ts')));

test.each(rooms)('prints only the message of an error of %s', async (room) => {
  const prototypes = Object.values<unknown>(await import(join(src, room, 'errors.ts'))).flatMap((value) =>
    typeof value === 'function' && value.prototype instanceof Error ? [value.prototype] : [],
  );
  expect(prototypes.length).toBeGreaterThan(0);
  for (const prototype of prototypes) {
    const error: unknown = Object.create(prototype, { message: { value: 'why' }, stack: { value: 'at x.ts' } });
    expect(formatError('program', error), 'add its class to EXPECTED in src/cli/errors.ts').toBe('program: why\n');
  }
});

test.each([
  ['without a code', new TypeError('x is not a function')],
  ['with a code of a library', Object.assign(new Error('bad handle'), { code: 'ERR_LIBRARY' })],
])('prints the stack of an error %s, which is a defect', (_, error) => {
  expect(formatError('program', error)).toMatch(new RegExp(`^program: \\w+: ${error.message}\n +at `));
});

function systemError(): unknown {
  try {
    return readFileSync('/none/\u001b[2J');
  } catch (error) {
    return error;
  }
}
