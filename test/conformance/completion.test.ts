import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CASES, type CompletionCase } from '../cli/completion/cases.ts';
import { runProgram } from '../program.ts';
import { toolPath } from '../tools/index.ts';
import { treeFolder } from '../tools/tools.ts';

// The completions of zsh and fish with the scripts of `completion`. Bash is in test/cli/completion.

const run = promisify(execFile);
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'completion-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function scriptOf(shell: string): Promise<string> {
  const path = join(folder, `completion.${shell}`);
  await writeFile(path, (await runProgram(['completion', shell])).stdout);
  return path;
}

const lineOf = ({ words }: CompletionCase) => ['function-workload-ecr', ...words].join(' ');

describe('zsh', () => {
  const tree = treeFolder('zsh');
  const modules = `module_path=(${tree}/usr/lib/*/zsh/*(/))`;

  beforeAll(async () => {
    const script = await scriptOf('zsh');
    const functions = `fpath=(${tree}/usr/share/zsh/functions/*(/) ${tree}/usr/share/zsh/functions/Completion/*(/))`;
    await writeFile(join(folder, '.zshenv'), `${modules}\n${functions}\n`);
    await writeFile(
      join(folder, '.zshrc'),
      `autoload -Uz compinit && compinit -D -u
source ${script}
zstyle ':completion:*' completer _complete
# Prints what is offered, each on a line of its own.
compadd() {
  local -a hits
  if [[ \${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]]; then builtin compadd "$@"; return $?; fi
  builtin compadd -A hits "$@"
  builtin compadd "$@"
  local result=$?
  for hit in $hits; do print -r -- "<$hit>"; done
  return $result
}
complete-and-exit() { zle complete-word; exit }
zle -C complete-word complete-word _main_complete
zle -N complete-and-exit
bindkey '^I' complete-and-exit
`,
    );
  });

  /** Types a line and a tab in an interactive zsh on a separate terminal. */
  async function complete(line: string): Promise<string[]> {
    const drive = `${modules}; zmodload zsh/zpty; zpty z $1 -i; zpty -w -n z $2$'\\t'
while zpty -r z text 2>/dev/null; do print -rn -- $text; done`;
    const env = { PATH: process.env.PATH, ZDOTDIR: folder, TERM: 'dumb' };
    const args = ['-f', '-c', drive, 'zsh', toolPath('zsh'), line];
    const { stdout } = await run(toolPath('zsh'), args, { env, timeout: 30_000 });
    return [...stdout.matchAll(/<([^<>\r\n]+)>\r?\n/g)].map(([, offer = '']) => offer).sort();
  }

  test.each(CASES)('offers $offers for $words', async (given) => {
    expect(await complete(lineOf(given))).toEqual(given.offers);
  });

  test('offers files for a path', async () => {
    expect(await complete(`function-workload-ecr xpkg push -f ${folder}/completion.z`)).toEqual(['completion.zsh']);
  });
});

describe('fish', () => {
  let script: string;
  beforeAll(async () => {
    script = await scriptOf('fish');
  });

  async function complete(line: string): Promise<string[]> {
    const library = join(
      treeFolder('fish'),
      'usr/lib',
      process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu',
    );
    const env = { PATH: process.env.PATH, HOME: folder, LD_LIBRARY_PATH: library };
    const drive = `set fish_function_path ${treeFolder('fish')}/usr/share/fish/functions; source $argv[1]; complete -C $argv[2]`;
    const args = ['--no-config', '-c', drive, script, line];
    const { stdout } = await run(toolPath('fish'), args, { env, timeout: 30_000 });
    return stdout
      .split('\n')
      .filter((text) => text !== '')
      .map((text) => text.split('\t')[0] ?? '')
      .sort();
  }

  test.each(CASES)('offers $offers for $words', async (given) => {
    expect(await complete(lineOf(given))).toEqual(given.offers);
  });

  test('offers files for a path', async () => {
    expect(await complete(`function-workload-ecr xpkg push -f ${folder}/completion.z`)).toEqual([
      `${folder}/completion.zsh`,
    ]);
  });
});
