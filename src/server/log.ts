import { type Logger, pino } from 'pino';
import { printable, printableLines } from '../internal/quote.ts';

/** The formats of log lines. */
export const LOG_FORMATS = ['json', 'text'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/** Options of {@link createLogger}. */
export interface LogOptions {
  /** Default `info`. */
  readonly level?: string;
  /** Default `json`. */
  readonly format?: LogFormat | undefined;
  /** Receives each line, including its line break. */
  readonly write: (line: string) => void;
}

/**
 * Creates a logger with level names and RFC 3339 times. Characters that control a terminal or reorder text are escaped in every line,
 * regardless of their origin.
 */
export function createLogger({ level = 'info', format = 'json', write }: LogOptions): Logger {
  return pino(
    {
      level,
      // The container runtime adds the names of the process and the host.
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: plainError },
    },
    { write: (line) => write(printableLines(format === 'json' ? line : asText(line))) },
  );
}

/** Returns a writer to a file descriptor. It writes synchronously, so that lines are not lost when the process ends. */
export function descriptorWriter(descriptor: number): LogOptions['write'] {
  const destination = pino.destination(descriptor);
  return (line) => destination.write(line);
}

/** Returns the properties of an error that are logged. Others may contain secrets: errors of the AWS SDK have the signed request. */
function plainError(error: unknown): object {
  if (!(error instanceof Error)) return { message: printable(String(error)) };
  const { name, message, stack } = error;
  const code = 'code' in error ? error.code : undefined;
  return { type: name, ...(typeof code === 'string' && { code }), message, stack };
}

const LEVEL_WIDTH = 5;

/** Formats a line of JSON as text: time, level and message, then fields as `name=value`, and below them the stack of an error. */
function asText(line: string): string {
  const entry: Readonly<Record<string, unknown>> = JSON.parse(line);
  const { level, time, msg, ...rest } = entry;
  const fields = fieldsOf(rest).filter(([name]) => name !== 'err.stack');
  const words = [time, String(level).toUpperCase().padEnd(LEVEL_WIDTH), msg, ...fields.map((field) => field.join('='))];
  // The stack begins with the message, whose lines may look like log lines.
  const stack = stackOf(entry.err).filter((frame) => frame.startsWith('    at '));
  return `${[oneLine(words.join(' ')), ...stack].join('\n')}\n`;
}

function oneLine(text: string): string {
  return printable(text, Number.POSITIVE_INFINITY);
}

function fieldsOf(value: object, prefix = ''): [name: string, text: string][] {
  return Object.entries(value).flatMap(([name, field]: [string, unknown]) => {
    const path = `${prefix}${name}`;
    if (typeof field === 'object' && field !== null && !Array.isArray(field)) return fieldsOf(field, `${path}.`);
    const isPlain = typeof field === 'string' && /^[^\s"=]+$/.test(field);
    return [[path, isPlain ? field : JSON.stringify(field)]];
  });
}

function stackOf(error: unknown): string[] {
  return typeof error === 'object' && error !== null && 'stack' in error ? String(error.stack).split('\n') : [];
}
