import { printable } from '../../internal/quote.ts';

/** Shows a count of completed items in one line of a terminal. Shows nothing without a terminal. */
export interface Counter {
  readonly update: (done: number, total: number, item: string) => void;
  /** Clears the line. */
  readonly end: () => void;
}

const WIDTH = 20;

/** Returns a counter on `terminal`. */
export function counter(terminal: NodeJS.WriteStream): Counter {
  if (!terminal.isTTY) return { update: () => undefined, end: () => undefined };
  return {
    update: (done, total, item) => {
      const filled = Math.round((done / Math.max(total, 1)) * WIDTH);
      const bar = `[${'='.repeat(filled)}${' '.repeat(WIDTH - filled)}] ${done} of ${total}`;
      terminal.write(`\r${printable(`${bar}  ${item}`, terminal.columns - 2)}\x1b[K`);
    },
    end: () => terminal.write('\r\x1b[K'),
  };
}
