import { formatSize } from '../../internal/size.ts';
import type { Digest, PushProgress } from '../../oci/index.ts';

const WIDTH = 30;
const FRAME_MS = 100;

/** Shows the progress of each blob. */
export interface ProgressBars {
  readonly update: (progress: PushProgress) => void;
  /** Draws the last state. */
  readonly end: () => void;
}

/** Returns bars on `terminal`, which are redrawn at most ten times a second. Shows nothing unless `isShown`. */
export function progressBars(
  terminal: NodeJS.WriteStream,
  isShown: boolean,
  now: () => number = Date.now,
): ProgressBars {
  if (!isShown) return { update: () => undefined, end: () => undefined };
  const blobs = new Map<Digest, PushProgress>();
  let drawn = 0;
  let drawnAt = 0;
  const draw = () => {
    const lines = [...blobs.values()].map((blob) => `${bar(blob)}\x1b[K\n`);
    terminal.write(`${drawn > 0 ? `\x1b[${drawn}A` : ''}${lines.join('')}`);
    drawn = lines.length;
    drawnAt = now();
  };
  return {
    update: (progress) => {
      blobs.set(progress.digest, progress);
      if (now() - drawnAt >= FRAME_MS) draw();
    },
    end: draw,
  };
}

/** Formats the line of a blob. */
export function bar({ digest, size, sentBytes, state }: PushProgress): string {
  const share = state === 'sending' ? Math.min(1, sentBytes / Math.max(size, 1)) : 1;
  const filled = Math.round(share * WIDTH);
  const end = state === 'sending' ? `${formatSize(sentBytes)} of ${formatSize(size)}` : `${formatSize(size)} ${state}`;
  return `${digest.slice(7, 19)} [${'='.repeat(filled)}${' '.repeat(WIDTH - filled)}] ${end}`;
}
