import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ignoreRules } from '../../../src/cache/artifacts/content/ignore.ts';
import { createPacer } from '../../../src/internal/async/pacer.ts';
import { type Compared, expectAgreement, type KnownDifference, runs, seed } from './go-rules.ts';

const SIGNS = [
  ...['a', 'b', 'ab', 'é', '-', '.', '1', ' ', '\\', '\\\\', '\\ ', '\\*', '\\[', '\\#', '\\!', '#', '!'],
  ...['*', '**', '***', '?', '/', '/', '/**', '/**/', '**/', 'a/**/**/b', '\\/'],
  ...[
    '[ab]',
    '[!a]',
    '[^b]',
    '[a-c]',
    '[]a]',
    '[!]a]',
    '[a',
    '[',
    ']',
    '[\\]a]',
    '[\\\\]',
    '[a\\-c]',
    '[z-a]',
    '[--b]',
    '[a-]',
    '[!-a]',
  ],
  ...[
    '[[:alpha:]]',
    '[[:digit:]-a]',
    '[![:upper:]]',
    '[[:space:]]',
    '[[:punct:]]',
    '[[:nope:]]',
    '[[:alpha]',
    '[[:]',
    '[[:]]',
    '[a[:alnum:]',
    '[/]',
    '[a/]b]',
    '[!/]',
  ],
] as const;

/** The patterns of one file: one to three lines of random characters. */
const patternText = fc
  .array(fc.array(fc.constantFrom(...SIGNS), { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 3 })
  .map((lines) => lines.map((signs) => signs.join('')).join('\n'));

const NAMES = [
  'a',
  'b',
  'ab',
  'ba',
  'aa',
  'é',
  'a-',
  '-',
  '.a',
  'a.b',
  '1',
  ' ',
  'a ',
  '[',
  ']',
  '[a',
  '[ab]',
  '\\',
  '*',
  '#',
  '!',
  'A',
  'a\\b',
] as const;
/** Files in up to three nested folders. */
const files = [
  ...NAMES,
  ...[
    'a/b',
    'b/a',
    'a/a',
    'ab/b',
    'a/x/b',
    'a/x/y/b',
    'a/b/a',
    'a/1',
    'x/a',
    'x/a/b',
    'x/ab',
    '.a/b',
    'é/a',
    'a /b',
    '-/a',
    'x/y/z/a',
    '[a/b',
  ],
].filter((name, _, all) => !all.some((other) => other.startsWith(`${name}/`)));

const KNOWN: readonly KnownDifference[] = [];

test('ignore files are read as git reads them', { timeout: 600_000 }, async () => {
  const texts = [...new Set(fc.sample(patternText, { seed, numRuns: Math.min(runs, 3_000) }))];
  const folder = mkdtempSync(join(tmpdir(), 'ignore-'));
  try {
    const git = (...args: readonly string[]) => spawnSync('git', args, { cwd: folder, input: files.join('\0') });
    expect(git('init', '--quiet').status).toBe(0);
    for (const file of files) {
      mkdirSync(join(folder, file, '..'), { recursive: true });
      writeFileSync(join(folder, file), '');
    }
    const compared: Compared[] = [];
    for (const text of texts) {
      writeFileSync(join(folder, '.gitignore'), text);
      const { stdout } = git('-c', 'core.excludesFile=/dev/null', 'check-ignore', '--no-index', '--stdin', '-z');
      compared.push({
        input: text,
        ours: await ignored(text),
        theirs: stdout.toString().split('\0').filter(Boolean).sort().join(', '),
      });
    }
    expectAgreement('ignore files', compared, KNOWN);
    expect(compared.filter(({ theirs }) => theirs !== '').length, 'patterns that match').toBeGreaterThan(
      compared.length / 4,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

async function ignored(patterns: string): Promise<string> {
  const pacer = createPacer(600_000, () => new Error('it takes too long'));
  const isIgnored = await ignoreRules(patterns, pacer);
  const found: string[] = [];
  for (const file of files) if (await isIgnored(file)) found.push(file);
  return found.sort().join(', ');
}
