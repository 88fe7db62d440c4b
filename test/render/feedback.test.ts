import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { parseAllDocuments, stringify } from 'yaml';
import { isList, isObject, type Json, type JsonObject } from '../../src/json/value.ts';
import { ACCOUNT, AVAILABLE, condition, example, objectAt } from '../function/call.ts';
import { printCase, renderCase } from './rendering.ts';

const examples = `${import.meta.dirname}/../../examples`;
const work = mkdtempSync(join(tmpdir(), 'feedback-'));
afterAll(() => rmSync(work, { recursive: true }));

let files = 0;
function file(text: string): string {
  const path = join(work, `${++files}.yaml`);
  writeFileSync(path, text);
  return path;
}

const CLAIM = { name: 'claim', composite: `${examples}/claim/claim.yaml` };
const listOf = (items: readonly Json[]) => stringify({ apiVersion: 'v1', kind: 'List', metadata: {}, items });
const documentsIn = (text: string): JsonObject[] => parseAllDocuments(text).map((document) => document.toJS());
const READY = {
  conditions: [...AVAILABLE, condition('ACK.ResourceSynced', 'True')],
  ackResourceMetadata: { ownerAccountID: ACCOUNT },
};
/** The printed resources as a provider updates them: ready. */
const ready = (objects: readonly JsonObject[]) => objects.map((object) => ({ ...object, status: READY }));
const imagesIn = (composed: readonly JsonObject[]) => composed.filter(({ kind }) => kind === 'Repository');
const externalName = (object: JsonObject) => {
  return objectAt(object, 'metadata', 'annotations')['crossplane.io/external-name'] ?? objectAt(object, 'spec').name;
};

function compositionWith(fields: JsonObject): string {
  const composition = example('claim/composition.yaml');
  const spec = objectAt(composition, 'spec');
  const steps = isList(spec.pipeline) ? spec.pipeline.filter(isObject) : [];
  const pipeline = steps.map((step) => ({ ...step, input: { ...objectAt(step, 'input'), ...fields } }));
  return file(stringify({ ...composition, spec: { ...spec, pipeline } }));
}

describe('a List', () => {
  test('is equivalent to its items in observed and required resources', async () => {
    const composition = `${examples}/claim/composition.yaml`;
    const { composed } = await renderCase({ ...CLAIM, composition });
    const streamed = file(
      ready(composed)
        .map((one) => stringify(one))
        .join('---\n'),
    );
    const listed = file(listOf(ready(composed)));
    const output = await printCase({ ...CLAIM, composition, observed: listed });
    expect(output).toBe(await printCase({ ...CLAIM, composition, observed: streamed }));
    expect(output).toContain('reason: Available');
    const other = {
      ...composed[0],
      metadata: {
        ...objectAt(composed[0] ?? {}, 'metadata'),
        name: 'other',
        ownerReferences: [{ uid: 'x', controller: true }],
      },
    };
    for (const required of [file(stringify(other)), file(listOf([other]))]) {
      await expect(renderCase({ ...CLAIM, composition, required: [required] })).rejects.toMatchObject({
        code: 'FATAL_RESULT',
      });
    }
  });

  test('may be empty', async () => {
    const composition = `${examples}/claim/composition.yaml`;
    const none = await printCase({ ...CLAIM, composition, observed: file(listOf([])) });
    expect(none).toBe(await printCase({ ...CLAIM, composition }));
  });

  test.each([
    {
      what: 'without items',
      text: 'apiVersion: v1\nkind: List\nitems: x\n',
      says: ':3:1: items must be a list, not the string "x"',
    },
    {
      what: 'with a string as an item',
      text: 'apiVersion: v1\nkind: List\nitems:\n- x\n',
      says: ':4:3: must be a Kubernetes object, not the string "x"',
    },
    {
      what: 'with an object without a kind',
      text: 'apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n',
      says: 'kind is missing',
    },
  ])('a List $what is refused with its position', async ({ text, says }) => {
    const observed = file(text);
    const rendering = renderCase({ ...CLAIM, composition: `${examples}/claim/composition.yaml`, observed });
    await expect(rendering).rejects.toMatchObject({ code: 'INVALID_OBJECT', message: expect.stringContaining(says) });
  });
});

