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
    name: 'no pattern at all: what Flux leaves out by itself',
    want: ['a.yaml', 'deep/b.yaml', 'deep/c.txt', 'deep/er/d.txt'],
  },
  {
    name: 'comments only, which are no patterns',
    ignore: '# nothing\n\n',
    files: { '.sourceignore': '# nothing' },
    want: ['a.yaml', 'deep/b.yaml', 'deep/c.txt', 'deep/er/d.txt'],
  },
  {
    name: 'patterns of the source: only those of version control beside them',
    ignore: 'deep/er/',
    want: ['a.yaml', 'logo.png', '.github/ci.yaml', 'deep/b.yaml', 'deep/c.txt'],
  },
  {
    name: 'a .sourceignore at the top',
    files: { '.sourceignore': '*.txt\n' },
    want: ['a.yaml', 'logo.png', '.github/ci.yaml', 'deep/b.yaml'],
  },
  {
    name: 'a .sourceignore below, for what lies there',
    files: { 'deep/.sourceignore': '/c.txt\na.yaml\n' },
    want: ['a.yaml', 'logo.png', '.github/ci.yaml', 'deep/b.yaml', 'deep/er/d.txt'],
  },
  {
    name: 'one below takes back what one above leaves out',
    files: { '.sourceignore': '*.txt\n', 'deep/er/.sourceignore': '!d.txt\n' },
    want: ['a.yaml', 'logo.png', '.github/ci.yaml', 'deep/b.yaml', 'deep/er/d.txt'],
  },
  {
    name: 'the source takes back what the artifact leaves out',
    ignore: '!c.txt',
    files: { '.sourceignore': '*.txt\n' },
    want: ['a.yaml', 'logo.png', '.github/ci.yaml', 'deep/b.yaml', 'deep/c.txt'],
  },
  {
    name: 'one in a directory that is left out does not count',
    files: { '.sourceignore': 'deep/er/\n', 'deep/er/.sourceignore': '!d.txt\n' },
    want: ['a.yaml', 'logo.png', '.github/ci.yaml', 'deep/b.yaml', 'deep/c.txt'],
  },
];
test.each(cases)('$name', async ({ ignore = '', files = {}, want }) => {
  expect(await kept(ignore, files)).toEqual(want);
});

test('.sourceignore files are bounded', async () => {
  const error = await kept('', { '.sourceignore': 'a\n'.repeat(40_000) }).catch((thrown: unknown) => thrown);
  expect(isCacheError(error, 'INVALID_MEMBER')).toBe(true);
});
