import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ECR_MODEL } from '../../src/aws/ecr-model.ts';
import { partitionOf } from '../../src/aws/partition.ts';
import { parseEcrHost, regionOfEcrHost } from '../../src/aws/registry-host.ts';
import { isRepositoryName, repositoryNameProblem } from '../../src/function/api/ecr-name.ts';
import { parseConstraint, parseVersion } from '../../src/oci/index.ts';
import { isValidName } from '../../src/render/names.ts';
import { startCpuTimer } from '../cpu-time.ts';
import { type Attack, attacksOn, textOf } from './pump.ts';
import { expressionsIn } from './regular-expressions.ts';

const SRC = `${import.meta.dirname}/../../src`;
const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
  .sort();
const inFiles = files.map((file) => ({ file, ...expressionsIn(readFileSync(`${SRC}/${file}`, 'utf8')) }));

/**
 * Lengths of texts, and the limits of their times. Short texts come first, so that exponential expressions are found before they hang.
 * A linear expression takes some hundredths of a millisecond for 2,000 characters, a quadratic one several: it is then measured with
 * a text ten times as long.
 */
const SCREEN = [
  { length: 20, maxMs: 20 },
  { length: 26, maxMs: 20 },
  { length: 200, maxMs: 20 },
  { length: 2_000, maxMs: 100 },
];
const SUSPECT = { length: 2_000, maxMs: 1 };
const CONFIRM = { length: 20_000, maxMs: 30 };
/** The number of measurements, of which the shortest counts, so that a busy machine has no effect. */
const TRIES = 4;

/** The length at which each measurement exceeds its limit. */
function tooLongAt(attack: Attack, work: (text: string) => unknown): number | undefined {
  const takes = ({ length, maxMs }: typeof CONFIRM): boolean => {
    const text = textOf(attack, length);
    return Array.from({ length: TRIES }).every(() => {
      const elapsed = startCpuTimer();
      work(text);
      return elapsed() > maxMs;
    });
  };
  const found = SCREEN.find(takes) ?? (takes(SUSPECT) && takes(CONFIRM) ? CONFIRM : undefined);
  return found?.length;
}

/** A description of the first attack that is slow. */
function slowness(attacks: readonly Attack[], work: (text: string) => unknown): string | undefined {
  for (const attack of attacks) {
    const length = tooLongAt(attack, work);
    if (length !== undefined) return `${JSON.stringify(attack)}, ${length} characters take too long`;
  }
  return undefined;
}

/** As a program that iterates over all matches if the flags say so. */
function search({ source, flags }: { readonly source: string; readonly flags: string }): (text: string) => unknown {
  const expression = new RegExp(source, flags);
  return (text) => {
    expression.lastIndex = 0;
    return flags.includes('g') ? text.replaceAll(expression, '') : expression.exec(text);
  };
}

test('all regular expressions are found', () => {
  const found = inFiles.flatMap(({ literals }) => literals.map(({ source }) => source));
  expect(found.length).toBeGreaterThan(150);
  for (const file of inFiles) for (const { source, flags } of file.literals) new RegExp(source, flags);
  expect(
    expressionsIn('const a = b / c / d; const e = /x[/]y/g.test(`{f}`) // not /this/\n/* /nor/ */').literals,
  ).toEqual([{ source: 'x[/]y', flags: 'g' }]);
});

describe('the measurement', () => {
  for (const { expression, slow } of [
    { expression: /\/+$/, slow: true },
    { expression: / *:/, slow: true },
    { expression: /^(?:a+)+$/, slow: true },
    { expression: /^(?:[a-z]+[-.]?)*$/, slow: true },
    { expression: /^"(?:[^"\\]|\\.)*"x/, slow: false },
    { expression: /^\/+/, slow: false },
    { expression: /^[a-z0-9]+(?:-[a-z0-9]+)*$/, slow: false },
    { expression: /[^a-z]/, slow: false },
  ]) {
    test(`${expression} is ${slow ? 'slow' : 'fast'}`, () => {
      const found = slowness(attacksOn(expression), search(expression));
      if (slow) expect(found).toBeDefined();
      else expect(found).toBeUndefined();
    });
  }
});

