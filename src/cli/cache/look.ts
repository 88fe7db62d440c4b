import { Command } from 'commander';
import { formatSize } from '../../cache/size.ts';
import { listCache, verifyCache } from '../../cache/verify.ts';
import { printable, printableLines } from '../../internal/quote.ts';
import { addList } from '../options/registry.ts';

/** The longest cell: a file name has at most 255 characters, a reference with its digest some more. */
const MAX_CELL = 512;

/** Exit code when Crossplane would not use something. */
const UNUSABLE = 2;

/** `cache ls`: what is in a cache directory. */
export function listCommand(): Command {
  return new Command('ls')
    .description("list what is in Crossplane's package cache")
    .argument('<dir>', 'the cache directory')
    .option('--json', 'print JSON')
    .action(async (directory: string, { json }: { readonly json?: true }) => {
      const entries = await listCache(directory);
      if (json) {
        process.stdout.write(printableLines(`${JSON.stringify(entries)}\n`));
        return;
      }
      for (const { file, bytes, content, artifact } of entries) {
        process.stdout.write(
          `${[file, formatSize(bytes), content, artifact ?? 'not placed by cache load'].map((cell) => printable(cell, MAX_CELL)).join('\t')}\n`,
        );
      }
    });
}

/** `cache verify`: why Crossplane would not use what is in a cache directory. */
export function verifyCommand(): Command {
  return new Command('verify')
    .description(
      'say exactly why Crossplane would not install packages from a cache directory offline; exit code 2 then',
    )
    .argument('<dir>', 'the cache directory')
    .requiredOption(
      '--package <reference>',
      'source@digest, or source:tag@digest for a tag that an ImageConfig pins; repeat it for a set',
      addList,
      [],
    )
    .action(async (directory: string, options: { readonly package: readonly string[] }) => {
      const findings = await verifyCache(directory, options.package);
      for (const { cause, package: name, message } of findings) {
        process.stdout.write(printableLines(`${cause === 'closure' ? message : `${name}: ${message}`} (${cause})\n`));
      }
      if (findings.length > 0) process.exitCode = UNUSABLE;
      else
        process.stdout.write(`${options.package.length === 1 ? 'It' : 'They'} would be installed without a registry\n`);
    });
}
