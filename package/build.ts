import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import metadata from '../package.json' with { type: 'json' };
import { type Image, writeImageTarball } from '../src/oci/index.ts';
import { buildPackage, readPackageRoot } from '../src/xpkg/index.ts';
import { packageImage } from '../src/xpkg/push.ts';
import { CONFIGURATIONS, type Configuration, configurationFiles, type Release } from './configurations.ts';
import type { Architecture } from './runtime/fetch.ts';
import { buildRuntime } from './runtime/image.ts';
import { programFiles, readBundle } from './runtime/program.ts';
import { writeSbom } from './runtime/sbom.ts';

// Makes the packages of this project in out/: the function for two processors, and, where --registry says from where they install it, the
// Configurations. Needs npm, apt-get and xz, and no container engine. Prints the digest that each package has in a registry, and its file.

const ROOT = join(import.meta.dirname, '..');
const DIST = join(ROOT, 'dist');
const OUT = join(ROOT, 'out');
const CACHE = join(ROOT, 'node_modules/.cache/package');
const { name, description, license } = metadata;

const {
  registry,
  version: tag,
  'provider-registry': providerRegistry,
} = parseArgs({
  options: {
    registry: { type: 'string' },
    version: { type: 'string', default: `v${metadata.version}` },
    'provider-registry': { type: 'string' },
  },
}).values;
const version = tag.replace(/^v/, '');

/** The name by which container engines import a package file. */
function repoTags(repository: string): string[] {
  return [`${registry === undefined ? '' : `${registry}/`}${repository}:v${version}`];
}

/** Returns the digest that a package has in a registry. A push annotates its layers, so that of the file is another one. */
async function pushedDigest(image: Image): Promise<string> {
  return (await packageImage(image)).document.descriptor.digest;
}

async function buildFunction(architecture: Architecture): Promise<void> {
  const labels = {
    'org.opencontainers.image.title': name,
    'org.opencontainers.image.description': description,
    'org.opencontainers.image.version': version,
    'org.opencontainers.image.licenses': license,
  };
  const bundle = await readBundle(DIST);
  const program = await programFiles(DIST, bundle, join(ROOT, 'LICENSE'));
  const runtime = await buildRuntime({ architecture, cache: CACHE, program, labels });
  if (runtime.strippedBy === undefined) {
    process.stderr.write(
      `${architecture}: node keeps its symbols, as no program to strip it is here: another digest\n`,
    );
  } else process.stderr.write(`${architecture}: node stripped by ${runtime.strippedBy}\n`);
  const sources = await readPackageRoot({
    root: join(ROOT, 'package'),
    examplesRoot: join(ROOT, 'examples/claim'),
  });
  const { image } = await buildPackage(sources, runtime.image);
  const digest = await pushedDigest(image);
  const path = join(OUT, `${name}-${version}-${architecture}.xpkg`);
  await writeImageTarball(path, image, repoTags(name));
  const { packages } = bundle;
  const subject = { name, version, license, architecture, digest, packages, debian: runtime.debian };
  await writeFile(path.replace(/\.xpkg$/, '.spdx.json'), await writeSbom(subject, join(ROOT, 'package-lock.json')));
  process.stdout.write(`${digest} ${path}\n`);
}

async function buildConfiguration(configuration: Configuration, release: Release): Promise<void> {
  const { image } = await buildPackage({
    files: await configurationFiles(configuration, release),
    examples: undefined,
  });
  const path = join(OUT, `${configuration.name}-${version}.xpkg`);
  await writeImageTarball(path, image, repoTags(configuration.name));
  process.stdout.write(`${await pushedDigest(image)} ${path}\n`);
}

await mkdir(OUT, { recursive: true });
await buildFunction('amd64');
await buildFunction('arm64');
if (registry === undefined) process.stderr.write('no Configurations: they need --registry HOST/PATH\n');
else {
  const release = { registry, version: `v${version}`, ...(providerRegistry === undefined ? {} : { providerRegistry }) };
  for (const configuration of CONFIGURATIONS) await buildConfiguration(configuration, release);
}
