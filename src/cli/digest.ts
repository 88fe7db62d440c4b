import { Command } from 'commander';
import { formatReference, parseReference } from '../oci/index.ts';
import { type RegistryOptions, withClient, withRegistry } from './options/registry.ts';
import { printFields } from './output/fields.ts';
import { type FormatOptions, withFormat } from './output/format.ts';
import { withExamples } from './output/help.ts';

/** Returns `digest`, which resolves a tag. */
export function digestCommand(): Command {
  const command = new Command('digest')
    .description('print the digest of a tag, for a multi-platform image that of the index')
    .argument('<reference>', 'registry/repository:tag');
  return withExamples(withFormat(withRegistry(command)).action(print), [
    'print the digest of a tag',
    'digest registry.example.com/acme/cfg:v1.2.0',
  ]);
}

async function print(text: string, options: RegistryOptions & FormatOptions): Promise<void> {
  const reference = parseReference(text);
  const { digest, mediaType } = await withClient(options, (client) => client.resolve(reference), [
    [reference, options.creds],
  ]);
  printFields({ reference: formatReference(reference), digest, mediaType }, digest, options);
}
