import { describe, expect, test } from 'vitest';
import { closureProblems, completeClosure, requirementsOf, sourceOf } from '../../../src/cache/pack/closure.ts';
import { formatLock } from '../../../src/cache/pack/lock.ts';
import { codeOf, digestOf, finderOf, made } from './packages.ts';

describe('a closure', () => {
  test('contains all direct and indirect dependencies, each once', async () => {
    const finder = finderOf(made('b', 'v1.2.0', { c: '>=v1.0.0' }), made('c', 'v1.5.0', { b: '>=v1.0.0' }));
    const { packages, requirements } = await completeClosure([made('a', 'v1.0.0', { b: '^1.0.0', c: '*' })], finder);
    expect(packages.map(({ source, tag }) => `${source.slice(-1)} ${tag}`)).toEqual([
      'a v1.0.0',
      'b v1.2.0',
      'c v1.5.0',
    ]);
    expect(closureProblems(packages, requirements)).toEqual([]);
  });

  test('selects the highest version that satisfies, of tags that are complete versions', async () => {
    const tags = ['v1.9.0', 'v1.10.0', 'v2.0.0', 'v1.11', 'latest', 'v1.12.0-rc.1'];
    const finder = finderOf(...tags.map((tag) => made('b', tag)));
    const { packages } = await completeClosure([made('a', 'v1.0.0', { b: '>=v1.0.0 <v2.0.0' })], finder);
    expect(packages[1]?.tag).toBe('v1.10.0');
  });

  test('uses a digest unchanged', async () => {
    const b = made('b', undefined);
    const { packages, requirements } = await completeClosure([made('a', 'v1.0.0', { b: b.digest })], finderOf(b));
    expect(packages[1]).toBe(b);
    expect(closureProblems(packages, requirements)).toEqual([]);
  });

  test('that cannot be completed is refused', async () => {
    const a = made('a', 'v1.0.0', { b: '^3.0.0' });
    expect(await codeOf(() => completeClosure([a], finderOf(made('b', 'v1.0.0'))))).toBe('INCOMPLETE');
    expect(await codeOf(() => completeClosure([made('a', 'v1.0.0', { b: 'zzz' })], finderOf()))).toBe('INCOMPLETE');
  });

  test.each([
    [
      'a package that is missing',
      [made('a', 'v1', { b: '*' })],
      /acme\/a depends on .*acme\/b \(\*\), which is not in the set/,
    ],
    [
      'a version that is too low',
      [made('a', 'v1', { b: '>=v2.0.0' }), made('b', 'v1.0.0')],
      /but the set has v1\.0\.0/,
    ],
    [
      'a digest that a range cannot be compared with',
      [made('a', 'v1', { b: '*' }), made('b', undefined)],
      /by digest only/,
    ],
    ['another digest', [made('a', 'v1', { b: digestOf('x') }), made('b', 'v1.0.0')], /but the set has sha256:/],
  ])('is checked as in Crossplane: %s', (_, packages, message) => {
    expect(closureProblems(packages, requirementsOf(packages))).toEqual([expect.stringMatching(message)]);
  });

  test('is written to a lock with the dependents of each package', async () => {
    const closure = await completeClosure([made('a', 'v1.0.0', { b: '^1.0.0' })], finderOf(made('b', 'v1.2.0')));
    expect(JSON.parse(formatLock(closure)).packages[1]).toEqual({
      source: 'registry.example.com/acme/b',
      version: 'v1.2.0',
      digest: digestOf('bv1.2.0'),
      neededBy: [{ source: 'registry.example.com/acme/a', version: '^1.0.0' }],
    });
  });
});

test.each([
  ['registry.example.com/acme/cfg', 'registry.example.com/acme/cfg'],
  ['registry.example.com:5000/acme/cfg', 'registry.example.com:5000/acme/cfg'],
  ['registry.example.com:5000/acme/cfg:v1', 'registry.example.com:5000/acme/cfg'],
  [`registry.example.com/acme/cfg:v1@${digestOf('x')}`, 'registry.example.com/acme/cfg'],
  [`docker.io/acme/cfg@${digestOf('x')}`, 'docker.io/acme/cfg'],
])('the source of %s is %s', (text, source) => {
  expect(sourceOf(text)).toBe(source);
});
