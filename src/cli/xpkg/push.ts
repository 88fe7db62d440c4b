import { Command } from 'commander';
import { readRegularFile } from '../../internal/files/read-file.ts';
import { MIB } from '../../internal/size.ts';
import { formatReference, type RegistryClient, readImageTarball } from '../../oci/index.ts';
import { XpkgError } from '../../xpkg/errors.ts';
import { type PackageImage, parseTarget, pushPackages } from '../../xpkg/push.ts';
import { addPair } from '../options/key-values.ts';
import { addList } from '../options/lists.ts';
import { type RegistryOptions, withClient, withRegistry } from '../options/registry.ts';
import { printFields } from '../output/fields.ts';
import { type FormatOptions, withFormat } from '../output/format.ts';
import { withExamples } from '../output/help.ts';
import { notesOf } from '../output/notes.ts';
import { findPackageFile } from './package-file.ts';
import { withProgress } from './with-progress.ts';

/** The maximum size of an SPDX document. */
const MAX_SBOM_BYTES = 64 * MIB;

interface PushOptions extends RegistryOptions, FormatOptions {
  readonly packageFiles: readonly string[];
  readonly ociAnnotation: Readonly<Record<string, string>>;
  readonly sbom: readonly string[];
}

/** Returns `xpkg push`, which pushes package files. */
export function pushCommand(): Command {
  const command = new Command('push')
    .description('push package files, several for the platforms of one tag; prints the digest')
    .argument('<package>', 'target: registry/repository:tag')
    .option(
      '-f, --package-files <paths>',
      'package files, comma separated (default: the only one in the current folder)',
      addList,
      [],
    )
    .option('-a, --oci-annotation <key=value>', 'annotation of the manifest; repeatable', addPair('key=value'), {})
    .option('--sbom <paths>', 'SPDX documents to attach, one for each package file, in the same order', addList, []);
  return withExamples(
    withFormat(withRegistry(command)).action(push),
    ['push the package file in the current folder', 'xpkg push registry.example.com/acme/cfg:v1.2.0'],
    [
      'push a package for two platforms, with SBOMs',
      'xpkg push -f fn-amd64.xpkg,fn-arm64.xpkg \\\n--sbom fn-amd64.spdx.json,fn-arm64.spdx.json registry.example.com/acme/fn:v1',
    ],
  );
}

async function push(text: string, options: PushOptions): Promise<void> {
  const target = parseTarget(text);
  const packages = await readPackages(options);
  const pushTo = (client: RegistryClient) =>
    withProgress(target, options, (progress) =>
      pushPackages(client, target, packages, {
        ...progress,
        annotations: options.ociAnnotation,
        onNote: notesOf(options).info,
      }),
    );
  const { digest } = await withClient(options, pushTo, [[target, options.creds]]);
  printFields({ reference: formatReference(target), digest }, digest, options);
}

async function readPackages({ packageFiles, sbom }: PushOptions): Promise<PackageImage[]> {
  const paths = packageFiles.length > 0 ? packageFiles : [await findPackageFile('.')];
  if (sbom.length > 0 && sbom.length !== paths.length) {
    const why = `expected one for each of ${paths.length} package files, got ${sbom.length}`;
    throw new XpkgError('INVALID_ARGUMENT', `invalid number of SBOMs: ${why}`);
  }
  const packages: PackageImage[] = [];
  for (const [index, path] of paths.entries()) {
    const document = sbom[index];
    const image = await readImageTarball(path);
    packages.push({
      path,
      image,
      ...(document === undefined ? {} : { sbom: await readRegularFile(document, MAX_SBOM_BYTES) }),
    });
  }
  return packages;
}
