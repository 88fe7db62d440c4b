import { Command } from 'commander';
import { listCache } from '../../cache/entries.ts';
import { formatSize } from '../../internal/size.ts';
import { printJson } from '../output/json.ts';
import { formatTable } from '../output/table.ts';

/** `cache ls`: what is in a cache directory. */
export function listCommand(): Command {
  return new Command('ls')
    .description("list what is in Crossplane's package cache")
    .argument('<dir>', 'the cache directory')
    .option('--json', 'print JSON')
    .action(list);
}

async function list(directory: string, { json }: { readonly json?: true }): Promise<void> {
  const entries = await listCache(directory);
  if (json) return printJson(entries);
  const rows = entries.map(({ file, bytes, content, artifact = 'not placed by cache load' }) => {
    return [file, formatSize(bytes), content, artifact];
  });
  process.stdout.write(formatTable(rows));
}
