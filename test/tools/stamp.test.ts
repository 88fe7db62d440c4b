import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { stampOf } from './stamp.ts';
import type { GoTool } from './tools.ts';

const tool: GoTool = { kind: 'go', folder: 'demo', module: 'example.org/demo', package: 'example.org/demo/cmd' };
const go = 'go version go1.26.8 linux/amd64';
let folder: string;

async function writeModule(mod: string, sum: string): Promise<void> {
  await writeFile(join(folder, 'demo', 'go.mod'), mod);
  await writeFile(join(folder, 'demo', 'go.sum'), sum);
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tools-'));
  await mkdir(join(folder, 'demo'));
  await writeModule('module demo\n', 'sum\n');
});

afterEach(() => rm(folder, { recursive: true }));

test('another stamp when the source of a program of our own changes', async () => {
  const own: GoTool = { ...tool, package: '.', source: 'main.go' };
  await writeFile(join(folder, 'demo', 'main.go'), 'package main\n');
  const before = await stampOf(own, go, folder);
  await writeFile(join(folder, 'demo', 'main.go'), 'package main // changed\n');
  expect(await stampOf(own, go, folder)).not.toBe(before);
});

test('an unchanged tool keeps its stamp', async () => {
  expect(await stampOf(tool, go, folder)).toBe(await stampOf({ ...tool }, go, folder));
});

const changes = [
  { name: 'go.mod', reason: 'another version is pinned', mod: 'module demo\n// v2\n', sum: 'sum\n' },
  { name: 'go.sum', reason: 'a dependency has other content', mod: 'module demo\n', sum: 'other\n' },
  { name: 'where go.mod ends', reason: 'the files are told apart', mod: 'module demo\nsum\n', sum: '' },
  { name: 'the Go version', reason: 'another compiler', platform: 'go version go1.27.0 linux/amd64' },
  { name: 'the linked variable', reason: 'another program', tool: { ...tool, versionVariable: 'example.org/v.V' } },
];

for (const { name, reason, mod, sum, platform, tool: changed } of changes) {
  test(`another stamp when this changes: ${name}`, async () => {
    const before = await stampOf(tool, go, folder);
    if (mod !== undefined) await writeModule(mod, sum);
    expect(await stampOf(changed ?? tool, platform ?? go, folder), reason).not.toBe(before);
  });
}
