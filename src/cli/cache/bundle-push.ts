import { join } from 'node:path';
import { Command } from 'commander';
import { readBundle } from '../../cache/bundle/bundle-file.ts';
import { hostsOf, hostsToml, type Mirror, mirrorImageConfig, parseMirror } from '../../cache/bundle/mirror.ts';
import { checkLock, pushBundle } from '../../cache/bundle/push.ts';
import { orFileError } from '../../cache/files.ts';
import { MAX_LOCK_BYTES, parseLock } from '../../cache/pack/lock.ts';
import { writeAtomically } from '../../internal/files/atomic-file.ts';
import { makeDirectory } from '../../internal/files/make-directory.ts';
import { readRegularFile } from '../../internal/files/read-file.ts';
import { printableLines } from '../../internal/quote.ts';
import { hostKind, isRegistry } from '../../oci/index.ts';
import { printYaml } from '../../yaml/index.ts';
import { type RegistryOptions, withClient, withRegistry } from '../options/registry.ts';
import { counter } from '../output/count.ts';
import { withExamples, withHelpList } from '../output/help.ts';
import { type NoteOptions, notesOf } from '../output/notes.ts';

interface PushOptions extends RegistryOptions, NoteOptions {
  readonly lock?: string;
  readonly mirrorDir?: string;
}

/** Returns `cache bundle push`, which pushes a bundle to a registry. */
export function bundlePushCommand(): Command {
  const command = new Command('push')
    .description('push the images of a bundle to a registry; prints their references there')
    .argument('<file>', 'archive that cache bundle wrote')
    .argument('<target>', 'target: REGISTRY or REGISTRY/PREFIX')
    .option('--lock <file>', 'refuse a bundle whose packages differ from those of this lock file')
    .option(
      '--mirror-dir <dir>',
      'folder for image-configs.yaml (Crossplane) and certs.d (containerd), which redirect pulls to the target',
    )
    .action(push);
  withHelpList(withRegistry(command), 'Exit codes', [
    ['0', 'all images are in the registry'],
    ['1', 'nothing was pushed: the bundle is incomplete, damaged or of another set; or the registry refused a push'],
  ]);
  return withExamples(
    command,
    ['push a bundle', 'cache bundle push platform.tar \\\nregistry.local:5000/mirror'],
    [
      'push it, and write the configuration for Crossplane and containerd',
      'cache bundle push platform.tar \\\nregistry.local:5000/mirror --mirror-dir m',
    ],
  );
}

async function push(path: string, target: string, options: PushOptions): Promise<void> {
  const mirror = parseMirror(target, isRegistry);
  const bundle = await readBundle(path);
  if (options.lock !== undefined) {
    const text = await orFileError('read', options.lock, readRegularFile(options.lock, MAX_LOCK_BYTES));
    checkLock(bundle.packages, parseLock(text.toString('utf8'), options.lock), path);
  }
  const shown = counter(process.stderr);
  const pushed = await withClient(options, (client) =>
    pushBundle(client, bundle, mirror, { onImage: shown.update }).finally(shown.end),
  );
  if (options.mirrorDir !== undefined) {
    const sources = [...bundle.packages, ...bundle.images].map(({ source }) => source);
    await writeMirror(options.mirrorDir, hostsOf(sources), mirror, options);
    notesOf(options).info(`wrote ${options.mirrorDir}/image-configs.yaml and ${options.mirrorDir}/certs.d`);
  }
  process.stdout.write(printableLines(pushed.map((reference) => `${reference}\n`).join('')));
}

async function writeMirror(
  directory: string,
  hosts: readonly string[],
  mirror: Mirror,
  { insecure }: RegistryOptions,
): Promise<void> {
  const isLocal = hostKind(mirror.registry.replace(/:\d+$/, '')) === 'local';
  const configs = hosts.map((host) => `---\n${printYaml(JSON.parse(JSON.stringify(mirrorImageConfig(host, mirror))))}`);
  const write = async (folder: string, name: string, text: string) => {
    const path = join(folder, name);
    await orFileError('create', folder, makeDirectory(folder));
    await orFileError('write', path, writeAtomically(path, [Buffer.from(text)]));
  };
  await write(directory, 'image-configs.yaml', configs.join(''));
  for (const host of hosts) {
    const toml = hostsToml(host, mirror, insecure || isLocal ? 'http' : 'https');
    await write(join(directory, 'certs.d', host), 'hosts.toml', toml);
  }
}
