import { Argument, Command } from 'commander';
import metadata from '../../package.json' with { type: 'json' };
import { createProgram, DEFAULT_COMMAND } from './commands.ts';
import { bashCompletion } from './completion/bash.ts';
import { fishCompletion } from './completion/fish.ts';
import { completionOf } from './completion/model.ts';
import { zshCompletion } from './completion/zsh.ts';
import { withExamples } from './output/help.ts';

const SHELLS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };

/** Returns `completion`, which prints a script that completes commands and options in a shell. */
export function completionCommand(): Command {
  const command = new Command('completion')
    .description('print a script that completes commands, options and their values in a shell')
    .addArgument(new Argument('<shell>', 'the shell').choices(Object.keys(SHELLS)))
    .action(print);
  return withExamples(
    command,
    [
      'enable completion in new bash shells',
      `completion bash \\\n> ~/.local/share/bash-completion/completions/${metadata.name}`,
    ],
    ['enable completion in new zsh shells', `completion zsh > "\${fpath[1]}/_${metadata.name}"`],
    ['enable completion in new fish shells', `completion fish > \\\n~/.config/fish/completions/${metadata.name}.fish`],
  );
}

async function print(shell: keyof typeof SHELLS): Promise<void> {
  const root = completionOf(await createProgram(['help']), DEFAULT_COMMAND);
  process.stdout.write(SHELLS[shell](metadata.name, root));
}
