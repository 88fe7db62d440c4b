import { join } from 'node:path';
import { Command } from 'commander';
import { readImageTarball, writeImageTarball } from '../../oci/index.ts';
import { formatFinding } from '../../xpkg/errors.ts';
import { isFolder, type PackageSources, readPackageRoot } from '../../xpkg/package-root.ts';
import { addList } from '../options/registry.ts';

interface RootOptions {
  readonly packageRoot: string;
  readonly examplesRoot?: string;
  readonly ignore: readonly string[];
}

interface BuildOptions extends RootOptions {
  readonly packageFile?: string;
  readonly embedRuntimeImageTarball?: string;
}

/** `xpkg build` and `xpkg lint`, which read the same folders. */
export function buildCommand(): [Command, Command] {
  const build = withRoot(new Command('build'))
    .description('build a package file; prints its digest')
    .option('-o, --package-file <path>', 'file to write (default: NAME-DIGEST.xpkg in the package root)')
    .option('--embed-runtime-image-tarball <path>', 'image tarball with the program of a Function or Provider')
    .action(runBuild);
  const lint = withRoot(new Command('lint'))
    .description('check the files of a package by the rules of Crossplane; exit code 1 when something is found')
    .action(runLint);
  return [build, lint];
}

function withRoot(command: Command): Command {
  return command
    .option('-f, --package-root <path>', "folder of the package's YAML files", '.')
    .option('-e, --examples-root <path>', 'folder of examples (default: examples, in the package root or here)')
    .option('--ignore <patterns>', 'files to leave out, relative to the package root, comma separated', addList, []);
}

/** Without a folder of examples in the root, the one here counts, as it does for Crossplane's command line. */
async function readRoot({ packageRoot: root, examplesRoot, ignore }: RootOptions): Promise<PackageSources> {
  const examples = examplesRoot ?? ((await isFolder(join(root, 'examples'))) ? undefined : 'examples');
  return readPackageRoot({ root, ignore, ...(examples === undefined ? {} : { examplesRoot: examples }) });
}

async function runBuild(options: BuildOptions): Promise<void> {
  const { embedRuntimeImageTarball: tarball } = options;
  const runtime = tarball === undefined ? undefined : await readImageTarball(tarball);
  const { buildPackage } = await import('../../xpkg/index.ts');
  const { image, fileName } = await buildPackage(await readRoot(options), runtime);
  const path = options.packageFile ?? join(options.packageRoot, fileName);
  await writeImageTarball(path, image);
  process.stderr.write(`wrote ${path}\n`);
  process.stdout.write(`${image.document.descriptor.digest}\n`);
}

async function runLint(options: RootOptions): Promise<void> {
  const { files, examples = [] } = await readRoot(options);
  const { lintExamples, lintFiles } = await import('../../xpkg/index.ts');
  const findings = [...lintFiles(files).findings, ...lintExamples(examples)];
  for (const finding of findings) process.stdout.write(`${formatFinding(finding)}\n`);
  if (findings.length > 0) process.exitCode = 1;
}
