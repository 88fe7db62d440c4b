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
    { name: 'a', ok: false, reason: 'one under the least length' },
    { name: 'ab', ok: true, reason: 'exactly the least length' },
    { name: 'a'.repeat(256), ok: true, reason: 'exactly full' },
    { name: 'a'.repeat(257), ok: false, reason: 'one over' },
    { name: 'a-b.c_d/e', ok: true, reason: 'every separator' },
    { name: 'a--b', ok: true, reason: 'dashes side by side, as Kubernetes has them' },
    { name: 'a-----b/c--d', ok: true, reason: 'any number of dashes' },
    { name: 'a__b', ok: true, reason: 'two underscores' },
    { name: 'a___b', ok: false, reason: 'three underscores' },
    { name: 'a..b', ok: false, reason: 'two dots' },
    { name: 'a//b', ok: false, reason: 'an empty part' },
    { name: 'a_-b', ok: false, reason: 'an underscore and a dash' },
    { name: 'ab-', ok: false, reason: 'ends with a dash' },
    { name: 'a.-b', ok: false, reason: 'two kinds of separators side by side' },
    { name: 'a/-b', ok: false, reason: 'a part begins with a separator' },
    { name: '/ab', ok: false, reason: 'leading slash' },
    { name: 'ab/', ok: false, reason: 'trailing slash' },
    { name: '1ab', ok: true, reason: 'begins with a digit, which ECR takes' },
    { name: '123', ok: true, reason: 'digits only' },
    { name: 'a\ud83d', ok: false, reason: 'half of a surrogate pair' },
    { name: 'aB', ok: false, reason: 'upper case' },
    { name: 'aé', ok: false, reason: 'no ASCII letter' },
    { name: 'ab\n', ok: false, reason: 'a line feed is no part of a name' },
  ]) {
    test(`${ok ? 'takes' : 'refuses'} ${JSON.stringify(name.slice(0, 20))}: ${reason}`, () => {
      expect(repositoryNameProblem(name) === undefined, repositoryNameProblem(name)).toBe(ok);
    });
  }

  test('takes whatever the pattern of AWS allows within its length and prose', () => {
    fc.assert(
      fc.property(ecrName, (name) => repositoryNameProblem(name) === undefined || name.length > 256 || name.length < 2),
    );
  });

  test('takes nothing that the pattern of AWS refuses', () => {
    const anything = fc.string({ unit: fc.constantFrom('a', '1', '-', '.', '_', '/', 'A', ' '), maxLength: 12 });
    fc.assert(fc.property(anything, (name) => repositoryNameProblem(name) !== undefined || PATTERN.test(name)));
  });
});
