import { Command } from 'commander';
import metadata from '../../package.json' with { type: 'json' };
import { nearest } from '../internal/did-you-mean.ts';
import { printable } from '../internal/quote.ts';
import { configureHelp } from './output/help.ts';
import { withNotes } from './output/notes.ts';

/** Loads the module of a command. */
type Load = () => Promise<Command>;

/** Commands with a common first word. */
interface Group {
  readonly description: string;
  readonly commands: Commands;
}

type Commands = Readonly<Record<string, Load | Group>>;

// Only the module of the requested command is loaded, so that commands do not slow down each other's start.
const COMMANDS: Commands = {
  serve: async () => (await import('./serve.ts')).serveCommand(),
  render: async () => (await import('./render.ts')).renderCommand(),
  validate: async () => (await import('./validate.ts')).validateCommand(),
  preview: async () => (await import('./preview.ts')).previewCommand(),
  cache: {
    description: "deliver packages to Crossplane's package cache",
    commands: {
      load: async () => (await import('./cache/load.ts')).loadCommand(),
      pack: async () => (await import('./cache/pack.ts')).packCommand(),
      ls: async () => (await import('./cache/ls.ts')).listCommand(),
      verify: async () => (await import('./cache/verify.ts')).verifyCommand(),
      map: async () => (await import('./cache/map.ts')).mapCommand(),
      apply: async () => (await import('./cache/apply.ts')).applyCommand(),
      diff: async () => (await import('./cache/diff.ts')).diffCommand(),
      prune: async () => (await import('./cache/prune.ts')).pruneCommand(),
      bundle: async () => (await import('./cache/bundle.ts')).bundleCommand(),
    },
  },
  xpkg: {
    description: 'build, check, read, push and copy Crossplane packages',
    commands: {
      build: async () => (await import('./xpkg/build.ts')).buildCommand(),
      lint: async () => (await import('./xpkg/lint.ts')).lintCommand(),
      inspect: async () => (await import('./xpkg/inspect.ts')).inspectCommand(),
      extract: async () => (await import('./xpkg/extract.ts')).extractCommand(),
      push: async () => (await import('./xpkg/push.ts')).pushCommand(),
      copy: async () => (await import('./xpkg/copy.ts')).copyCommand(),
    },
  },
  tags: async () => (await import('./tags.ts')).tagsCommand(),
  digest: async () => (await import('./digest.ts')).digestCommand(),
  login: async () => (await import('./login.ts')).loginCommand(),
  logout: async () => (await import('./logout.ts')).logoutCommand(),
  version: async () => (await import('./version.ts')).versionCommand(),
  completion: async () => (await import('./completion.ts')).completionCommand(),
};
/** The command that runs by default. */
export const DEFAULT_COMMAND = 'serve';
const HELP_COMMAND = 'help';
const HELP = [HELP_COMMAND, '--help', '-h'];

/** Returns the program with the command that `words` name, or with all commands if they ask for help. */
export async function createProgram(words: readonly string[]): Promise<Command> {
  const program = configureHelp(new Command(metadata.name))
    .description(metadata.description)
    .version(metadata.version)
    .enablePositionalOptions();
  const [word = ''] = words;
  const isCommand = Object.hasOwn(COMMANDS, word) || HELP.includes(word);
  refuseUnknown(program, COMMANDS, words);
  await addCommands(program, COMMANDS, isCommand ? words : [DEFAULT_COMMAND]);
  return program;
}

/** Returns the words of a command line, with `help WORDS` replaced by `WORDS --help`, also after the name of a group. */
export function plainWords(words: readonly string[]): readonly string[] {
  const [first = '', second] = words;
  const isGroup = Object.hasOwn(COMMANDS, first) && typeof COMMANDS[first] === 'object';
  const at = isGroup && second === HELP_COMMAND ? 1 : 0;
  if (words[at] !== HELP_COMMAND) return words;
  const rest = words.slice(at + 1).filter((word) => word !== '--help');
  return [...words.slice(0, at), ...rest, '--help'];
}

/** Refuses a word that is not the name of a command, also in groups. */
function refuseUnknown(program: Command, commands: Commands, words: readonly string[], group = ''): void {
  const [word = '', ...rest] = words;
  if (word === '' || word.startsWith('-') || (group === '' && HELP.includes(word))) return;
  const known = Object.hasOwn(commands, word) ? commands[word] : undefined;
  if (known !== undefined) {
    if (typeof known !== 'function') refuseUnknown(program, known.commands, rest, `${word} `);
    return;
  }
  const names = Object.keys(commands).map((name) => `${group}${name}`);
  const meant = nearest(word, Object.keys(commands));
  const hint = meant === undefined ? `the commands are ${names.join(', ')}` : `did you mean ${group}${meant}?`;
  program.error(`error: unknown command '${group}${printable(word)}'; ${hint}`);
}

async function addCommands(parent: Command, commands: Commands, words: readonly string[]): Promise<void> {
  const [word = '', ...rest] = words;
  const names = Object.hasOwn(commands, word) ? [word] : Object.keys(commands);
  for (const name of names) {
    const entry = commands[name];
    if (typeof entry === 'function') {
      const command = configureHelp(await entry());
      parent.addCommand(name === DEFAULT_COMMAND ? command : withNotes(command), {
        isDefault: name === DEFAULT_COMMAND,
      });
    } else if (entry) {
      await addCommands(configureHelp(parent.command(name)).description(entry.description), entry.commands, rest);
    }
  }
}
