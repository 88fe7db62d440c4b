import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CacheError } from '../../src/cache/errors.ts';
import { formatError } from '../../src/cli/errors.ts';
import { OciError } from '../../src/oci/index.ts';

test.each([
  ['of this program', new CacheError('FULL', 'cannot write a: the disk is full'), 'cannot write a: the disk is full'],
  ['with a code', new OciError('TIMEOUT', 'cannot pull a'), 'cannot pull a'],
  ['of the operating system', systemError(), 'cannot read /none/\\u001b[2J: no such file or folder'],
])('an error %s is its message', (_, error, message) => {
  expect(formatError('program', error)).toBe(`program: ${message}\n`);
});

test.each([
  ['without a code', new TypeError('x is not a function')],
  ['with a code of a library', Object.assign(new Error('bad handle'), { code: 'ERR_LIBRARY' })],
])('an error %s is a defect, which is shown with its stack', (_, error) => {
  expect(formatError('program', error)).toMatch(new RegExp(`^program: \\w+: ${error.message}\n +at `));
});

function systemError(): unknown {
  try {
    return readFileSync('/none/\u001b[2J');
  } catch (error) {
    return error;
  }
}
