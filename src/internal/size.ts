/** The number of bytes of a kibibyte, mebibyte and gibibyte. */
export const KIB = 1_024;
export const MIB = 1_048_576;
export const GIB = 1_073_741_824;

const UNITS: Readonly<Record<string, number>> = { '': 1, Ki: KIB, Mi: MIB, Gi: GIB };

/** Parses a size in Kubernetes' notation, such as `16Mi`, `768Ki` or plain bytes. Returns undefined for other text. */
export function parseSize(text: string): number | undefined {
  const [, number = '', unit = ''] = /^(\d{1,12})(Ki|Mi|Gi)?$/.exec(text) ?? [];
  const size = Number(number) * (UNITS[unit] ?? Number.NaN);
  return number !== '' && Number.isSafeInteger(size) ? size : undefined;
}

/** Formats a size as {@link parseSize} parses it: `16Mi`, or plain bytes if no unit divides it. */
export function formatQuantity(bytes: number): string {
  const [unit, size] = Object.entries(UNITS).findLast(([, size]) => bytes % size === 0) ?? ['', 1];
  return `${bytes / size}${unit}`;
}

/** Formats a size for messages: `512 B`, `1.5 KiB`, `23.1 MiB`. */
export function formatSize(bytes: number): string {
  if (bytes < KIB) return `${bytes} B`;
  const unit = bytes < MIB ? 'KiB' : 'MiB';
  const value = bytes / (unit === 'KiB' ? KIB : MIB);
  return `${Number.isInteger(value) ? value : value.toFixed(1)} ${unit}`;
}
