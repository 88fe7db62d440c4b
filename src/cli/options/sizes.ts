import { InvalidArgumentError, Option } from 'commander';
import { formatQuantity, parseSize } from '../../internal/size.ts';

/** Returns an option whose value is a size in bytes. */
export function sizeOption(flags: string, description: string, preset?: number): Option {
  const option = new Option(flags, description).argParser(parse);
  return preset === undefined ? option : option.default(preset, formatQuantity(preset));
}

function parse(text: string): number {
  const size = parseSize(text);
  if (size === undefined) throw new InvalidArgumentError('It must be bytes, or a size such as 768Ki or 16Mi.');
  return size;
}
