import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { repositoryNameProblem } from '../../../src/function/api/ecr-name.ts';

// repositoryName of https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html
const PATTERN = /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$/;

const ecrName = fc
  .array(fc.array(fc.stringMatching(/^[a-z0-9]{1,8}$/), { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 4 })
  .chain((parts) => fc.tuple(fc.constant(parts), fc.constantFrom('.', '_', '__', '-', '--', '---')))
  .map(([parts, separator]) => parts.map((words) => words.join(separator)).join('/'));

describe('repositoryNameProblem', () => {
  for (const { name, ok, reason } of [
    { name: '', ok: false, reason: 'empty' },
    { name: 'a', ok: false, reason: 'one character less than the minimum' },
    { name: 'ab', ok: true, reason: 'the minimum length' },
    { name: 'a'.repeat(256), ok: true, reason: 'the maximum length' },
    { name: 'a'.repeat(257), ok: false, reason: 'one character more than the maximum' },
    { name: 'a-b.c_d/e', ok: true, reason: 'every separator' },
    { name: 'a--b', ok: true, reason: 'consecutive dashes, as in names of Kubernetes' },
    { name: 'a-----b/c--d', ok: true, reason: 'any number of dashes' },
    { name: 'a__b', ok: true, reason: 'two underscores' },
    { name: 'a___b', ok: false, reason: 'three underscores' },
    { name: 'a..b', ok: false, reason: 'two dots' },
    { name: 'a//b', ok: false, reason: 'an empty path component' },
    { name: 'a_-b', ok: false, reason: 'an underscore and a dash' },
    { name: 'ab-', ok: false, reason: 'ends with a dash' },
    { name: 'a.-b', ok: false, reason: 'two different separators in a row' },
    { name: 'a/-b', ok: false, reason: 'a path component that begins with a separator' },
    { name: '/ab', ok: false, reason: 'leading slash' },
    { name: 'ab/', ok: false, reason: 'trailing slash' },
    { name: '1ab', ok: true, reason: 'begins with a digit, which ECR allows' },
    { name: '123', ok: true, reason: 'digits only' },
    { name: 'a\ud83d', ok: false, reason: 'half of a surrogate pair' },
    { name: 'aB', ok: false, reason: 'upper case' },
    { name: 'aé', ok: false, reason: 'a letter outside ASCII' },
    { name: 'ab\n', ok: false, reason: 'ends with a line feed' },
  ]) {
    test(`${ok ? 'accepts' : 'refuses'} ${JSON.stringify(name.slice(0, 20))}: ${reason}`, () => {
      expect(repositoryNameProblem(name) === undefined, repositoryNameProblem(name)).toBe(ok);
    });
  }

  test('accepts all names of 2 to 256 characters that the pattern of AWS matches', () => {
    fc.assert(
      fc.property(ecrName, (name) => repositoryNameProblem(name) === undefined || name.length > 256 || name.length < 2),
    );
  });

  test('refuses all names that the pattern of AWS does not match', () => {
    const anything = fc.string({ unit: fc.constantFrom('a', '1', '-', '.', '_', '/', 'A', ' '), maxLength: 12 });
    fc.assert(fc.property(anything, (name) => repositoryNameProblem(name) !== undefined || PATTERN.test(name)));
  });
});
