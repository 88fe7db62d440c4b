import { Command } from 'commander';
import { copyArtifact, parseReference } from '../../oci/index.ts';
import { parseTarget } from '../../xpkg/push.ts';
import { type RegistryOptions, withClient, withRegistry } from '../options/registry.ts';
import { withProgress } from './with-progress.ts';

/** `xpkg copy`. */
export function copyCommand(): Command {
  const command = new Command('copy')
    .description('copy a package from one repository to another, manifests byte for byte; prints the digest')
    .argument('<from>', 'package to copy: registry/repository:tag or registry/repository@digest')
    .argument('<to>', 'where to: registry/repository:tag');
  return withRegistry(command).action(copy);
}

async function copy(from: string, to: string, options: RegistryOptions): Promise<void> {
  const source = parseReference(from, 'strict');
  const target = parseTarget(to);
  const artifact = await withClient(options, (client) =>
    withProgress(target, (progress) =>
      copyArtifact({ client, reference: source }, { client, reference: target }, progress),
    ),
  );
  process.stdout.write(`${artifact.document.descriptor.digest}\n`);
}
