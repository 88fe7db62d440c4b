import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadCommand } from '../../src/cli/cache/load.ts';
import { parseYaml } from '../../src/yaml/index.ts';

const folder = join(import.meta.dirname, '../../examples/package-cache');
const files = readdirSync(folder).filter((file) => file.endsWith('.yaml'));

test('the README of the package cache describes all of its examples', () => {
  const readme = readFileSync(join(folder, 'README.md'), 'utf8');
  const linked = new Set([...readme.matchAll(/\]\(([a-z-]+\.yaml)\)/g)].map(([, file]) => file));
  expect([...linked].sort()).toEqual(files);
});

test.each(files)('%s is YAML, with valid options of the loader', (file) => {
  const text = readFileSync(join(folder, file), 'utf8');
  expect(parseYaml(text, file).length).toBeGreaterThan(0);
  const known = loadCommand().options.map(({ long }) => long);
  for (const [, option] of text.matchAll(/^ +- (--[a-z-]+)/gm)) expect(known).toContain(option);
});
