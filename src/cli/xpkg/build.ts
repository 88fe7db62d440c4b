import { join } from 'node:path';
import { Command, Option } from 'commander';
import { formatReference, type LayerCompression, readImageTarball, writeImageTarball } from '../../oci/index.ts';
import { buildPackage, formatWarning, parseTarget } from '../../xpkg/index.ts';
import { type RootOptions, readRoot, withRoot } from '../options/package-root.ts';
import { printFields } from '../output/fields.ts';
import { type FormatOptions, withFormat } from '../output/format.ts';
import { withExamples, withHelpText } from '../output/help.ts';
import { type NoteOptions, notesOf } from '../output/notes.ts';

interface BuildOptions extends RootOptions, FormatOptions, NoteOptions {
  readonly packageFile?: string;
  readonly embedRuntimeImageTarball?: string;
  readonly tag?: string;
  readonly compression: LayerCompression;
}

const ZSTD = `zstd requires Node.js 22.15 or later. Other versions may write other bytes, so that the package has another digest; gzip is \
reproducible. Crossplane reads both. Push zstd packages with this program: "crossplane xpkg push" gives the layers the media type of gzip, and the image another digest.`;

/** Returns `xpkg build`, which builds a package file. */
export function buildCommand(): Command {
  const command = withRoot(new Command('build'))
    .description('build a package file; prints its digest')
    .option('-o, --package-file <path>', 'file to write (default: NAME-DIGEST.xpkg in the package root)')
    .option('--embed-runtime-image-tarball <path>', 'image tarball of a Function or Provider')
    .option('--tag <reference>', 'registry/repository:tag that container engines give the imported image')
    .addOption(
      new Option('--compression <format>', 'compression of added layers: gzip or zstd')
        .choices(['gzip', 'zstd'])
        .default('gzip'),
    )
    .action(build);
  return withExamples(
    withHelpText(withFormat(command), ZSTD),
    ['build the package in this folder', 'xpkg build'],
    [
      'build a package with a runtime image',
      'xpkg build -f package -o function.xpkg \\\n--embed-runtime-image-tarball image.tar',
    ],
  );
}

async function build(options: BuildOptions): Promise<void> {
  const { embedRuntimeImageTarball: tarball, tag, compression } = options;
  const repoTags = tag === undefined ? [] : [formatReference(parseTarget(tag))];
  const runtime = tarball === undefined ? undefined : await readImageTarball(tarball);
  const { image, fileName, warnings } = await buildPackage(await readRoot(options), runtime, compression);
  const notes = notesOf(options);
  for (const warning of warnings) notes.warn(formatWarning(warning));
  const path = options.packageFile ?? join(options.packageRoot, fileName);
  await writeImageTarball(path, image, repoTags);
  notes.info(`wrote ${path}`);
  const { digest } = image.document.descriptor;
  printFields({ file: path, digest }, digest, options);
}
