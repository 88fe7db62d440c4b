import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import metadata from '../../package.json' with { type: 'json' };
import { runProgram } from '../program.ts';

test('version prints the version, the commit of the bundle and the version of Node', async () => {
  const { code, stdout } = await runProgram(['version']);
  expect(code).toBe(0);
  const [version, commit, node] = stdout.split('\n');
  expect([version, node]).toEqual([`version  ${metadata.version}`, `node     ${process.versions.node}`]);
  expect(commit).toMatch(/^commit {3}([0-9a-f]{40}(-dirty)?|unknown)$/);
});

const isClone = existsSync(`${import.meta.dirname}/../../.git`);

test.skipIf(!isClone)('the commit exists in this clone', async () => {
  const { stdout } = await runProgram(['version', '-o', 'json']);
  const { commit }: { commit: string } = JSON.parse(stdout);
  expect(execFileSync('git', ['cat-file', '-t', commit.replace('-dirty', '')], { encoding: 'utf8' })).toBe('commit\n');
});
