import { InvalidArgumentError } from 'commander';
import { parseSize } from '../../internal/size.ts';

/** Parses an option that is a size in bytes. */
export function sizeOption(text: string): number {
  const size = parseSize(text);
  if (size === undefined) throw new InvalidArgumentError('It must be bytes, or a size such as 768Ki or 16Mi.');
  return size;
}
