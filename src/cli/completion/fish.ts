import { type CompletedCommand, type CompletedOption, familyOf } from './model.ts';

/** Returns the completion script for fish. */
export function fishCompletion(program: string, root: CompletedCommand): string {
  const lines = familyOf(root).flatMap((command) => {
    const condition = `-n ${quote(conditionOf(command))}`;
    const children = command.commands.map(
      ({ path, description }) => `${condition} -f -a ${path.at(-1)} -d ${quote(description)}`,
    );
    const choices = command.choices.map((choice) => `${condition} -f -a ${choice}`);
    return [...children, ...choices, ...command.options.map((option) => `${condition} ${optionFlags(option)}`)];
  });
  const head = `# fish completion for ${program}: ${program} completion fish | source`;
  return `${[head, ...lines.map((line) => `complete -c ${program} ${line}`)].join('\n')}\n`;
}

/** Returns a condition that is true when the command line has the words of the path and none of its subcommands. */
function conditionOf({ path, commands }: CompletedCommand): string {
  const seen = path.map((word) => `__fish_seen_subcommand_from ${word}`);
  const names = commands.map((child) => child.path.at(-1)).join(' ');
  return [...seen, ...(names === '' ? [] : [`not __fish_seen_subcommand_from ${names}`])].join('; and ');
}

function optionFlags({ flags, description, values }: CompletedOption): string {
  const names = flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
  return [...names, ...valueFlags(values), `-d ${quote(description)}`].join(' ');
}

function valueFlags(values: CompletedOption['values']): readonly string[] {
  if (values === undefined) return [];
  if (values === 'path') return ['-r', '-F'];
  return values === 'text' ? ['-x'] : ['-x', `-a ${quote(values.join(' '))}`];
}

function quote(text: string): string {
  return `'${text.replaceAll(/['\\]/g, '\\$&')}'`;
}
