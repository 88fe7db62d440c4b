import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import pins from '../../package/runtime/pins.json' with { type: 'json' };
import metadata from '../../package.json' with { type: 'json' };

// Facts that several files state: a change of one is a change of all.

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const workflows = readdirSync(join(ROOT, '.github/workflows'));

test('.nvmrc names the version of Node in the image', () => {
  expect(read('.nvmrc')).toBe(`${pins.node.version}\n`);
});

test('README names the oldest version of Node', () => {
  expect(metadata.engines.node).toBe('>=20.16');
  expect(read('README.md')).toContain(`Node ${metadata.engines.node.replace('>=', '')} or newer`);
});

describe('each workflow', () => {
  for (const name of workflows) {
    test(`${name} pins its actions to commits`, () => {
      const used = Array.from(read(`.github/workflows/${name}`).matchAll(/\buses: *(\S+)/g), ([, action]) => action);
      expect(used.filter((action) => !/@[0-9a-f]{40}$/.test(action ?? ''))).toEqual([]);
    });
  }
});

test('a workflow runs what the gate runs', () => {
  expect(workflows.some((name) => /^ +- run: bash \.ci\/run$/m.test(read(`.github/workflows/${name}`)))).toBe(true);
});
