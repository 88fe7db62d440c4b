import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { digestOf } from '../src/oci/index.ts';
import { cacheFileName } from '../src/xpkg/index.ts';

const ROOT = join(import.meta.dirname, '..');

/** The modules that package.json exports. */
const MODULES = ['function', 'oci', 'render', 'xpkg'];

const { name, exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

test('package.json exports the public modules and nothing else', () => {
  const modules = MODULES.map((module) => [
    `./${module}`,
    { types: `./dist/types/src/${module}/index.d.ts`, default: `./dist/lib/${module}.js` },
  ]);
  expect(exports).toEqual({ ...Object.fromEntries(modules), './package.json': './package.json' });
});

describe('an exported module has what its index.ts exports', () => {
  for (const module of MODULES) {
    test(module, async () => {
      const source: object = await import(join(ROOT, 'src', module, 'index.ts'));
      const { stdout } = await node([
        '--input-type=module',
        '--eval',
        `process.stdout.write(JSON.stringify(Object.keys(await import('${name}/${module}'))))`,
      ]);
      expect(JSON.parse(stdout).sort()).toEqual(Object.keys(source).sort());
    });
  }
});

test('examples/library runs', async () => {
  const { stdout, stderr } = await node(['--import', 'tsx', 'examples/library/repositories.ts']);
  for (const repository of ['example-app-default', 'example-app-default-bundle']) {
    expect(stdout).toContain(`crossplane.io/external-name: tap/workloads/${repository}\n`);
  }
  const file = cacheFileName('registry.example.com/team/configuration:v1.2.3', digestOf(Buffer.from('a manifest')));
  expect(stdout).toMatch(
    new RegExp(`^# team/configuration v1\\.2\\.3 of registry\\.example\\.com is cached as ${file}$`, 'm'),
  );
  expect(stderr).toBe('');
});

function node(args: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  return promisify(execFile)(process.execPath, args, { cwd: ROOT, env: { PATH: process.env.PATH } });
}
