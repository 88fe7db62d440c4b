import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { Command } from 'commander';
import { printableLines } from '../../internal/quote.ts';
import { type Artifact, parseReference, pullArtifact, pullImage, readImageTarball } from '../../oci/index.ts';
import { extractPackage } from '../../xpkg/read-package.ts';
import { type RegistryOptions, withClient, withRegistry } from '../options/registry.ts';
import { printReport } from '../output/report.ts';
import { findPackageFile } from './find-package-file.ts';

/** `xpkg inspect`. */
export function inspectCommand(): Command {
  const command = new Command('inspect')
    .description('show what is in a package: layers, platforms, dependencies, objects')
    .argument('<package>', 'package file, or reference in a registry')
    .option('--json', 'print JSON');
  return withRegistry(command).action(async (text: string, options: RegistryOptions & { readonly json?: true }) => {
    const { inspectPackage } = await import('../../xpkg/index.ts');
    const report = await withArtifact(text, options, inspectPackage);
    process.stdout.write(
      options.json ? printableLines(`${JSON.stringify(report, undefined, 2)}\n`) : printReport(report),
    );
  });
}

async function withArtifact<T>(
  text: string,
  options: RegistryOptions,
  work: (artifact: Artifact) => Promise<T>,
): Promise<T> {
  if (await isFile(text)) return work(await readImageTarball(text));
  return withClient(options, async (client) => work(await pullArtifact(client, parseReference(text, 'weak'))));
}

interface ExtractOptions extends RegistryOptions {
  readonly fromXpkg?: true;
  readonly output: string;
}

/** `xpkg extract`. */
export function extractCommand(): Command {
  const command = new Command('extract')
    .description("write a package's contents in the form of Crossplane's package cache; prints the package's digest")
    .argument('[package]', 'reference in a registry, or a package file')
    .option('--from-xpkg', 'read a package file; without an argument, the only one here')
    .option('-o, --output <path>', 'file to write; its extension becomes .gz', 'out.gz');
  return withRegistry(command).action(runExtract);
}

async function runExtract(text: string | undefined, options: ExtractOptions): Promise<void> {
  const path = `${options.output.slice(0, options.output.length - extname(options.output).length)}.gz`;
  process.stdout.write(`${await extract(text, options, path)}\n`);
  process.stderr.write(`wrote ${path}\n`);
}

async function extract(text: string | undefined, options: ExtractOptions, path: string): Promise<string> {
  if (options.fromXpkg || text === undefined || (await isFile(text))) {
    const image = await readImageTarball(text ?? (await findPackageFile('.')));
    await extractPackage(image, path);
    return image.document.descriptor.digest;
  }
  return withClient(options, async (client) => {
    const { image, root } = await pullImage(client, parseReference(text, 'strict'));
    await extractPackage(image, path);
    return root.digest;
  });
}

function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isFile(),
    () => false,
  );
}
