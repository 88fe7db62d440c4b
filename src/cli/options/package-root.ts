import { join } from 'node:path';
import type { Command } from 'commander';
import { isFolder, type PackageSources, readPackageRoot } from '../../xpkg/package-root.ts';
import { addList } from './lists.ts';

/** The folders of a package's source files. */
export interface RootOptions {
  readonly packageRoot: string;
  readonly examplesRoot?: string;
  readonly ignore: readonly string[];
}

/** Adds the options of every command that reads a package's source files. */
export function withRoot(command: Command): Command {
  return command
    .option('-f, --package-root <path>', "folder of the package's YAML files", '.')
    .option(
      '-e, --examples-root <path>',
      'folder of examples (default: examples in the package root or the current folder)',
    )
    .option('--ignore <patterns>', 'files to exclude, relative to the package root, comma separated', addList, []);
}

/** Reads a package's source files. As in Crossplane's CLI, examples default to those of the current folder if the root has none. */
export async function readRoot({ packageRoot: root, examplesRoot, ignore }: RootOptions): Promise<PackageSources> {
  const examples = examplesRoot ?? ((await isFolder(join(root, 'examples'))) ? undefined : 'examples');
  return readPackageRoot({ root, ignore, ...(examples === undefined ? {} : { examplesRoot: examples }) });
}
