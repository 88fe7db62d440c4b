import { extname } from 'node:path';
import { Command } from 'commander';
import { parseReference, pullImage, type RegistryClient, readImageTarball } from '../../oci/index.ts';
import { extractPackage } from '../../xpkg/read-package.ts';
import { type RegistryOptions, withClient, withRegistry } from '../options/registry.ts';
import { printFields } from '../output/fields.ts';
import { type FormatOptions, withFormat } from '../output/format.ts';
import { withExamples } from '../output/help.ts';
import { notesOf } from '../output/notes.ts';
import { findPackageFile, isPackageFile } from './package-file.ts';

interface ExtractOptions extends RegistryOptions, FormatOptions {
  readonly fromXpkg?: true;
  readonly output: string;
}

/** Returns `xpkg extract`, which writes an entry of Crossplane's package cache. */
export function extractCommand(): Command {
  const command = new Command('extract')
    .description("write a package's contents as an entry of Crossplane's package cache; prints the package's digest")
    .argument('[package]', 'reference or package file')
    .option('--from-xpkg', 'read a package file; default: the only one in the current folder')
    .option('-o, --output <path>', 'file to write; its extension becomes .gz', 'out.gz');
  return withExamples(
    withFormat(withRegistry(command)).action(extract),
    ['write the cache entry of a package', 'xpkg extract registry.example.com/acme/cfg:v1 -o cfg.gz'],
    ['write it from a package file', 'xpkg extract configuration-acme.xpkg -o cfg.gz'],
  );
}

async function extract(text: string | undefined, options: ExtractOptions): Promise<void> {
  const path = `${options.output.slice(0, options.output.length - extname(options.output).length)}.gz`;
  const digest = await extractTo(path, text, options);
  printFields({ file: path, digest }, digest, options);
  notesOf(options).info(`wrote ${path}`);
}

/** Writes the contents to `path` and returns the package's digest. */
async function extractTo(path: string, text: string | undefined, options: ExtractOptions): Promise<string> {
  if (options.fromXpkg || text === undefined || (await isPackageFile(text))) {
    const image = await readImageTarball(text ?? (await findPackageFile('.')));
    await extractPackage(image, path);
    return image.document.descriptor.digest;
  }
  const reference = parseReference(text, 'strict');
  const pull = async (client: RegistryClient) => {
    const { image, root } = await pullImage(client, reference);
    await extractPackage(image, path);
    return root.digest;
  };
  return withClient(options, pull, [[reference, options.creds]]);
}
