import { join } from 'node:path';
import { Command } from 'commander';
import { formatReference, readImageTarball, writeImageTarball } from '../../oci/index.ts';
import { buildPackage, formatWarning, parseTarget } from '../../xpkg/index.ts';
import { type RootOptions, readRoot, withRoot } from '../options/package-root.ts';
import { printFields } from '../output/fields.ts';
import { type FormatOptions, withFormat } from '../output/format.ts';
import { withExamples } from '../output/help.ts';
import { type NoteOptions, notesOf } from '../output/notes.ts';

interface BuildOptions extends RootOptions, FormatOptions, NoteOptions {
  readonly packageFile?: string;
  readonly embedRuntimeImageTarball?: string;
  readonly tag?: string;
}

/** `xpkg build`. */
export function buildCommand(): Command {
  const command = withRoot(new Command('build'))
    .description('build a package file; prints its digest')
    .option('-o, --package-file <path>', 'file to write (default: NAME-DIGEST.xpkg in the package root)')
    .option('--embed-runtime-image-tarball <path>', 'image tarball with the program of a Function or Provider')
    .option('--tag <reference>', 'registry/repository:tag by which container engines import the file')
    .action(build);
  return withExamples(
    withFormat(command),
    ['build the package in this folder', 'xpkg build'],
    [
      'build one that runs a program',
      'xpkg build -f package -o function.xpkg \\\n--embed-runtime-image-tarball image.tar',
    ],
  );
}

async function build(options: BuildOptions): Promise<void> {
  const { embedRuntimeImageTarball: tarball, tag } = options;
  const repoTags = tag === undefined ? [] : [formatReference(parseTarget(tag))];
  const runtime = tarball === undefined ? undefined : await readImageTarball(tarball);
  const { image, fileName, warnings } = await buildPackage(await readRoot(options), runtime);
  const notes = notesOf(options);
  for (const warning of warnings) notes.warn(formatWarning(warning));
  const path = options.packageFile ?? join(options.packageRoot, fileName);
  await writeImageTarball(path, image, repoTags);
  notes.info(`wrote ${path}`);
  const { digest } = image.document.descriptor;
  printFields({ file: path, digest }, digest, options);
}
