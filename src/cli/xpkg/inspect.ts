import { Command } from 'commander';
import { parseReference, pullArtifact, readImageTarball } from '../../oci/index.ts';
import { inspectPackage, type PackageReport } from '../../xpkg/index.ts';
import { type RegistryOptions, withClient, withRegistry } from '../options/registry.ts';
import { printJson } from '../output/json.ts';
import { formatReport } from '../output/report.ts';
import { isFile } from './package-file.ts';

interface InspectOptions extends RegistryOptions {
  readonly json?: true;
}

/** `xpkg inspect`. */
export function inspectCommand(): Command {
  const command = new Command('inspect')
    .description('show what is in a package: layers, platforms, dependencies, objects')
    .argument('<package>', 'package file, or reference in a registry')
    .option('--json', 'print JSON');
  return withRegistry(command).action(inspect);
}

async function inspect(text: string, options: InspectOptions): Promise<void> {
  const report = await readReport(text, options);
  if (options.json) printJson(report, 2);
  else process.stdout.write(formatReport(report));
}

async function readReport(text: string, options: RegistryOptions): Promise<PackageReport> {
  if (await isFile(text)) return inspectPackage(await readImageTarball(text));
  return withClient(options, async (client) =>
    inspectPackage(await pullArtifact(client, parseReference(text, 'weak'))),
  );
}
