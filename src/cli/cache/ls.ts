import { Command } from 'commander';
import { listCache } from '../../cache/entries.ts';
import { formatSize } from '../../internal/size.ts';
import { type FormatOptions, formatRows, printData, withFormat } from '../output/format.ts';
import { withExamples } from '../output/help.ts';

/** Returns `cache ls`, which lists the files of a cache directory. */
export function listCommand(): Command {
  const command = new Command('ls')
    .description("list the files in Crossplane's package cache")
    .argument('<dir>', 'the cache directory')
    .action(list);
  return withExamples(
    withFormat(command),
    ['list the files, one per line', 'cache ls /cache/xpkg'],
    ['list the artifacts that cache load placed', "cache ls /cache/xpkg -o json | jq -r '.[].artifact'"],
  );
}

async function list(directory: string, options: FormatOptions): Promise<void> {
  const entries = await listCache(directory);
  const rows = entries.map(({ file, bytes, content, artifact, placed }) => [
    file,
    formatSize(bytes),
    content,
    artifact ?? (placed ? 'placed without a reference' : 'not placed by cache load'),
  ]);
  const table = [['FILE', 'SIZE', 'CONTENT', 'ARTIFACT'], ...rows] as const;
  printData({ value: entries, table, text: formatRows(rows) }, options);
}
