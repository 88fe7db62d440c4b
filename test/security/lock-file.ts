import { posix } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';

const names = z.record(z.string(), z.string()).default({});

const manifestSchema = z.object({
  name: z.string(),
  version: z.string(),
  engines: names,
  dependencies: names,
  devDependencies: names,
});

const entrySchema = z.looseObject({
  version: z.string().optional(),
  license: z.string().optional(),
  integrity: z.string().optional(),
  resolved: z.string().optional(),
  link: z.boolean().optional(),
  dev: z.boolean().optional(),
  hasInstallScript: z.boolean().optional(),
  dependencies: names,
  devDependencies: names,
  optionalDependencies: names,
  peerDependencies: names,
  peerDependenciesMeta: z.record(z.string(), z.looseObject({ optional: z.boolean().optional() })).default({}),
});

const lockSchema = z.object({ lockfileVersion: z.literal(3), packages: z.record(z.string(), entrySchema) });

type Manifest = z.infer<typeof manifestSchema>;
type Lock = z.infer<typeof lockSchema>;

/** Licenses that only require their notice. Another license needs a decision, not just a line here. */
const LICENSES = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
  'Python-2.0', // argparse, a translation of Python's module
  'Unlicense',
]);

/** Packages with an install script, which .npmrc switches off. Neither needs it. */
const WITH_INSTALL_SCRIPT = new Set([
  'node_modules/@grpc/proto-loader/node_modules/protobufjs', // prints a note on its version scheme
  'node_modules/esbuild', // looks for its binary, which comes as a package
]);

/** All problems of a lock file, one sentence each. */
export function lockFileProblems(manifestText: string, lockText: string): string[] {
  const manifest = manifestSchema.parse(JSON.parse(manifestText));
  const { packages } = lockSchema.parse(JSON.parse(lockText));
  return [
    ...rootProblems(manifest, packages),
    ...Object.keys(packages).flatMap((folder) => [
      ...missingDependencies(packages, folder),
      ...(folder === '' ? [] : packageProblems(packages, folder)),
    ]),
  ];
}

/** package.json pins its packages, and the lock file repeats it and has those versions. */
function rootProblems(manifest: Manifest, packages: Lock['packages']): string[] {
  const root = manifestSchema.safeParse(packages['']).data;
  const problems = isDeepStrictEqual(root, manifest) ? [] : ['the lock file is of another package.json'];
  for (const [name, version] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
    if (!/^\d+\.\d+\.\d+$/.test(version)) problems.push(`${name} is not pinned: ${version}`);
    const locked = packages[`node_modules/${name}`]?.version;
    if (locked !== version) problems.push(`${name} is pinned to ${version} but locked to ${locked}`);
  }
  return problems;
}

/** npm ci refuses a lock file that lacks a package, those for other platforms included. */
function missingDependencies(packages: Lock['packages'], folder: string): string[] {
  const entry = packages[folder];
  if (entry === undefined) return [];
  const peers = Object.keys(entry.peerDependencies).filter((name) => !entry.peerDependenciesMeta[name]?.optional);
  const wanted = { ...entry.dependencies, ...entry.devDependencies, ...entry.optionalDependencies };
  return [...Object.keys(wanted), ...peers]
    .filter((name) => !placesFor(name, folder).some((place) => packages[place] !== undefined))
    .map((name) => `${folder || 'package.json'} needs ${name}, which the lock file lacks`);
}

/** Where Node looks for `name` when code in `folder` asks for it. */
function placesFor(name: string, folder: string): string[] {
  const here = posix.join(folder, 'node_modules', name);
  if (folder === '') return [here];
  return [here, ...placesFor(name, folder.slice(0, Math.max(0, folder.lastIndexOf('node_modules/') - 1)))];
}

function packageProblems(packages: Lock['packages'], folder: string): string[] {
  const { license = 'none', integrity, resolved, link, dev, hasInstallScript } = packages[folder] ?? {};
  const problems: string[] = [];
  if (!/^sha512-[\w+/]{86}==$/.test(integrity ?? '')) problems.push(`${folder} has no SHA-512 checksum`);
  if (resolved !== undefined || link)
    problems.push(`${folder} does not come from the registry by its name: ${resolved}`);
  if (!dev && !LICENSES.has(license)) problems.push(`${folder} has a license that is not allowed: ${license}`);
  if (hasInstallScript && !WITH_INSTALL_SCRIPT.has(folder)) problems.push(`${folder} has an install script`);
  return problems;
}
