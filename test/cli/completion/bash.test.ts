import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runProgram } from '../../program.ts';
import { CASES } from './cases.ts';

const hasBash = spawnSync('bash', ['--version']).status === 0;
const folder = mkdtempSync(join(tmpdir(), 'completion-'));
const script = join(folder, 'completion.bash');
afterAll(() => rmSync(folder, { recursive: true }));

beforeAll(async () => {
  const { code, stdout } = await runProgram(['completion', 'bash']);
  expect(code).toBe(0);
  writeFileSync(script, stdout);
});

/** Calls the function that readline calls, with the same arguments, and prints its reply. */
const DRIVE = `
set -u
source "$1"
shift
[[ $(complete -p function-workload-ecr) =~ -F\\ ([^ ]+) ]]
COMP_WORDS=(function-workload-ecr "$@")
COMP_CWORD=$#
"\${BASH_REMATCH[1]}" function-workload-ecr
printf '%s\\n' "\${COMPREPLY[@]+"\${COMPREPLY[@]}"}"
`;

function complete(words: readonly string[]): string[] {
  const output = execFileSync('bash', ['--norc', '-c', DRIVE, 'bash', script, ...words], { encoding: 'utf8' });
  return output
    .split('\n')
    .filter((line) => line !== '')
    .sort();
}

test.runIf(hasBash).each([
  ...CASES,
  // Readline splits words at the equals sign.
  { words: ['cache', 'ls', '--format', '=', ''], offers: ['json', 'table', 'yaml'] },
  { words: ['cache', 'ls', '--format', '=', 'j'], offers: ['json'] },
  // No candidates: readline then completes the names of files.
  { words: ['xpkg', 'push', '-f', ''], offers: [] },
  { words: ['cache', 'ls', ''], offers: [] },
])('bash completes $words with $offers', ({ words, offers }) => {
  expect(complete(words)).toEqual(offers);
});