describe('all regular expressions take time linear in the length of the text', () => {
  for (const { file, literals } of inFiles) {
    if (literals.length === 0) continue;
    test(file, () => {
      const slow = literals.flatMap((found) => {
        const why = slowness(attacksOn(new RegExp(found.source, found.flags)), search(found));
        return why === undefined ? [] : [`/${found.source}/${found.flags}: ${why}`];
      });
      expect(slow).toEqual([]);
    });
  }
});

const REPOSITORY_PATH = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+)*$/;

/** The expression of a shape in AWS's model. */
function ofModel(
  shape:
    | 'ImageTagMutabilityExclusionFilterValue'
    | 'PullThroughCacheRuleRepositoryPrefix'
    | 'Prefix'
    | 'RepositoryFilterValue',
) {
  const expression = new RegExp(ECR_MODEL.shapes[shape].pattern);
  return (text: string) => expression.test(text);
}

/** Expressions that are built at run time, by the code that uses them. */
const CONSTRUCTED: Readonly<Record<string, { readonly like: RegExp; readonly work: (text: string) => unknown }[]>> = {
  'aws/partition.ts': [{ like: /^[a-z]{2}-(?:[a-z]+-){1,2}[0-9]$/, work: partitionOf }],
  'aws/registry-host.ts': [
    { like: /^[0-9]{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com$/, work: parseEcrHost },
    { like: /^[a-z]+\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com$/, work: regionOfEcrHost },
  ],
  'function/api/ecr-name.ts': [
    { like: /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+)*$/, work: isRepositoryName },
    { like: /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+)*$/, work: repositoryNameProblem },
  ],
  'function/api/settings/image-tags.ts': [
    { like: /^[0-9a-zA-Z._*-]+$/, work: ofModel('ImageTagMutabilityExclusionFilterValue') },
  ],
  'function/api/settings/registry-prefix.ts': [
    { like: REPOSITORY_PATH, work: ofModel('PullThroughCacheRuleRepositoryPrefix') },
  ],
  'function/registry/parameters.ts': [
    { like: REPOSITORY_PATH, work: ofModel('Prefix') },
    { like: /^[a-z0-9]+(?:[._-][a-z0-9]*)*(?:\/[a-z0-9]+)*$/, work: ofModel('RepositoryFilterValue') },
  ],
  'function/repositories/check-settings.ts': [{ like: REPOSITORY_PATH, work: ofModel('Prefix') }],
  'oci/name/semver.ts': [
    { like: /^v?[0-9]+\.[0-9]+\.[0-9]+-[0-9a-z]+(?:\.[0-9a-z-]+)*\+[0-9a-z]+$/, work: parseVersion },
    { like: /^ *>=? *v?[0-9]+(?:\.[0-9x*]+)* +- +[0-9]+ *(?:\|\|)? *$/, work: orNothing(parseConstraint) },
  ],
  'render/names.ts': [
    { like: /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9]+)*$/, work: (name) => isValidName(name, '', 'ConfigMap') },
  ],
};

function orNothing(work: (text: string) => unknown): (text: string) => unknown {
  return (text) => {
    try {
      return work(text);
    } catch {
      return undefined;
    }
  };
}

describe('as do expressions that are built at run time', () => {
  test('the test lists all of them', () => {
    const constructed = inFiles.filter((file) => file.constructed > 0).map(({ file }) => file);
    expect(constructed).toEqual(Object.keys(CONSTRUCTED));
  });

  for (const [file, uses] of Object.entries(CONSTRUCTED)) {
    test(file, () => {
      for (const { like, work } of uses) expect(slowness(attacksOn(like), work)).toBeUndefined();
    });
  }
});
