import type { Command, Option } from 'commander';

/** A command for completion. */
export interface CompletedCommand {
  /** The words that lead to it, without the program's name. */
  readonly path: readonly string[];
  readonly description: string;
  readonly options: readonly CompletedOption[];
  readonly commands: readonly CompletedCommand[];
  /** The allowed values of its arguments, if they are listed. */
  readonly choices: readonly string[];
}

/** An option for completion. */
export interface CompletedOption {
  /** The flags, such as `-o` and `--format`. */
  readonly flags: readonly string[];
  readonly description: string;
  /** The allowed values: a list, a path, or any other text; undefined for a switch. */
  readonly values: readonly string[] | 'path' | 'text' | undefined;
  readonly isRepeatable: boolean;
}

const HELP: CompletedOption = {
  flags: ['-h', '--help'],
  description: 'display help for command',
  values: undefined,
  isRepeatable: false,
};

/** Describes a program whose commands are all loaded. `usual` is its default command, whose options are also the program's. */
export function completionOf(program: Command, usual: string): CompletedCommand {
  const root = describe(program, []);
  const options = root.commands.find(({ path: [name] }) => name === usual)?.options ?? [];
  return { ...root, options: [...root.options, ...options.filter((option) => option !== HELP)] };
}

function describe(command: Command, path: readonly string[]): CompletedCommand {
  return {
    path,
    description: command.description(),
    options: [...command.options.filter(({ hidden }) => !hidden).map(describeOption), HELP],
    commands: command.commands.map((child) => describe(child, [...path, child.name()])),
    choices: command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices),
  };
}

function describeOption(option: Option): CompletedOption {
  return {
    flags: [option.short, option.long].filter((flag) => flag !== undefined),
    description: option.description,
    values: valuesOf(option),
    isRepeatable: option.variadic || typeof option.defaultValue === 'object',
  };
}

function valuesOf({ required, optional, argChoices, flags }: Option): CompletedOption['values'] {
  if (!required && !optional) return undefined;
  return argChoices ?? (/(?:path|file|dir)s?(?:\.\.\.)?>/.test(flags) ? 'path' : 'text');
}

/** Returns a command and all its subcommands. */
export function familyOf(command: CompletedCommand): CompletedCommand[] {
  return [command, ...command.commands.flatMap(familyOf)];
}

/** Returns the name of the shell function for a command. */
export function functionName(program: string, { path }: CompletedCommand): string {
  return `_${[program, ...path].join('_').replaceAll(/\W/g, '_')}`;
}

/** Quotes text for bash and zsh. */
export function shellQuote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
