import { type Command, Option } from 'commander';
import { printableLines } from '../../internal/quote.ts';

/** The log levels of commands, the least verbose first. */
export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Returns the option for the log level. */
export function logLevelOption(description: string): Option {
  return new Option('--log-level <level>', description).choices(LOG_LEVELS).default('info');
}

/** Options of {@link withNotes}. */
export interface NoteOptions {
  readonly quiet?: true;
  readonly logLevel?: LogLevel;
}

/** Prints lines of the selected level and above on standard error. */
export interface Notes {
  readonly warn: (line: string) => void;
  /** Prints the outcome of the command. */
  readonly info: (line: string) => void;
  /** Prints details of the execution. */
  readonly debug: (line: string) => void;
}

/** Adds the options for output on standard error. Errors and results are always printed. */
export function withNotes(command: Command): Command {
  return command
    .addOption(logLevelOption('what to print on standard error: error, warn, info or debug'))
    .option('-q, --quiet', 'print the result and errors only');
}

/** Returns the log level that the options select. */
export function levelOf({ quiet, logLevel = 'info' }: NoteOptions): LogLevel {
  return quiet ? 'error' : logLevel;
}

/** Returns the notes of a command with these options, which are printed on standard error by default. */
export function notesOf(options: NoteOptions, write = (text: string): unknown => process.stderr.write(text)): Notes {
  const most = LOG_LEVELS.indexOf(levelOf(options));
  const printer = (level: LogLevel) => (line: string) => {
    if (LOG_LEVELS.indexOf(level) <= most) write(printableLines(`${line}\n`));
  };
  return { warn: printer('warn'), info: printer('info'), debug: printer('debug') };
}
