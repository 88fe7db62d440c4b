import { type Command, Option } from 'commander';
import { printableLines } from '../../internal/quote.ts';

/** The levels of what commands say on standard error, the least talkative first. */
export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** The option for the level of what a program logs or says. */
export function logLevelOption(description: string): Option {
  return new Option('--log-level <level>', description).choices(LOG_LEVELS).default('info');
}

/** Options of {@link withNotes}. */
export interface NoteOptions {
  readonly quiet?: true;
  readonly logLevel?: LogLevel;
}

/** Prints lines on standard error, those of the level that was asked for and above. */
export interface Notes {
  readonly warn: (line: string) => void;
  /** Says what the command did. */
  readonly info: (line: string) => void;
  /** Says how it went about it. */
  readonly debug: (line: string) => void;
}

/** Adds the options for what a command says on standard error. Errors are always printed, and so is its result. */
export function withNotes(command: Command): Command {
  return command
    .addOption(logLevelOption('what to print on standard error: error, warn, info or debug'))
    .option('-q, --quiet', 'print the result and errors only');
}

/** The level that the options ask for. */
export function levelOf({ quiet, logLevel = 'info' }: NoteOptions): LogLevel {
  return quiet ? 'error' : logLevel;
}

/** The notes of a command with these options, on standard error by default. */
export function notesOf(options: NoteOptions, write = (text: string): unknown => process.stderr.write(text)): Notes {
  const most = LOG_LEVELS.indexOf(levelOf(options));
  const printer = (level: LogLevel) => (line: string) => {
    if (LOG_LEVELS.indexOf(level) <= most) write(printableLines(`${line}\n`));
  };
  return { warn: printer('warn'), info: printer('info'), debug: printer('debug') };
}
