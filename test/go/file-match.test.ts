import { expect, test } from 'vitest';
import { compileFileMatch } from '../../src/go/file-match.ts';
import { startCpuTimer } from '../cpu-time.ts';

// What filepath.Match of Go 1.26 returns; 'bad' stands for ErrBadPattern. Most are of Go's own test, path/filepath/match_test.go.
test.each([
  ['abc', 'abc', true],
  ['*', 'abc', true],
  ['*c', 'abc', true],
  ['a*', 'a', true],
  ['a*', 'abc', true],
  ['a*', 'ab/c', false],
  ['a*/b', 'abc/b', true],
  ['a*/b', 'a/c/b', false],
  ['a*b*c*d*e*/f', 'axbxcxdxe/f', true],
  ['a*b*c*d*e*/f', 'axbxcxdxe/xxx/f', false],
  ['a*b?c*x', 'abxbbxdbxebxczzx', true],
  ['a*b?c*x', 'abxbbxdbxebxczzy', false],
  ['ab[c]', 'abc', true],
  ['ab[b-d]', 'abc', true],
  ['ab[e-g]', 'abc', false],
  ['ab[^c]', 'abc', false],
  ['ab[^b-d]', 'abc', false],
  ['ab[^e-g]', 'abc', true],
  ['a\\*b', 'a*b', true],
  ['a\\*b', 'ab', false],
  ['a?b', 'a☺b', true],
  ['a[^a]b', 'a☺b', true],
  ['a???b', 'a☺b', false],
  ['a[^a][^a][^a]b', 'a☺b', false],
  ['[a-ζ]*', 'α', true],
  ['*[a-ζ]', 'A', false],
  ['a?b', 'a/b', false],
  ['a*b', 'a/b', false],
  ['a[^b]c', 'a/c', true],
  ['[\\]a]', ']', true],
  ['[\\-]', '-', true],
  ['[x\\-]', 'x', true],
  ['[x\\-]', '-', true],
  ['[x\\-]', 'z', false],
  ['[\\-x]', 'x', true],
  ['[\\-x]', 'a', false],
  ['[]a]', ']', 'bad'],
  ['[-]', '-', 'bad'],
  ['[x-]', 'x', 'bad'],
  ['[-x]', 'x', 'bad'],
  ['\\', 'a', 'bad'],
  ['[a-b-c]', 'a', 'bad'],
  ['[', 'a', 'bad'],
  ['[^', 'a', 'bad'],
  ['[^bc', 'a', 'bad'],
  ['a[', 'a', 'bad'],
  ['a[', 'ab', 'bad'],
  ['a[', 'x', 'bad'],
  ['*x', 'xxx', true],
  ['', '', true],
  ['', 'a', false],
  ['registry[0-9]', 'registry1', true],
  ['registry[0-9]', 'registrya', false],
  ['*a]', 'ba]', true],
  ['[[]', '[', true],
  ['[^]a]', 'a', 'bad'],
] as const)('%s against %s: %s', (pattern, name, result) => {
  expect(compileFileMatch(pattern)?.(name) ?? 'bad').toBe(result);
});

test.each(['x*[', 'a\\'])('refuses %s whatever the name, where Go stops before it sees the error', (pattern) => {
  expect(compileFileMatch(pattern)).toBeUndefined();
});

test('time grows with the product of the lengths at most', () => {
  const matches = compileFileMatch(`${'*a'.repeat(2_000)}*b`);
  const cpuTime = startCpuTimer();
  expect(matches?.('a'.repeat(4_000))).toBe(false);
  expect(cpuTime()).toBeLessThan(2_000);
});
