/** One comparison of a benchmark run: two figures of the same unit and the most or least that their ratio may be. */
export interface Row {
  readonly name: string;
  readonly unit: string;
  readonly ours: number;
  /** What ours is compared with, such as `bare grpc-js`. */
  readonly against?: string;
  readonly theirs?: number;
  /** The goal in words, such as `ratio <= 1.7` or `<= 150 ms`. */
  readonly goal?: string;
  readonly met?: boolean;
}

/** Puts rows into a Markdown table. */
export function formatRows(rows: readonly Row[]): string {
  const lines = rows.map((row) => {
    const ratio = row.theirs === undefined ? '' : (row.ours / row.theirs).toFixed(2);
    const theirs = row.theirs === undefined ? '' : `${format(row.theirs)} (${row.against})`;
    const verdict = row.met === undefined ? '' : row.met ? 'met' : 'MISSED';
    return [row.name, `${format(row.ours)} ${row.unit}`, theirs, ratio, row.goal ?? '', verdict];
  });
  const head = ['what', 'ours', 'beside', 'ratio', 'goal', ''];
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** The middle value. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function format(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
