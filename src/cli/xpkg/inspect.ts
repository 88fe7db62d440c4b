import { Command } from 'commander';
import { parseReference, pullArtifact, readImageTarball } from '../../oci/index.ts';
import { inspectPackage, type PackageReport } from '../../xpkg/index.ts';
import { type RegistryOptions, withClient, withRegistry } from '../options/registry.ts';
import { type FormatOptions, printData, withFormat } from '../output/format.ts';
import { withExamples } from '../output/help.ts';
import { formatReport, reportTable } from '../output/report.ts';
import { isPackageFile } from './package-file.ts';

/** Returns `xpkg inspect`, which shows the contents of a package. */
export function inspectCommand(): Command {
  const command = new Command('inspect')
    .description('show the contents of a package: layers, platforms, dependencies, objects')
    .argument('<package>', 'package file or reference');
  return withExamples(
    withFormat(withRegistry(command)).action(inspect),
    ['show a package file', 'xpkg inspect out/configuration-acme.xpkg'],
    [
      "print a package's dependencies",
      "xpkg inspect registry.example.com/acme/cfg:v1 -o json |\njq -r '.images[0].package.dependencies[].package'",
    ],
  );
}

async function inspect(text: string, options: RegistryOptions & FormatOptions): Promise<void> {
  const report = await readReport(text, options);
  printData({ value: report, table: reportTable(report), text: formatReport(report) }, options);
}

async function readReport(text: string, options: RegistryOptions): Promise<PackageReport> {
  if (await isPackageFile(text)) return inspectPackage(await readImageTarball(text));
  const reference = parseReference(text, 'weak');
  return withClient(options, async (client) => inspectPackage(await pullArtifact(client, reference)), [
    [reference, options.creds],
  ]);
}
