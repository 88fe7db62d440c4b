import { resolve } from 'node:path';
import { Command } from 'commander';
import { CacheError } from '../../cache/errors.ts';
import { type Closure, closureProblems, completeClosure, requirementsOf } from '../../cache/pack/closure.ts';
import { findNamed, registryFinder } from '../../cache/pack/finder.ts';
import { formatLock } from '../../cache/pack/lock.ts';
import { packNotes, packPackages, runtimeImages } from '../../cache/pack/pack.ts';
import { DEFAULT_CHUNK_BYTES } from '../../cache/sets/chunks.ts';
import { writeOutputs } from '../../internal/files/write-outputs.ts';
import { parseReference, type RegistryClient } from '../../oci/index.ts';
import { addPair } from '../options/key-values.ts';
import { type RegistryOptions, withClient, withRegistry } from '../options/registry.ts';
import { sizeOption } from '../options/sizes.ts';
import { type FormatOptions, printData, withFormat } from '../output/format.ts';
import { withExamples } from '../output/help.ts';
import { notesOf } from '../output/notes.ts';
import { formatObjects } from '../output/objects.ts';

interface PackOptions extends RegistryOptions, FormatOptions {
  readonly namespace: string;
  readonly chunkSize: number;
  readonly single?: true;
  readonly name: string;
  readonly set?: string;
  readonly setVersion?: string;
  readonly output?: string;
  readonly resolve?: true;
  readonly withDependencies?: true;
  readonly lock: string;
  readonly listImages?: true;
  readonly runtimePreloaded?: true;
  readonly skipDependencyResolution?: true;
  readonly rewrite: Readonly<Record<string, string>>;
}

/** Returns `cache pack`, which writes packages as ConfigMaps for kubectl or GitOps, with the objects that install them offline. */
export function packCommand(): Command {
  const command = withRegistry(
    new Command('pack')
      .description(
        'write ConfigMaps that contain packages, with the ImageConfigs and packages that install them offline',
      )
      .argument('<package...>', 'registry/repository[:tag]@digest, or FILE.xpkg=registry/repository:tag')
      .option('--namespace <name>', 'namespace of the ConfigMaps', 'crossplane-system')
      .addOption(sizeOption('--chunk-size <size>', 'maximum size of the content in one ConfigMap', DEFAULT_CHUNK_BYTES))
      .option('--single', "write one ConfigMap with all entries, to be mounted as Crossplane's cache")
      .option('--name <name>', 'name of that ConfigMap', 'package-cache')
      .option('--set <name>', 'name of the set, for cache diff and cache prune; default: the name of the first package')
      .option('--set-version <version>', 'version of the set; default: the tag of the first package')
      .option('-o, --output <file>', 'file to write; default: standard output')
      .option('--resolve', 'resolve tags without a digest')
      .option('--with-dependencies', 'include all dependencies of the packages, and write a lock file')
      .option('--lock <file>', 'lock file to write', 'package-cache.lock.json')
      .option('--list-images', 'only print the runtime images, which are not packed, one per line')
      .option('--runtime-preloaded', 'the nodes have the runtime images, so that nothing is pulled')
      .option('--skip-dependency-resolution', 'install without resolving dependencies')
      .option(
        '--rewrite <prefix=prefix>',
        'fetch packages of a prefix from another one; their names do not change',
        addPair('prefix=prefix'),
        {},
      ),
  ).action((packages: readonly string[], options: PackOptions) => pack(packages, options));
  return withExamples(
    withFormat(command),
    [
      'pack a package with all its dependencies',
      'cache pack --resolve --with-dependencies \\\nxpkg.crossplane.io/acme/cfg:v1.2.0 -o cache.yaml',
    ],
    ['pack and apply a package file', 'cache pack a.xpkg=registry.example.com/acme/a:v1 |\nkubectl apply -f -'],
  );
}

async function pack(names: readonly string[], options: PackOptions): Promise<void> {
  if (options.withDependencies && options.output !== undefined && resolve(options.output) === resolve(options.lock)) {
    throw new CacheError('INVALID_OPTION', 'cannot pack: --output and --lock must not be the same file');
  }
  const find = async (client: RegistryClient): Promise<Closure> => {
    const finder = registryFinder(client, options.rewrite);
    const packages = [];
    for (const name of names) packages.push(await findNamed(name, finder, options.resolve ?? false));
    if (options.withDependencies) return completeClosure(packages, finder);
    return { packages, requirements: requirementsOf(packages) };
  };
  const [first] = names.filter((name) => !name.includes('.xpkg=') && !name.endsWith('.xpkg'));
  const logins = first === undefined ? [] : [[parseReference(first), options.creds] as const];
  const closure = await withClient(options, find, logins);
  const { packages, requirements } = closure;
  const images = runtimeImages(packages);
  if (options.listImages) {
    const table = [['IMAGE'], ...images.map((image) => [image])] as const;
    return printData({ value: images, table, text: images.map((image) => `${image}\n`).join('') }, options);
  }
  const problems = options.skipDependencyResolution ? [] : closureProblems(packages, requirements);
  if (problems.length > 0) {
    const way = 'use --with-dependencies, add the missing packages, or use --skip-dependency-resolution';
    throw new CacheError(
      'INCOMPLETE',
      `cannot pack a set that Crossplane cannot install: ${problems.join('; ')}; ${way}`,
    );
  }
  const { single, name, namespace, chunkSize, set, setVersion } = options;
  const packed = packPackages(packages, {
    namespace,
    chunkSize,
    set: { ...(set === undefined ? {} : { name: set }), ...(setVersion === undefined ? {} : { version: setVersion }) },
    mountedAs: single && name,
    runtimePreloaded: options.runtimePreloaded ?? false,
    skipDependencyResolution: options.skipDependencyResolution ?? false,
  });
  const objects = [...packed.configMaps, ...packed.imageConfigs, ...packed.packages, packed.record];
  const text = formatObjects(JSON.parse(JSON.stringify(objects)), options);
  const { output } = options;
  // Write files first: a pipe to kubectl must not get a set whose lock cannot be written.
  await writeOutputs([
    ...(options.withDependencies ? [{ path: options.lock, content: [Buffer.from(formatLock(closure))] }] : []),
    ...(output === undefined ? [] : [{ path: output, content: [Buffer.from(text)] }]),
  ]);
  if (output === undefined) process.stdout.write(text);
  for (const note of packNotes(packages, packed)) notesOf(options).info(note);
}
