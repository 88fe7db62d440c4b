import { Command } from 'commander';
import { writeBundle } from '../../cache/bundle/bundle-file.ts';
import { collectBundle } from '../../cache/bundle/collect.ts';
import { orFileError } from '../../cache/files.ts';
import { MAX_LOCK_BYTES, parseLock } from '../../cache/pack/lock.ts';
import { readRegularFile } from '../../internal/files/read-file.ts';
import { parsePlatform, parseReference } from '../../oci/index.ts';
import { addPair } from '../options/key-values.ts';
import { addList } from '../options/lists.ts';
import { type RegistryOptions, withClient, withRegistry } from '../options/registry.ts';
import { configureHelp, withExamples, withHelpList } from '../output/help.ts';
import { type NoteOptions, notesOf, withNotes } from '../output/notes.ts';
import { bundlePushCommand } from './bundle-push.ts';

interface BundleOptions extends RegistryOptions, NoteOptions {
  readonly output: string;
  readonly lock: string;
  readonly platform?: readonly string[];
  readonly loaderImage?: string;
  readonly rewrite: Readonly<Record<string, string>>;
}

/** Returns `cache bundle`, which writes packages and images as one file. */
export function bundleCommand(): Command {
  const command = new Command('bundle')
    .description('write the packages of a lock file, which are also the runtime images, as one OCI archive')
    .enablePositionalOptions()
    .argument('[package...]', 'packages that the lock must list: registry/repository[:tag][@digest]')
    .option('-o, --output <file>', 'archive to write', 'platform.tar')
    .option('--lock <file>', 'lock file that cache pack wrote', 'package-cache.lock.json')
    .option('--platform <platforms>', 'platforms to include, comma separated; default: all', addList)
    .option('--loader-image <reference>', 'image of the loader, which is this program, to include')
    .option(
      '--rewrite <prefix=prefix>',
      'fetch images of a prefix from another one; their names do not change',
      addPair('prefix=prefix'),
      {},
    )
    .action(bundle);
  withHelpList(withRegistry(command), 'Exit codes', [
    ['0', 'the archive is written, and OUTPUT.lock.json if --platform changed digests'],
    ['1', 'nothing is written: the lock is of another set, or an image or platform is missing'],
  ]);
  withExamples(
    command,
    ['write a bundle of all packages of the lock file', 'cache bundle'],
    [
      'write a bundle for one platform, with the loader',
      'cache bundle -o platform.tar --platform linux/amd64 \\\n--loader-image registry.example.com/function-workload-ecr:v0.1.0',
    ],
  );
  return command.addCommand(withNotes(configureHelp(bundlePushCommand())));
}

async function bundle(named: readonly string[], options: BundleOptions): Promise<void> {
  const { output, lock: lockPath, platform, loaderImage, rewrite: rewrites } = options;
  // A misspelled subcommand would be taken for a package: refuse it before the lock is read.
  for (const name of named) parseReference(name, 'strict');
  const text = await orFileError('read', lockPath, readRegularFile(lockPath, MAX_LOCK_BYTES));
  const lock = parseLock(text.toString('utf8'), lockPath);
  const platforms = platform?.map(parsePlatform);
  const notes = notesOf(options);
  await withClient(options, async (client) => {
    const found = await collectBundle(client, { lock, named, platforms, loaderImage, rewrites });
    const { packages, images, reduced } = found;
    const newLock = reduced.length === 0 ? undefined : `${output}.lock.json`;
    await writeBundle(output, found, newLock);
    notes.info(`wrote ${packages.length} packages and ${images.length} other images to ${output}`);
    if (newLock === undefined) return;
    notes.warn(
      `the digests of ${reduced.join(', ')} changed, since other platforms are omitted; install the digests in ${newLock}`,
    );
  });
}
