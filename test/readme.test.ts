import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import metadata from '../package.json' with { type: 'json' };
import { createProgram } from '../src/cli/commands.ts';
import { README, ROOT, shellCommands } from './readme-commands.ts';

describe('the README', () => {
  test('links to files that there are, and to its own headings', () => {
    const targets = [...README.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
    const files = targets.filter((target) => !/^(https?:|#)/.test(target));
    expect(files.length).toBeGreaterThan(15);
    expect(files.filter((file) => !existsSync(`${ROOT}/${file.replace(/#.*/, '')}`))).toEqual([]);
    const headings = [...README.matchAll(/^#+ (.*)$/gm)].map(
      ([, text = '']) => `#${text.toLowerCase().replaceAll(' ', '-')}`,
    );
    expect(targets.filter((target) => target.startsWith('#') && !headings.includes(target))).toEqual([]);
  });

  test('names scripts that there are', () => {
    const scripts = [...README.matchAll(/\bnpm run ([\w:]+)/g)].map(([, script = '']) => script);
    expect(scripts.length).toBeGreaterThan(5);
    expect(scripts.filter((script) => !Object.hasOwn(metadata.scripts, script))).toEqual([]);
  });

  test('names commands and options that there are', async () => {
    const lines = shellCommands().filter((line) => line.startsWith('node dist/main.js '));
    expect(lines.length).toBeGreaterThan(5);
    const unknown: string[] = [];
    for (const line of lines) {
      const words = line.split(' ').slice(2);
      let command = await createProgram(words);
      let used = 0;
      for (const word of words) {
        const next = command.commands.find((one) => one.name() === word);
        if (next === undefined) break;
        command = next;
        used += 1;
      }
      if (used === 0) unknown.push(line);
      const options = words.slice(used).filter((word) => /^--?[a-z]/.test(word) && word !== '--help');
      const known = command.options.flatMap(({ short, long }) => [short, long]);
      unknown.push(...options.filter((option) => !known.includes(option)).map((option) => `${line}: ${option}`));
    }
    expect(unknown).toEqual([]);
  });
});

test('each command is described in the README or in a page of the examples', async () => {
  const pages = readdirSync(`${ROOT}/examples`, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => readFileSync(`${ROOT}/examples/${file}`, 'utf8'));
  const text = [README, ...pages].join('\n').replaceAll(/\s+/g, ' ');
  const { commands } = await createProgram(['help']);
  const names = commands.flatMap((group) => {
    if (group.commands.length === 0) return [group.name()];
    return group.commands.map((command) => `${group.name()} ${command.name()}`);
  });
  expect(names).toContain('xpkg copy');
  expect(names.filter((name) => !new RegExp(`(\`|main\\.js |workload-ecr )${name}\\b`).test(text))).toEqual([]);
});
