import fc from 'fast-check';
import { expect } from 'vitest';
import { ignoreRules } from '../../src/cache/artifacts/content/ignore.ts';
import { repositoryNameProblem } from '../../src/function/api/ecr-name.ts';
import { fillTemplate, nameTemplateProblem } from '../../src/function/api/name-template.ts';
import { parseDuration } from '../../src/go/duration.ts';
import { createPacer } from '../../src/internal/async/pacer.ts';
import { formatSize, parseSize } from '../../src/internal/size.ts';
import { compareVersions, OciError, parseConstraint, parseVersion, satisfies, selectTag } from '../../src/oci/index.ts';
import { fuzz, json, text } from './harness.ts';
import { anyText, mutatedText } from './mutations.ts';

const version = fc
  .tuple(fc.nat(3), fc.nat(3), fc.nat(3), fc.constantFrom('', '-rc.1', '-0', '-alpha.beta', '+build'))
  .map(([major, minor, patch, rest]) => `${major}.${minor}.${patch}${rest}`);
const comparison = fc
  .tuple(
    fc.constantFrom('', '=', '!=', '>', '<', '>=', '<=', '~', '^', '=>', '~>'),
    fc.oneof(version, fc.constantFrom('1', '1.x', '*', 'v2')),
  )
  .map((parts) => parts.join(''));
const constraint = fc
  .array(
    fc.array(comparison, { minLength: 1, maxLength: 2 }).map((list) => list.join(', ')),
    { minLength: 1, maxLength: 2 },
  )
  .map((groups) => groups.join(' || '));
const SEMVER_TOKENS = [
  '||',
  ',',
  ' - ',
  ' ',
  '>',
  '<',
  '=',
  '~',
  '^',
  'x',
  '*',
  '.',
  '-',
  '+',
  '0',
  '18446744073709551616',
  'v',
  '\t',
];

fuzz('semver', {
  form: json<readonly [string, readonly string[]]>(),
  arbitrary: fc.tuple(
    mutatedText(constraint, SEMVER_TOKENS),
    fc.array(mutatedText(version, SEMVER_TOKENS), { maxLength: 4 }),
  ),
  run: ([range, versions]) => {
    const parsed = versions.flatMap((one) => parseVersion(one) ?? []);
    const wanted = orOciError(() => parseConstraint(range));
    return { parsed, wanted, held: wanted instanceof OciError ? [] : parsed.map((one) => satisfies(one, wanted)) };
  },
  check([range], { parsed, wanted, held }) {
    for (const a of parsed) {
      for (const b of parsed) expect(Math.sign(compareVersions(a, b))).toBe(-Math.sign(compareVersions(b, a)) + 0);
    }
    const sorted = [...parsed].sort(compareVersions);
    sorted.slice(1).forEach((one, index) => {
      expect(compareVersions(sorted[index] ?? one, one), 'the order is one').toBeLessThanOrEqual(0);
    });
    if (wanted instanceof OciError) return expect(wanted.code).toBe('INVALID_CONSTRAINT');
    // A group holds by itself what it holds among others; ranges with a dash are one of the library's rewritings.
    if (range.includes(' - ') || range.length > 500) return;
    const groups = range.split('||').map((group) => parseConstraint(group));
    expect(parsed.map((one) => groups.some((group) => satisfies(one, group)))).toEqual(held);
  },
});

function orOciError<T>(work: () => T): T | OciError {
  try {
    return work();
  } catch (error) {
    if (error instanceof OciError) return error;
    throw error;
  }
}

const filter = fc.constantFrom(
  '^v',
  '.*-alpine$',
  '(a|b)*c',
  '^v?[0-9]+\\.[0-9]+\\.[0-9]+$',
  '(?i)RC',
  '\\d{1,3}',
  '(((a*)*)*)*$',
  '',
);
const REGEXP_TOKENS = [
  '(',
  ')',
  '[',
  ']',
  '{1000}',
  '{2,}',
  '*',
  '+',
  '?',
  '|',
  '\\',
  '\\pL',
  '\\C',
  '(?i)',
  '(?P<n>',
  '.',
  '^',
  '$',
  '[^',
  '\\x{10FFFF}',
  '\\Q',
];

fuzz('tag-filter', {
  form: json<readonly [string, string, readonly string[]]>(),
  arbitrary: fc.tuple(
    mutatedText(filter, REGEXP_TOKENS),
    constraint,
    // As many tags as fit into a request.
    fc.tuple(fc.array(version, { maxLength: 5 }), fc.constantFrom(1, 100, 2_000)).map(([tags, times]) => {
      return Array.from({ length: times }, (_, index) =>
        tags.map((tag) => (index === 0 ? tag : `${tag}-${index}`)),
      ).flat();
    }),
  ),
  run: async ([semverFilter, semver, tags]) => {
    try {
      return await selectTag(tags, { semver, semverFilter });
    } catch (error) {
      if (error instanceof OciError) return error;
      throw error;
    }
  },
  check([, semver, tags], chosen) {
    if (chosen instanceof OciError) return expect(chosen.code).toMatch(/^(INVALID_CONSTRAINT|NO_MATCHING_TAG)$/);
    expect(tags).toContain(chosen);
    const found = parseVersion(chosen);
    expect(found && satisfies(found, parseConstraint(semver))).toBe(true);
  },
});

