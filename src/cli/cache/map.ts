import { resolve } from 'node:path';
import { Command } from 'commander';
import { CacheError } from '../../cache/errors.ts';
import { orFileError } from '../../cache/files.ts';
import { clusterAccess, kubernetesApi } from '../../cache/loader/cluster/kubernetes-api.ts';
import { parseTrust } from '../../cache/loader/trust.ts';
import { formatMap } from '../../cache/map/html.ts';
import { mapCluster } from '../../cache/map/map-cluster.ts';
import { mapDirectory } from '../../cache/map/map-directory.ts';
import { writeOutput } from '../../internal/files/atomic-file.ts';
import { MIB } from '../../internal/size.ts';
import { sizeOption } from '../options/sizes.ts';
import { printFields } from '../output/fields.ts';
import { type FormatOptions, withFormat } from '../output/format.ts';
import { withExamples } from '../output/help.ts';

interface MapOptions extends FormatOptions {
  readonly namespace?: readonly string[];
  readonly maxBytes: number;
  readonly output: string;
}

/** Returns `cache map`, which writes a picture of a package cache. */
export function mapCommand(): Command {
  const command = new Command('map')
    .description('write an HTML page that shows a package cache: sizes, dependents and missing packages')
    .argument('[dir]', 'the cache directory')
    .option('--namespace <name...>', 'namespaces whose ConfigMaps to show instead of a directory')
    .addOption(sizeOption('--max-bytes <size>', 'maximum size of the cache, as in cache load', 16 * MIB))
    .option('-o, --output <file>', 'file to write', 'package-cache.html')
    .action(map);
  return withExamples(
    withFormat(command),
    ['draw a directory', 'cache map /cache/xpkg -o cache.html'],
    ['draw the packages in the ConfigMaps of a namespace', 'cache map --namespace crossplane-system'],
  );
}

async function map(directory: string | undefined, options: MapOptions): Promise<void> {
  const { namespace = [], maxBytes, output } = options;
  if ((directory === undefined) === (namespace.length === 0)) {
    throw new CacheError('INVALID_OPTION', 'cannot map: either a cache directory or --namespace is required');
  }
  const found =
    directory === undefined
      ? await mapCluster(kubernetesApi(await clusterAccess()), namesOf(namespace), maxBytes)
      : await mapDirectory(directory, maxBytes);
  await orFileError('write', output, writeOutput(resolve(output), [Buffer.from(formatMap(found))]));
  printFields({ file: output }, output, options);
}

function namesOf(namespaces: readonly string[]): readonly string[] {
  return parseTrust(namespaces, []).map(({ namespace }) => namespace);
}
