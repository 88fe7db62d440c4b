import { Command } from 'commander';
import { readRegularFile } from '../../internal/read-file.ts';
import { copyArtifact, type PushOptions, parseReference, type Reference, readImageTarball } from '../../oci/index.ts';
import { XpkgError } from '../../xpkg/errors.ts';
import { type PackageImage, parseTarget, pushPackages } from '../../xpkg/push.ts';
import { addList, addPair, type RegistryOptions, withClient, withRegistry } from '../options/registry.ts';
import { progressBars } from '../output/progress.ts';
import { findPackageFile } from './find-package-file.ts';
import { missingRepository } from './missing-repository.ts';

/** The largest SPDX document that is attached. */
const MAX_SBOM_BYTES = 64 * 1_048_576;

interface PushCommandOptions extends RegistryOptions {
  readonly packageFiles: readonly string[];
  readonly ociAnnotation: Readonly<Record<string, string>>;
  readonly sbom: readonly string[];
}

/** `xpkg push`. */
export function pushCommand(): Command {
  const command = new Command('push')
    .description('push package files, several as one tag for several platforms; prints the digest')
    .argument('<package>', 'where to: registry/repository:tag')
    .option('-f, --package-files <paths>', 'package files, comma separated (default: the only one here)', addList, [])
    .option('-a, --oci-annotation <key=value>', 'annotation of the manifest; repeatable', addPair, {})
    .option('--sbom <paths>', 'SPDX documents to attach, one for each package file, in their order', addList, []);
  return withRegistry(command).action(runPush);
}

async function runPush(text: string, options: PushCommandOptions): Promise<void> {
  const target = parseTarget(text);
  const packages = await readPackages(options);
  const { digest } = await withClient(options, (client) =>
    withProgress(target, (progress) =>
      pushPackages(client, target, packages, { ...progress, annotations: options.ociAnnotation }),
    ),
  );
  process.stdout.write(`${digest}\n`);
}

async function readPackages({ packageFiles, sbom }: PushCommandOptions): Promise<PackageImage[]> {
  const paths = packageFiles.length > 0 ? packageFiles : [await findPackageFile('.')];
  if (sbom.length > 0 && sbom.length !== paths.length) {
    const why = `there are ${paths.length} package files, but ${sbom.length} SBOMs`;
    throw new XpkgError('INVALID_ARGUMENT', `cannot attach the SBOMs: ${why}`);
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

/** `xpkg copy`. */
export function copyCommand(): Command {
  const command = new Command('copy')
    .description('copy a package from one repository to another, manifests byte for byte; prints the digest')
    .argument('<from>', 'package to copy: registry/repository:tag or registry/repository@digest')
    .argument('<to>', 'where to: registry/repository:tag');
  return withRegistry(command).action(async (from: string, to: string, options: RegistryOptions) => {
    const source = parseReference(from, 'strict');
    const target = parseTarget(to);
    const artifact = await withClient(options, (client) =>
      withProgress(target, (progress) =>
        copyArtifact({ client, reference: source }, { client, reference: target }, progress),
      ),
    );
    process.stdout.write(`${artifact.document.descriptor.digest}\n`);
  });
}

async function withProgress<T>(target: Reference, work: (options: PushOptions) => Promise<T>): Promise<T> {
  const bars = progressBars(process.stderr);
  try {
    return await work({ onProgress: bars.update });
  } catch (error) {
    throw missingRepository(target, error) ?? error;
  } finally {
    bars.end();
  }
}
