import { join } from 'node:path';
import { Command } from 'commander';
import { readImageTarball, writeImageTarball } from '../../oci/index.ts';
import { buildPackage, formatWarning } from '../../xpkg/index.ts';
import { type RootOptions, readRoot, withRoot } from '../options/package-root.ts';

interface BuildOptions extends RootOptions {
  readonly packageFile?: string;
  readonly embedRuntimeImageTarball?: string;
}

/** `xpkg build`. */
export function buildCommand(): Command {
  return withRoot(new Command('build'))
    .description('build a package file; prints its digest')
    .option('-o, --package-file <path>', 'file to write (default: NAME-DIGEST.xpkg in the package root)')
    .option('--embed-runtime-image-tarball <path>', 'image tarball with the program of a Function or Provider')
    .action(build);
}

async function build(options: BuildOptions): Promise<void> {
  const { embedRuntimeImageTarball: tarball } = options;
  const runtime = tarball === undefined ? undefined : await readImageTarball(tarball);
  const { image, fileName, warnings } = await buildPackage(await readRoot(options), runtime);
  for (const warning of warnings) process.stderr.write(`${formatWarning(warning)}\n`);
  const path = options.packageFile ?? join(options.packageRoot, fileName);
  await writeImageTarball(path, image);
  process.stderr.write(`wrote ${path}\n`);
  process.stdout.write(`${image.document.descriptor.digest}\n`);
}