test('the output of render, with events, context and the whole composite, is accepted as observed resources', async () => {
  const composition = `${examples}/claim/composition.yaml`;
  const printed = await printCase({ ...CLAIM, composition, fullComposite: true, results: true, context: true });
  const again = await renderCase({ ...CLAIM, composition, observed: file(printed) });
  const first = await renderCase({ ...CLAIM, composition });
  const identities = ({ composed }: typeof first) =>
    composed.map(({ kind, metadata }) => [kind, objectAt({ metadata }, 'metadata').name]);
  expect(identities(again)).toEqual(identities(first));
  const conditions = ['Synced', 'Ready'].map((type) => ({ type, status: 'True' }));
  const items = again.composed.map((resource) => ({ ...resource, status: { conditions } }));
  const observed = file(JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  const ready = await renderCase({ ...CLAIM, composition, observed });
  // The names are checked once the repositories are ready.
  for (const { metadata } of ready.composed) {
    expect(metadata).toMatchObject({ annotations: { 'workload-ecr.fn.crossplane.io/name-checked': 'true' } });
  }
  expect(again.events.filter(({ reason }) => reason === 'ComposeRepository')).toEqual([]);
});

test('a status with one malformed condition keeps the positions of the others', async () => {
  const condition = (type: Json, rest: JsonObject = {}) => ({
    type,
    status: 'True',
    reason: 'X',
    lastTransitionTime: '2026-01-01T00:00:00Z',
    ...rest,
  });
  const composite = {
    apiVersion: 'test.example.org/v1',
    kind: 'XThing',
    metadata: { name: 'thing' },
    status: {
      conditions: [
        condition('First'),
        condition('Second', { message: 7 }),
        condition('Third'),
        'text',
        condition('Fourth', { lastTransitionTime: 'noon', observedGeneration: 1.5 }),
      ],
    },
  };
  const output = await renderCase({
    name: 'x',
    composite: file(stringify(composite)),
    composition: 'composition-empty.yaml',
  });
  const { conditions } = objectAt(output.composite, 'status');
  const types = isList(conditions) ? conditions.filter(isObject).map(({ type }) => type) : [];
  expect(types.slice(0, 5)).toEqual(['First', 'Second', 'Third', '', 'Fourth']);
});

describe('a repository that moves from one provider to another', () => {
  const retain = { enforced: { deletion: 'Retain' } };
  const classic = compositionWith(retain);

  test.each([
    { flavor: 'ecr.aws.upbound.io', kept: { deletionPolicy: 'Orphan' } },
    { flavor: 'ecr.aws.m.upbound.io', kept: { managementPolicies: ['Observe', 'Create', 'Update', 'LateInitialize'] } },
    { flavor: 'ecr.services.k8s.aws', kept: {} },
  ])('to $flavor has the same name, in an object that retains the repository', async ({ flavor, kept }) => {
    const before = await renderCase({ ...CLAIM, composition: classic });
    for (const { spec } of before.composed) expect(spec).toMatchObject({ deletionPolicy: 'Orphan' });
    const observed = file(listOf(ready(before.composed)));
    const moving = compositionWith({ ...retain, provider: { flavor } });
    const both = await renderCase({ ...CLAIM, composition: moving, observed });
    const groupOf = ({ apiVersion }: JsonObject) => String(apiVersion).split('/')[0];
    expect(both.composed.map(groupOf).sort()).toEqual([...before.composed.map(groupOf), flavor, flavor].sort());
    const after = await renderCase({ ...CLAIM, composition: moving, observed: file(listOf(ready(both.composed))) });
    expect(after.composed.map(externalName)).toEqual(before.composed.map(externalName));
    for (const object of imagesIn(after.composed)) {
      expect(String(object.apiVersion).split('/')[0]).toBe(flavor);
      expect(object.spec).toMatchObject(kept);
      if (flavor === 'ecr.services.k8s.aws') {
        expect(objectAt(object, 'metadata', 'annotations')).toMatchObject({
          'services.k8s.aws/deletion-policy': 'retain',
          'services.k8s.aws/adoption-policy': 'adopt-or-create',
        });
      }
    }
    // The way back, with the printed resources.
    const half = await renderCase({ ...CLAIM, composition: classic, observed: file(listOf(ready(after.composed))) });
    const back = await renderCase({ ...CLAIM, composition: classic, observed: file(listOf(ready(half.composed))) });
    expect(back.composed.map(externalName)).toEqual(before.composed.map(externalName));
  });

  test('has its old resource next to the new one, without the right to delete', async () => {
    const deleting = compositionWith({ enforced: { deletion: 'Force' } });
    const before = await renderCase({ ...CLAIM, composition: deleting });
    const moving = compositionWith({ enforced: { deletion: 'Force' }, provider: { flavor: 'ecr.services.k8s.aws' } });
    const both = await renderCase({ ...CLAIM, composition: moving, observed: file(listOf(ready(before.composed))) });
    const old = both.composed.filter(({ apiVersion }) => String(apiVersion).startsWith('ecr.aws.crossplane.io/'));
    expect(old).toHaveLength(2);
    for (const { spec } of old)
      expect(spec).toMatchObject({ deletionPolicy: 'Orphan', forProvider: { forceDelete: true } });
  });
});

test('the commands of the migration page run unchanged', async () => {
  const folder = join(work, 'repository');
  mkdirSync(join(folder, 'bin'), { recursive: true });
  for (const name of ['dist', 'examples']) symlinkSync(`${examples}/../${name}`, join(folder, name));
  const page = readFileSync(`${examples}/reference/migration.md`, 'utf8');
  const blocks = [...page.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block = '']) => block);
  const commands = blocks.find((block) => block.includes('render xr.yaml')) ?? '';
  expect(commands).not.toBe('');
  // A composite and its repositories as composed with patches, as kubectl prints them.
  const composite = {
    apiVersion: 'tap.vrabbi.cloud/v1alpha1',
    kind: 'XWorkloadECRRepo',
    metadata: {
      name: 'example-x7k2p',
      uid: '6a0b2f0e-0000-4000-8000-000000000001',
      labels: {
        'crossplane.io/claim-namespace': 'default',
        'crossplane.io/claim-name': 'example-app-repos',
        'crossplane.io/composite': 'example-x7k2p',
      },
    },
    spec: {
      claimRef: { namespace: 'default', name: 'example-app-repos' },
      parameters: objectAt(example('claim/claim.yaml'), 'spec').parameters,
    },
  };
  const names = {
    imagerepo: 'HOST/tap/workloads/example-app-default',
    bundlerepo: 'HOST/tap/workloads/example-app-default-bundle',
  };
  const repositories = Object.entries(names).map(([composed, name], index) => ({
    apiVersion: 'ecr.aws.crossplane.io/v1beta1',
    kind: 'Repository',
    metadata: {
      name: `example-x7k2p-${index}`,
      annotations: { 'crossplane.io/composition-resource-name': composed, 'crossplane.io/external-name': name },
      ownerReferences: [
        {
          apiVersion: composite.apiVersion,
          kind: composite.kind,
          name: 'example-x7k2p',
          uid: composite.metadata.uid,
          controller: true,
        },
      ],
    },
    spec: { forProvider: { region: 'eu-west-2', forceDelete: true }, providerConfigRef: { name: 'aws-provider' } },
    status: { conditions: AVAILABLE },
  }));
  writeFileSync(join(folder, 'composite.yaml'), stringify(composite));
  writeFileSync(join(folder, 'list.yaml'), listOf(repositories));
  const kubectl = join(folder, 'bin', 'kubectl');
  writeFileSync(kubectl, '#!/bin/sh\ncase "$2" in xworkloadecrrepo) cat composite.yaml ;; *) cat list.yaml ;; esac\n');
  chmodSync(kubectl, 0o755);
  const { stdout } = await promisify(execFile)('sh', ['-e', '-c', commands], {
    cwd: folder,
    env: { ...process.env, PATH: `${join(folder, 'bin')}:${process.env.PATH}` },
  });
  const rendered = imagesIn(documentsIn(stdout));
  expect(rendered.map(externalName).sort()).toEqual(Object.values(names).sort());
});
