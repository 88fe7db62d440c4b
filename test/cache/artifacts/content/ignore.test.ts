import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { ignoreRules } from '../../../../src/cache/artifacts/content/ignore.ts';
import { createPacer } from '../../../../src/internal/async/pacer.ts';
import { startCpuTimer } from '../../../cpu-time.ts';

const PACER = createPacer(60_000, () => new Error('too long'));

const work = mkdtempSync(join(tmpdir(), 'ignore-'));
afterAll(() => rmSync(work, { recursive: true }));

const PATHS = [
  'a.txt',
  'b.md',
  'docs/a.txt',
  'docs/deep/c.md',
  'docs/deep/er/d.txt',
  'build/out.js',
  'src/build/x.js',
  'src/builder.js',
  '#hash',
  '!bang',
  'with space ',
  'file[1].txt',
];

const CASES: [string, string][] = [
  ['nothing', ''],
  ['comments and blank lines', '# a\n\n   \n'],
  ['a name anywhere', 'a.txt'],
  ['a star', '*.md'],
  ['a question mark', '?.txt'],
  ['a directory anywhere', 'build/'],
  ['a directory at the top', '/build/'],
  ['a name with a slash, which binds it to the top', 'docs/a.txt'],
  ['two stars in front', '**/d.txt'],
  ['two stars inside', 'docs/**/d.txt'],
  ['two stars behind', 'docs/**'],
  ['two stars that are one', 'do**s'],
  ['one taken back', '*.txt\n!a.txt'],
  ['one that cannot be taken back', 'docs/\n!docs/a.txt'],
  ['all but one', '/*\n!/src\n/src/*\n!/src/build'],
  ['an escaped hash', '\\#hash'],
  ['an escaped bang', '\\!bang'],
  ['spaces at the end', 'a.txt   '],
  ['an escaped space at the end', 'with space\\ '],
  ['a class', '[ab].*'],
  ['a negated class', '[!a].txt'],
  ['a class with a bracket', 'file[[]1].txt'],
  ['a range that is none', '[z-a].txt'],
  ['a class of POSIX', '[[:alpha:]].txt\n[[:punct:]]hash'],
  ['a negated class of POSIX', '[![:alpha:]]hash'],
  ['a class of POSIX that does not exist', '[[:nope:]].txt'],
  ['a backslash in a class', 'file[\\[]1[\\]].txt'],
  ['a class that does not end', '[a.txt\n[ab'],
  ['two stars twice', 'docs/**/**/d.txt'],
  ['two stars behind a part of a name', 'docs**/d.txt'],
  ['a backslash at the end', 'a.txt\\'],
  ['signs that mean something elsewhere', 'a+txt\n(a).txt\n^a.txt$\na|b'],
];

test.each(CASES)('ignores the same files as git: %s', async (_, patterns) => {
  const root = mkdtempSync(join(work, 'r-'));
  execFileSync('git', ['init', '-q'], { cwd: root });
  for (const path of PATHS) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), '');
  }
  writeFileSync(join(root, '.gitignore'), patterns);
  const listed = execFileSync(
    'git',
    ['-c', 'core.quotePath=false', 'ls-files', '-z', '--others', '--exclude-standard'],
    {
      cwd: root,
      encoding: 'utf8',
    },
  );
  const isIgnored = await ignoreRules(patterns, PACER);
  const kept: string[] = [];
  for (const path of PATHS) if (!(await isIgnored(path))) kept.push(path);
  expect(kept.sort()).toEqual(
    listed
      .split('\0')
      .filter((path) => path !== '' && path !== '.gitignore')
      .sort(),
  );
});

test.each(['.git/config', 'sub/.git/config', '.gitignore', '.gitmodules', 'a/.gitattributes'])(
  'always ignores %s',
  async (path) => {
    expect(await (await ignoreRules('', PACER))(path)).toBe(true);
  },
);

test('takes linear time for malicious patterns', async () => {
  const isIgnored = await ignoreRules(`${'*a'.repeat(60)}b`, PACER);
  const cpuTime = startCpuTimer();
  expect(await isIgnored('a'.repeat(250))).toBe(false);
  expect(cpuTime()).toBeLessThan(2_000);
});