const pattern = fc.constantFrom(
  '*.md',
  '**/x',
  'docs/',
  '/a',
  '!a/b',
  'a/**/b',
  '[a-z]*',
  '[!a]',
  '\\#x',
  '# comment',
  'a\\ ',
  '?',
);
const IGNORE_TOKENS = [
  '*',
  '**',
  '/',
  '!',
  '[',
  ']',
  '[[:alpha:]]',
  '\\',
  '\n',
  '?',
  ' ',
  '#',
  '{',
  '(',
  '^',
  '$',
  '.',
  '-',
];
const path = fc
  .array(fc.constantFrom('a', 'b', 'x', 'docs', 'A.md', 'é', '[', '*'), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.join('/'));

async function leftOut(patterns: string, paths: readonly string[]): Promise<boolean[]> {
  const isIgnored = await ignoreRules(
    patterns,
    createPacer(60_000, () => new Error('too long')),
  );
  const results: boolean[] = [];
  for (const path of paths) results.push(await isIgnored(path));
  return results;
}

fuzz('ignore', {
  form: json<readonly [string, readonly string[]]>(),
  arbitrary: fc.tuple(
    mutatedText(
      fc.array(pattern, { maxLength: 5 }).map((lines) => lines.join('\n')),
      IGNORE_TOKENS,
    ).map((one) => one.slice(0, 4_096)),
    fc.array(fc.oneof({ weight: 8, arbitrary: path }, { weight: 1, arbitrary: anyText }), {
      minLength: 1,
      maxLength: 5,
    }),
  ),
  run: ([patterns, paths]) => leftOut(patterns, paths),
  async check([patterns, paths], ignored) {
    // git skips a byte order mark at the start of the file only.
    const lines = patterns.replace(/^\uFEFF/, '');
    expect(await leftOut(`# x\n${lines}\n\n`, paths), 'comments and blank lines mean nothing').toEqual(ignored);
    const plain = paths.filter((one) => /^[a-z]+(\/[a-z]+)*$/.test(one));
    expect(await leftOut(`${patterns}\n**`, plain), 'the last pattern decides').not.toContain(false);
  },
});

const DURATION_TOKENS = ['h', 'm', 's', 'ms', 'us', 'ns', '.', '-', '+', ' ', '0', '9'.repeat(400), 'e', '1'];
const UNITS = [
  ['h', 3_600],
  ['m', 60],
  ['s', 1],
  ['ms', 0.001],
] as const;

fuzz('duration', {
  form: text,
  arbitrary: mutatedText(
    fc
      .array(fc.tuple(fc.nat(99), fc.constantFrom('h', 'm', 's', 'ms')), { minLength: 1, maxLength: 3 })
      .map((parts) => parts.flat().join('')),
    DURATION_TOKENS,
  ),
  run: (written) => parseDuration(written),
  check(written, seconds) {
    if (seconds === undefined) return;
    expect(Number.isFinite(seconds) && seconds >= 0, `it is ${seconds} s`).toBe(true);
    let [rest, sum] = [written, 0];
    while (rest !== '') {
      const number = /^\d+(\.\d+)?/.exec(rest)?.[0] ?? '';
      const [unit = '', size = Number.NaN] =
        UNITS.findLast(([name]) => rest.slice(number.length).startsWith(name)) ?? [];
      sum += Number(number) * size;
      rest = rest.slice(number.length + unit.length);
    }
    expect(seconds).toBeCloseTo(sum, 6);
  },
});

fuzz('quantity', {
  form: text,
  arbitrary: mutatedText(
    fc.tuple(fc.nat(5_000), fc.constantFrom('', 'Ki', 'Mi', 'Gi')).map((parts) => parts.join('')),
    ['Ki', 'Mi', 'Gi', 'Ti', 'k', 'M', 'i', '.', '-', '+', 'e3', '0', ' ', '9'.repeat(20)],
  ),
  run: parseSize,
  check(written, size) {
    const [, digits = '', unit] = /^(\d+)(Ki|Mi|Gi|)$/.exec(written) ?? [];
    const factor = { '': 1n, Ki: 1_024n, Mi: 1_048_576n, Gi: 1_073_741_824n }[unit ?? ''] ?? 0n;
    if (size === undefined) return;
    expect(BigInt(size), 'as Kubernetes reads it').toBe(BigInt(digits) * factor);
    expect(formatSize(size)).toMatch(/^[\d.]+ (B|KiB|MiB)$/);
  },
});

const template = fc
  .array(fc.constantFrom('{prefix}', '{workload}', '{namespace}', '{repository}', '{suffix}', '/', '-', 'x'), {
    maxLength: 7,
  })
  .map((parts) => parts.join(''));
const part = fc.oneof(fc.constantFrom('a', 'team-a', '', '{workload}', 'A', 'x'.repeat(300)), anyText);

fuzz('name-template', {
  form: json<readonly [string, readonly string[]]>(),
  arbitrary: fc.tuple(
    mutatedText(template, ['{', '}', '{workload}', '{suffix}', '{x}', '{{', '$&', '\\', '/', '..', '%']),
    fc.array(part, { minLength: 5, maxLength: 5 }),
  ),
  run: ([written, [prefix, workload, namespace, repository, suffix]]) => {
    const parts = { prefix, workload, namespace, repository, suffix };
    const problem = nameTemplateProblem(written);
    const name = fillTemplate(written, parts);
    return { problem, name, nameProblem: repositoryNameProblem(name) };
  },
  check([written, parts], { problem, name, nameProblem }) {
    if (nameProblem === undefined)
      expect(name, 'as ECR has it').toMatch(/^(?=.{2,256}$)[a-z0-9]+((\.|_|__|-+|\/)[a-z0-9]+)*$/);
    if (problem !== undefined) return;
    expect(written).toContain('{workload}');
    const [, workload = ''] = parts;
    if (/^[a-z]+$/.test(workload)) expect(name, 'values stand in it as they are').toContain(workload);
  },
});
