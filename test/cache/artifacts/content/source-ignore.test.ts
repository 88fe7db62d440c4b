import { expect, test } from 'vitest';
import { artifactRules } from '../../../../src/cache/artifacts/content/source-ignore.ts';
import { isCacheError } from '../../../../src/cache/errors.ts';
import { createPacer } from '../../../../src/internal/async/pacer.ts';

const PATHS = ['a.yaml', 'logo.png', '.git/config', '.github/ci.yaml', 'deep/b.yaml', 'deep/c.txt', 'deep/er/d.txt'];

async function kept(ignore: string, ignoreFiles: Readonly<Record<string, string>> = {}): Promise<string[]> {
  const texts = [...PATHS.map((name) => [name, '']), ...Object.entries(ignoreFiles)];
  const files = texts.map(([name = '', text = '']) => ({ name, content: Buffer.from(text) }));
  const pacer = createPacer(60_000, () => new Error('too long'));
  const isIgnored = await artifactRules(files, ignore, pacer);
  const left: string[] = [];
  for (const { name } of files) if (!name.endsWith('.sourceignore') && !(await isIgnored(name))) left.push(name);
  return left;
}

const cases: { name: string; ignore?: string; files?: Record<string, string>; want: string[] }[] = [
  {
    name: 'no patterns: those of Flux',
    want: ['a.yaml', 'deep/b.yaml', 'deep/c.txt', 'deep/er/d.txt'],
  },
  {
    name: 'comments only, which are not patterns',
    ignore: '# nothing\n\n',
    files: { '.sourceignore': '# nothing' },
    want: ['a.yaml', 'deep/b.yaml', 'deep/c.txt', 'deep/er/d.txt'],
  },
  {
    name: 'patterns of the source: in addition to those of version control only',
    ignore: 'deep/er/',
    want: ['a.yaml', 'logo.png', '.github/ci.yaml', 'deep/b.yaml', 'deep/c.txt'],
  },
  {
    name: 'a .sourceignore in the root',
    files: { '.sourceignore': '*.txt\n' },
    want: ['a.yaml', 'logo.png', '.github/ci.yaml', 'deep/b.yaml'],
  },
  {
    name: 'a .sourceignore in a directory, for its files',
    files: { 'deep/.sourceignore': '/c.txt\na.yaml\n' },
    want: ['a.yaml', 'logo.png', '.github/ci.yaml', 'deep/b.yaml', 'deep/er/d.txt'],
  },
  {
    name: 'one in a directory includes what one in its parent ignores',
    files: { '.sourceignore': '*.txt\n', 'deep/er/.sourceignore': '!d.txt\n' },
    want: ['a.yaml', 'logo.png', '.github/ci.yaml', 'deep/b.yaml', 'deep/er/d.txt'],
  },
  {
    name: 'the source includes what the artifact ignores',
    ignore: '!c.txt',
    files: { '.sourceignore': '*.txt\n' },
    want: ['a.yaml', 'logo.png', '.github/ci.yaml', 'deep/b.yaml', 'deep/c.txt'],
  },
  {
    name: 'one in an ignored directory is ignored',
    files: { '.sourceignore': 'deep/er/\n', 'deep/er/.sourceignore': '!d.txt\n' },
    want: ['a.yaml', 'logo.png', '.github/ci.yaml', 'deep/b.yaml', 'deep/c.txt'],
  },
];
test.each(cases)('$name', async ({ ignore = '', files = {}, want }) => {
  expect(await kept(ignore, files)).toEqual(want);
});

test('.sourceignore files are limited', async () => {
  const error = await kept('', { '.sourceignore': 'a\n'.repeat(40_000) }).catch((thrown: unknown) => thrown);
  expect(isCacheError(error, 'INVALID_MEMBER')).toBe(true);
});
