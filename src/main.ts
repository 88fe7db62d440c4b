#!/usr/bin/env node
import { Command } from 'commander';
import metadata from '../package.json' with { type: 'json' };
import { nearest } from './internal/did-you-mean.ts';
import { printable } from './internal/quote.ts';

/** Loads the file of a command. */
type Load = () => Promise<Command>;

/** Commands with a common first word. */
interface Group {
  readonly description: string;
  readonly commands: Commands;
}

type Commands = Readonly<Record<string, Load | Group>>;

// Only the file of the command that is asked for is loaded, so that no command slows the start of another.
const COMMANDS: Commands = {
  serve: async () => (await import('./cli/serve.ts')).serveCommand(),
  render: async () => (await import('./cli/render.ts')).renderCommand(),
  preview: async () => (await import('./cli/preview.ts')).previewCommand(),
  cache: {
    description: "carry packages into Crossplane's package cache",
    commands: {
      load: async () => (await import('./cli/cache/load.ts')).loadCommand(),
      pack: async () => (await import('./cli/cache/pack.ts')).packCommand(),
      ls: async () => (await import('./cli/cache/ls.ts')).listCommand(),
      verify: async () => (await import('./cli/cache/verify.ts')).verifyCommand(),
      map: async () => (await import('./cli/cache/map.ts')).mapCommand(),
    },
  },
  xpkg: {
    description: 'build, check, read, push and copy Crossplane packages',
    commands: {
      build: async () => (await import('./cli/xpkg/build.ts')).buildCommand(),
      lint: async () => (await import('./cli/xpkg/lint.ts')).lintCommand(),
      inspect: async () => (await import('./cli/xpkg/inspect.ts')).inspectCommand(),
      extract: async () => (await import('./cli/xpkg/extract.ts')).extractCommand(),
      push: async () => (await import('./cli/xpkg/push.ts')).pushCommand(),
      copy: async () => (await import('./cli/xpkg/copy.ts')).copyCommand(),
    },
  },
};
/** The command that runs when none is named. */
const DEFAULT = 'serve';
const HELP = ['help', '--help', '-h'];

/** Adds to `parent` the command that `words` begin with, and every command for help or an unknown word. */
async function addCommands(parent: Command, commands: Commands, words: readonly string[]): Promise<void> {
  const [word = '', ...rest] = words;
  const names = Object.hasOwn(commands, word) ? [word] : Object.keys(commands);
  for (const name of names) {
    const entry = commands[name];
    if (typeof entry === 'function') parent.addCommand(await entry(), { isDefault: name === DEFAULT });
    else if (entry) await addCommands(parent.command(name).description(entry.description), entry.commands, rest);
  }
}

const program = new Command(metadata.name)
  .description(metadata.description)
  .version(metadata.version)
  .enablePositionalOptions();

try {
  const [word = '', ...rest] = process.argv.slice(2);
  const isCommand = Object.hasOwn(COMMANDS, word) || HELP.includes(word);
  if (word !== '' && !word.startsWith('-') && !isCommand) {
    const names = Object.keys(COMMANDS);
    const meant = nearest(word, names);
    const hint = meant === undefined ? `there are ${names.join(', ')}` : `did you mean ${meant}?`;
    program.error(`error: unknown command '${printable(word)}'; ${hint}`);
  }
  await addCommands(program, COMMANDS, isCommand ? [word, ...rest] : [DEFAULT]);
  await program.parseAsync();
} catch (error) {
  const { formatError } = await import('./cli/errors.ts');
  process.stderr.write(formatError(metadata.name, error));
  process.exitCode = 1;
}
