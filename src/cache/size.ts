import { quote } from '../internal/quote.ts';
import { CacheError } from './errors.ts';

const UNITS: Readonly<Record<string, number>> = { '': 1, Ki: 1_024, Mi: 1_048_576, Gi: 1_073_741_824 };

/** Parses a size as Kubernetes writes it, such as `16Mi`, `768Ki` or plain bytes. Throws `INVALID_OPTION`. */
export function parseSize(text: string): number {
  const [, number = '', unit = ''] = /^(\d{1,12})(Ki|Mi|Gi)?$/.exec(text) ?? [];
  const size = Number(number) * (UNITS[unit] ?? Number.NaN);
  if (number !== '' && Number.isSafeInteger(size)) return size;
  throw new CacheError('INVALID_OPTION', `cannot read the size ${quote(text)}: want bytes, or such as 768Ki or 16Mi`);
}

/** Bytes for people: `512 B`, `1.5 KiB`, `23.1 MiB`. */
export function formatSize(bytes: number): string {
  if (bytes < 1_024) return `${bytes} B`;
  const unit = bytes < 1_048_576 ? 'KiB' : 'MiB';
  const value = bytes / (unit === 'KiB' ? 1_024 : 1_048_576);
  return `${Number.isInteger(value) ? value : value.toFixed(1)} ${unit}`;
}
