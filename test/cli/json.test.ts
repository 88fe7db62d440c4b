import { execFileSync, spawnSync } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createProgram } from '../../src/cli/commands.ts';
import { parseYaml } from '../../src/yaml/index.ts';
import { packageOf, packedObjects } from '../cache/upgrade/packed.ts';
import { kubeconfigOf, type SetServer, startSetServer } from '../cache/upgrade/set-server.ts';
import { type RegistryServer, startRegistry } from '../oci/registry-server.ts';
import { runProgram } from '../program.ts';

const ROOT = `${import.meta.dirname}/../..`;
const FIXTURES = `${ROOT}/test/xpkg/fixtures`;
const hasJq = spawnSync('jq', ['--version']).status === 0;

let folder: string;
let registry: RegistryServer;
let cluster: SetServer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'json-'));
  registry = await startRegistry();
  cluster = await startSetServer();
  await mkdir(join(folder, '.kube'));
  await writeFile(join(folder, '.kube/config'), kubeconfigOf(cluster));
  const set = packedObjects([packageOf('a', 'v1.0.0')], { name: 'platform', version: 'v1.0.0' });
  await writeFile(join(folder, 'set.yaml'), set.map(({ value }) => `---\n${JSON.stringify(value)}\n`).join(''));
  await program('xpkg', 'build', '-f', `${FIXTURES}/configuration`, '-o', join(folder, 'x.xpkg'));
  await program('xpkg', 'push', '-f', join(folder, 'x.xpkg'), `${registry.host}/acme/x:v1.0.0`);
  await mkdir(join(folder, 'packages'));
  await copyFile(join(folder, 'x.xpkg'), join(folder, 'packages/x.xpkg'));
});
afterAll(async () => {
  await registry.close();
  await cluster.close();
  await rm(folder, { recursive: true });
});

const program = (...args: string[]) => runProgram(args, { HOME: folder });
const digest = /^sha256:[0-9a-f]{64}$/;

/** The arguments of each command that prints data, and a filter of jq with its result. */
const commands: Readonly<Record<string, { args: () => string[]; filter: string; gives: unknown }>> = {
  render: {
    args: () => [`${ROOT}/examples/claim/claim.yaml`, `${ROOT}/examples/claim/composition.yaml`],
    filter: '[.items[].kind]',
    gives: ['XWorkloadECRRepo', 'Repository', 'Repository'],
  },
  validate: { args: () => [`${ROOT}/package/crossplane.yaml`], filter: '.', gives: [] },
  'cache load': {
    args: () => ['--from', join(folder, 'packages'), '--into', folder],
    filter: '.placed + .unchanged',
    gives: ['x.gz'],
  },
  'cache pack': {
    args: () => ['--skip-dependency-resolution', `${folder}/x.xpkg=${registry.host}/acme/x:v1.0.0`],
    filter: '[.items[] | select(.kind == "ConfigMap")] | length > 0',
    gives: true,
  },
  'cache ls': {
    args: () => [`${FIXTURES}/configuration`],
    filter: '.[0].file',
    gives: expect.any(String),
  },
  'cache verify': { args: () => [FIXTURES], filter: '.findings[0].cause', gives: 'empty' },
  'cache map': { args: () => [folder, '-o', join(folder, 'map.html')], filter: '.file', gives: /map\.html$/ },
  'cache apply': { args: () => [join(folder, 'set.yaml')], filter: '.set', gives: 'platform' },
  'cache diff': { args: () => ['cluster', join(folder, 'set.yaml')], filter: '.packages', gives: [] },
  'cache prune': { args: () => ['--set', 'platform'], filter: '.dryRun', gives: true },
  'xpkg build': {
    args: () => ['-f', `${FIXTURES}/configuration`, '-o', join(folder, 'y.xpkg')],
    filter: '.digest',
    gives: digest,
  },
  'xpkg lint': {
    args: () => ['-f', `${FIXTURES}/configuration`],
    filter: 'map(.severity) | unique',
    gives: ['warning'],
  },
  'xpkg inspect': { args: () => [join(folder, 'x.xpkg')], filter: '.images[0].package.type', gives: 'Configuration' },
  'xpkg extract': {
    args: () => [join(folder, 'x.xpkg'), '-o', join(folder, 'out.gz')],
    filter: '.digest',
    gives: digest,
  },
  'xpkg push': {
    args: () => ['-f', join(folder, 'x.xpkg'), `${registry.host}/acme/x:v1.0.0`],
    filter: '.digest',
    gives: digest,
  },
  'xpkg copy': {
    args: () => [`${registry.host}/acme/x:v1.0.0`, `${registry.host}/acme/y:v2`],
    filter: '.reference',
    gives: /\/acme\/y:v2$/,
  },
  tags: { args: () => [`${registry.host}/acme/x`], filter: '.', gives: ['v1.0.0'] },
  digest: { args: () => [`${registry.host}/acme/x:v1.0.0`], filter: '.digest', gives: digest },
  version: { args: () => [], filter: '.node', gives: process.versions.node },
};

const all = await createProgram(['help']);
const leaves = all.commands.flatMap((command) => {
  const below = command.commands.map((child) => ({ name: `${command.name()} ${child.name()}`, command: child }));
  return below.length > 0 ? below : [{ name: command.name(), command }];
});
const printing = leaves.filter(({ command }) => command.options.some(({ long }) => long === '--format'));

test('the table contains each command that prints data', () => {
  expect(printing.map(({ name }) => name).sort()).toEqual(Object.keys(commands).sort());
});

describe.each(printing)('$name', ({ name, command }) => {
  const flag = command.options.find(({ long }) => long === '--format')?.short ?? '--format';
  const run = (format: string) => {
    const { args = () => [] } = commands[name] ?? {};
    return program(...name.split(' '), ...args(), flag, format, '--quiet');
  };

  test(`${flag} json prints JSON only`, async () => {
    const { stdout, stderr } = await run('json');
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toBeTypeOf('object');
  });

  test.skipIf(!hasJq)(`jq filters the output of ${flag} json`, async () => {
    const { stdout } = await run('json');
    const { filter = '.', gives } = commands[name] ?? {};
    const result: unknown = JSON.parse(execFileSync('jq', ['-c', filter], { input: stdout, encoding: 'utf8' }));
    if (gives instanceof RegExp) expect(result).toMatch(gives);
    else expect(result).toEqual(gives);
  });

  test(`${flag} yaml prints the same data as YAML`, async () => {
    const documents = parseYaml((await run('yaml')).stdout, 'output').map(({ value }) => value);
    const json: unknown = JSON.parse((await run('json')).stdout);
    if (documents.length === 1) expect(documents[0]).toEqual(json);
    else expect({ apiVersion: 'v1', kind: 'List', items: documents }).toEqual(json);
  });

  test(`${flag} table prints a header`, async () => {
    expect((await run('table')).stdout).toMatch(/^[A-Z]+( {3}| *[A-Z]+)*\n/);
  });
});
