import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROOT, shellCommands } from '../readme-commands.ts';

const run = promisify(execFile);
const work = mkdtempSync(join(tmpdir(), 'readme-'));
const clone = join(work, 'clone');

beforeAll(async () => {
  await run('git', ['clone', '--quiet', '--no-hardlinks', ROOT, clone]);
});
afterAll(() => rmSync(work, { recursive: true }));

/** Commands that need more than a clean clone. */
const NOT_HERE: readonly { readonly command: RegExp; readonly why: string }[] = [
  { command: /xpkg push /, why: 'requires the registry of the reader' },
];

describe('the commands of the README run in a clean clone, in order and unchanged', () => {
  const commands = shellCommands();
  const isHere = (line: string) => !NOT_HERE.some(({ command }) => command.test(line));

  test('each reason to skip a command is used', () => {
    expect(NOT_HERE.filter(({ command }) => !commands.some((line) => command.test(line)))).toEqual([]);
    expect(commands.filter(isHere).length).toBeGreaterThan(6);
  });

  // Variables that a command sets are also set for later commands.
  const settings = commands.filter((line) => line.startsWith('export '));
  for (const command of commands.filter((line) => isHere(line) && !line.startsWith('export '))) {
    test(command, { timeout: 600_000 }, async () => {
      const script = [...settings, command].join('\n');
      const ended = run('sh', ['-ec', script], { cwd: clone, maxBuffer: 64 * 1_048_576 });
      await expect(ended).resolves.toBeDefined();
    });
  }
});
