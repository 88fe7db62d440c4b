import type { Command, Help, Option } from 'commander';
import metadata from '../../../package.json' with { type: 'json' };

/** The maximum width of help: wider lines are hard to read, and many terminals have this width. */
const MAX_WIDTH = 80;

/** A command line without the program's name, and its description. */
export type HelpExample = readonly [does: string, commandLine: string];

/** Matches errors that are shown with the usage of the command. */
const LACKS_USAGE = /^error: (missing required argument|too many arguments|required option) /;

function withUsage(text: string, command: Command): string {
  return `${text.replace(/\.?\n$/, '')}; usage: ${command.createHelp().commandUsage(command)}\n`;
}

/** Configures the help and errors of a command. The program ends by an exception, so that pending output is written. */
export function configureHelp(command: Command): Command {
  command.configureOutput({
    outputError: (text, write) => write(LACKS_USAGE.test(text) ? withUsage(text, command) : text),
  });
  return command.exitOverride().configureHelp({
    prepareContext({ helpWidth = MAX_WIDTH }) {
      this.helpWidth = Math.min(helpWidth, MAX_WIDTH);
    },
    subcommandTerm: (subcommand) => subcommand.name(),
    optionDescription(option: Option): string {
      const notes = [];
      // Omit defaults of lists and maps, which are empty.
      const isShown = (option.required || option.optional) && typeof option.defaultValue !== 'object';
      if (isShown && option.defaultValue !== undefined) {
        notes.push(`default: ${option.defaultValueDescription ?? JSON.stringify(option.defaultValue)}`);
      }
      if (option.envVar !== undefined) notes.push(`env: ${option.envVar}`);
      return notes.length > 0 ? `${option.description} (${notes.join(', ')})` : option.description;
    },
  });
}

/** Adds examples to a command's help. A command line may continue after a backslash and a line break. */
export function withExamples(command: Command, ...examples: readonly HelpExample[]): Command {
  return command.addHelpText('after', () => {
    const lines = examples.map(([does, line]) => `  # ${does}\n  ${metadata.name} ${line.replace(/\n\s*/g, '\n    ')}`);
    return `\nExamples:\n${lines.join('\n\n')}`;
  });
}

/** Adds a list to a command's help, such as its exit codes. */
export function withHelpList(command: Command, title: string, items: readonly (readonly [string, string])[]): Command {
  return command.addHelpText('after', () => {
    const helper = helperOf(command);
    const width = Math.max(...items.map(([term]) => term.length));
    return `\n${title}:\n${items.map(([term, text]) => helper.formatItem(term, width, text, helper)).join('\n')}`;
  });
}

/** Adds a paragraph to a command's help. */
export function withHelpText(command: Command, text: string): Command {
  return command.addHelpText('after', () => `\n${helperOf(command).boxWrap(text, MAX_WIDTH)}`);
}

function helperOf(command: Command): Help {
  const helper = command.createHelp();
  helper.prepareContext({ helpWidth: MAX_WIDTH });
  return helper;
}
