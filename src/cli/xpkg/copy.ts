import { Command } from 'commander';
import { copyArtifact, copyReferrers, formatReference, parseReference, type RegistryClient } from '../../oci/index.ts';
import { parseTarget } from '../../xpkg/push.ts';
import { type RegistryOptions, withClient, withRegistry } from '../options/registry.ts';
import { printFields } from '../output/fields.ts';
import { type FormatOptions, withFormat } from '../output/format.ts';
import { withExamples } from '../output/help.ts';
import { notesOf } from '../output/notes.ts';
import { withProgress } from './with-progress.ts';

interface CopyOptions extends RegistryOptions, FormatOptions {
  readonly fromCreds?: string;
  readonly withReferrers?: true;
}

/** Returns `xpkg copy`, which copies a package between registries. */
export function copyCommand(): Command {
  const command = new Command('copy')
    .description('copy a package from one repository to another, manifests byte for byte; prints the digest')
    .argument('<from>', 'package to copy: registry/repository:tag or registry/repository@digest')
    .argument('<to>', 'target: registry/repository:tag')
    .option('--with-referrers', 'also copy signatures, attestations and SBOMs of the package')
    .option('--from-creds <user[:password]>', 'login for the source registry if --creds is for another one');
  return withExamples(
    withFormat(withRegistry(command)).action(copy),
    [
      'mirror a package',
      'xpkg copy xpkg.crossplane.io/acme/cfg:v1.2.0 \\\nregistry.example.com/mirror/acme/cfg:v1.2.0',
    ],
    [
      'mirror a signed package with its signatures',
      'xpkg copy --with-referrers \\\nxpkg.crossplane.io/acme/cfg:v1 \\\nregistry.example.com/mirror/acme/cfg:v1',
    ],
  );
}

async function copy(from: string, to: string, options: CopyOptions): Promise<void> {
  const source = parseReference(from, 'strict');
  const target = parseTarget(to);
  const copyWith = (client: RegistryClient) =>
    withProgress(target, options, async (progress) => {
      const places = [
        { client, reference: source },
        { client, reference: target },
      ] as const;
      const copied = await copyArtifact(...places, progress);
      if (options.withReferrers) {
        const count = await copyReferrers(...places, copied, progress);
        notesOf(options).info(`copied ${count} ${count === 1 ? 'manifest' : 'manifests'} that refer to it`);
      }
      return copied;
    });
  const artifact = await withClient(options, copyWith, [
    [target, options.creds],
    [source, options.fromCreds],
  ]);
  const { digest } = artifact.document.descriptor;
  printFields({ reference: formatReference(target), digest }, digest, options);
}
