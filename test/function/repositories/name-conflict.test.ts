import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/json/value.ts';
import { type RunFunctionRequest, Severity } from '../../../src/protocol/messages.ts';
import {
  ACCOUNT,
  AVAILABLE,
  call,
  callOnce,
  claimed,
  condition,
  example,
  input,
  inputOf,
  objectAt,
  observedClassic,
  REGION,
  request,
  seedParameters,
} from '../call.ts';

const NAME = 'tap/workloads/a-b-c';
const LABEL = 'workload-ecr.fn.crossplane.io/repository';
const CHECKED = 'workload-ecr.fn.crossplane.io/name-checked';
const REFUSING = input({ repositories: [{ name: 'image' }] });
const ALL = [1, 2, 3, 4, 5];
const OTHERS = ['ecr.aws.upbound.io', 'ecr.aws.m.upbound.io', 'ecr.services.k8s.aws'];

/** The composite of a claim: workload a-b in namespace c, and a in b-c, would have repositories of the same name. */
function composite(workloadName: string, namespace: string): JsonObject {
  return {
    apiVersion: 'tap.vrabbi.cloud/v1alpha1',
    kind: 'XWorkloadECRRepo',
    metadata: { name: `${namespace}-${workloadName}` },
    spec: { claimRef: { namespace }, parameters: { ...seedParameters, workloadName } },
  };
}

/** A repository called {@link NAME} that the composite of a claim has. */
function owned(workloadName: string, namespace: string, createdAt: string, rest: JsonObject = {}): JsonObject {
  const labels = {
    'crossplane.io/composite': `${namespace}-${workloadName}`,
    'crossplane.io/claim-name': `${workloadName}-repos`,
    'crossplane.io/claim-namespace': namespace,
  };
  const metadata = { creationTimestamp: createdAt, labels, annotations: { 'crossplane.io/external-name': NAME } };
  return observedClassic(NAME, [condition('Ready', 'False'), condition('Synced', 'True')], { metadata, ...rest });
}

const EARLY = '2026-03-01T09:00:00Z';
const LATE = '2026-03-01T09:00:01Z';

function asking(fields: Parameters<typeof request>[0] = {}): RunFunctionRequest {
  const meta = { capabilities: ALL };
  return request({ input: REFUSING, composite: composite('a', 'b-c'), meta, ...fields });
}

const found = (...resources: JsonObject[]) => ({
  requiredResources: { 'repository-image': resources.map((resource) => ({ resource })) },
});

describe('a repository whose name may be another composite’s', () => {
  test('is looked up by a label of its name, and not created before the result is known', async () => {
    const response = await callOnce(asking());
    const label = response.requirements.resources?.['repository-image']?.matchLabels?.[LABEL];
    expect(label).toMatch(/^[0-9a-f]{40}$/);
    expect(response.requirements).toEqual({
      extraResources: {},
      resources: {
        'repository-image': {
          apiVersion: 'ecr.aws.crossplane.io/v1beta1',
          kind: 'Repository',
          matchLabels: { [LABEL]: label },
        },
      },
      // A kind that does not exist would make the call fail, so kinds of other flavors are required once they are known to exist.
      schemas: Object.fromEntries(
        [
          'ecr.aws.crossplane.io/v1beta1',
          'ecr.aws.upbound.io/v1beta1',
          'ecr.aws.m.upbound.io/v1beta1',
          'ecr.services.k8s.aws/v1alpha1',
        ].map((apiVersion) => [`repository/${apiVersion.split('/')[0]}`, { apiVersion, kind: 'Repository' }]),
      ),
    });
    expect(response.desired.resources).toEqual({});
    expect(response.conditions).toContainEqual(expect.objectContaining({ type: 'NamesChecked', reason: 'NotFetched' }));
    expect(response.meta.ttlSeconds).toBe(60);
  });

  test('is created, with the label, if no other composite has it', async () => {
    const response = await call(asking(found()));
    const { labels } = objectAt(response.desired.resources?.imagerepo?.resource ?? {}, 'metadata');
    const selected = response.requirements.resources?.['repository-image']?.matchLabels;
    expect(labels).toEqual({ region: REGION, ...selected });
    expect(response.results.map(({ severity }) => severity)).toEqual([Severity.NORMAL]);
  });

  test('is refused for the second of two claims, with the name of the first', async () => {
    const response = await call(asking(found(owned('a-b', 'c', EARLY))));
    expect(response.results.map(({ severity }) => severity)).toEqual([Severity.WARNING, Severity.FATAL]);
    expect(response.results.slice(0, 1)).toEqual([
      {
        severity: Severity.WARNING,
        reason: 'NameConflict',
        target: 2,
        message: `spec.parameters.workloadName: the image repository would be named "${NAME}", which claim c/a-b-repos already has; change workloadName or repoPrefix, or separate the parts of the Composition's input.nameTemplate with /`,
      },
    ]);
    expect(response.conditions).toMatchObject([{ type: 'ParametersValid', reason: 'NameConflict' }]);
    expect(response.desired.resources).toEqual({});
  });

  test('does not conflict with itself', async () => {
    const own = owned('a', 'b-c', EARLY);
    const response = await call(asking({ observed: { imagerepo: own }, ...found(own) }));
    expect(response.results).toEqual([]);
  });

  test('is another repository in another account', async () => {
    const elsewhere = owned('a-b', 'c', EARLY, { spec: { providerConfigRef: { name: 'other-account' } }, status: {} });
    expect((await call(asking(found(elsewhere)))).desired.resources).toHaveProperty('imagerepo');
    const known = owned('a-b', 'c', EARLY, { status: { atProvider: { registryId: '999999999999' } } });
    const own = owned('a', 'b-c', LATE, { status: { atProvider: { registryId: ACCOUNT } } });
    const response = await call(asking({ observed: { imagerepo: own }, ...found(known, own) }));
    expect(response.results).toEqual([]);
  });

  test('is no longer looked up once it is ready', async () => {
    const observed = { imagerepo: observedClassic(NAME, AVAILABLE) };
    const response = await call(asking({ observed }));
    expect(response.requirements).toEqual({ extraResources: {}, resources: {}, schemas: {} });
    expect(response.desired.resources).toHaveProperty('imagerepo');
  });

  test('remains desired until the result is known', async () => {
    const response = await callOnce(asking({ observed: { imagerepo: owned('a', 'b-c', EARLY) } }));
    expect(response.desired.resources).toHaveProperty('imagerepo');
  });

  test('is looked up by the older name of requirements if the caller only knows that', async () => {
    for (const meta of [{}, { capabilities: [1, 3, 4] }]) {
      const { requirements } = await callOnce(asking({ meta }));
      expect(Object.keys(requirements.extraResources ?? {})).toEqual(['repository-image']);
      expect(requirements.resources).toEqual({});
    }
    const { requiredResources: extraResources } = found(owned('a-b', 'c', EARLY));
    const response = await call(asking({ meta: {}, extraResources }));
    expect(response.results[0]?.reason).toBe('NameConflict');
  });

  const named = composite('a', 'b-c');
  const inCluster = { ...named, metadata: { ...objectAt(named, 'metadata'), uid: 'own', creationTimestamp: EARLY } };
  /** The composite in a cluster, which has composed its repository. */
  const settled = { composite: inCluster, observed: { imagerepo: owned('a', 'b-c', EARLY) } };
  const shown = (...names: string[]) => Object.fromEntries(names.map((name) => [name, []]));
  const schemasAsked = OTHERS.map((flavor) => `repository/${flavor}`);

  test('is looked up among the kinds that Crossplane finds; in a cluster, the own one need not be found', async () => {
    const { requirements } = await callOnce(asking({ composite: inCluster }));
    expect(Object.keys(requirements.schemas ?? {})).toEqual(OTHERS.map((flavor) => `repository/${flavor}`));
    expect(Object.keys(requirements.resources ?? {})).toEqual(['repository-image']);
    const [upjet = ''] = OTHERS;
    const served = Object.fromEntries(
      OTHERS.map((flavor) => [`repository/${flavor}`, flavor === upjet ? { type: 'object' } : undefined]),
    );
    const fields = { composite: inCluster, requiredSchemas: served, ...found() };
    const second = await callOnce(asking(fields));
    expect(Object.keys(second.requirements.resources ?? {})).toEqual([
      `repository-image+${upjet}`,
      `repository-image/${upjet}`,
    ]);
    expect(second.requirements.schemas).toEqual(requirements.schemas);
  });

  // Crossplane 2.4 provides the required resources of the previous call in the first call, but no schemas.
  test.each([
    ['no other kind', ['repository-image']],
    ['another kind', [`repository-image+${OTHERS[0]}`, `repository-image/${OTHERS[0]}`]],
  ])('takes one call if Crossplane shows the requirements of the last reconcile at once: %s', async (_, asked) => {
    const { requirements, desired } = await callOnce(asking({ ...settled, requiredResources: shown(...asked) }));
    expect(desired.resources).toHaveProperty('imagerepo');
    expect(Object.keys(requirements.resources ?? {})).toEqual(asked);
    expect(requirements.schemas).toEqual({});
  });

  // Crossplane omits what it cannot fetch, and fails if that is required: the kind may have been uninstalled.
  test.each([
    ['its own kind', [`repository-image/${OTHERS[0]}`]],
    ['another kind', [`repository-image+${OTHERS[0]}`]],
    ['all kinds except those that the Input listed', ['repository-image+chosen', `repository-image/${OTHERS[0]}`]],
    [
      'the requirement name of an earlier version, which had no mark,',
      ['repository-image', `repository-image/${OTHERS[0]}`],
    ],
  ])('requires the kinds again if %s is not shown', async (_, names) => {
    const { requirements } = await callOnce(asking({ ...settled, requiredResources: shown(...names) }));
    expect(Object.keys(requirements.schemas ?? {})).toEqual(schemasAsked);
    expect(Object.keys(requirements.resources ?? {})).toEqual(['repository-image']);
  });

  // A kind may have been installed since the last reconcile, and the name may have changed.
  test('requires the kinds again before it creates a repository', async () => {
    const requiredResources = shown('repository-image');
    const { requirements, desired } = await callOnce(asking({ composite: inCluster, requiredResources }));
    expect(desired.resources).toEqual({});
    expect(Object.keys(requirements.schemas ?? {})).toEqual(schemasAsked);
  });

  test('requires the kinds again while the flavor changes: the last reconcile did not look up the previous flavor', async () => {
    const [upjet = ''] = OTHERS;
    const moved = { ...owned('a', 'b-c', LATE), apiVersion: `${upjet}/v1beta2` };
    const observed = { ...settled.observed, [`imagerepo.${upjet}`]: moved };
    const changed = input({ provider: { flavor: upjet }, repositories: [{ name: 'image' }] });
    const fields = { ...settled, observed, input: changed, requiredResources: shown('repository-image') };
    const { requirements } = await callOnce(asking(fields));
    expect(Object.keys(requirements.schemas ?? {})).toContain('repository/ecr.aws.crossplane.io');
  });

  test('has another requirement name if the Input lists the kinds, as more kinds may exist', async () => {
    const listing = input({ repositories: [{ name: 'image' }], nameConflictFlavors: [] });
    const { requirements } = await callOnce(asking({ ...settled, input: listing }));
    expect(requirements.schemas).toEqual({});
    expect(Object.keys(requirements.resources ?? {})).toEqual(['repository-image+chosen']);
  });

  test('is not compared in a local rendering, where the UID is made up', async () => {
    const rendered = { ...named, metadata: { ...objectAt(named, 'metadata'), uid: 'made-up' } };
    const { requirements } = await callOnce(asking({ composite: rendered }));
    expect(Object.keys(requirements.schemas ?? {})).toContain('repository/ecr.aws.crossplane.io');
  });

  test('is not looked up with nameConflicts: Ignore, but can be found by others', async () => {
    const ignoring = input({ nameConflicts: 'Ignore', repositories: [{ name: 'image' }] });
    const response = await callOnce(asking({ input: ignoring }));
    expect(response.requirements).toEqual({ extraResources: {}, resources: {}, schemas: {} });
    const { labels, annotations } = objectAt(response.desired.resources?.imagerepo?.resource ?? {}, 'metadata');
    expect(labels).toEqual({ region: REGION, [LABEL]: expect.stringMatching(/^[0-9a-f]{40}$/) });
    expect(annotations).toMatchObject({ [CHECKED]: 'true' });
  });
});

test('examples/conflict: the first claim gets its repositories, the second is refused with the name of the first', async () => {
  const none = { requiredResources: { 'repository-image': [], 'repository-bundle': [] } };
  const [first, second] = ['first', 'second'].map((name) => claimed(example(`conflict/${name}.yaml`)));
  const fields = { input: inputOf(example('conflict/composition.yaml')), meta: { capabilities: ALL } };
  const { desired } = await call(request({ ...fields, composite: first ?? {}, ...none }));
  const image = desired.resources?.imagerepo?.resource ?? {};
  expect(objectAt(image, 'metadata', 'annotations')).toEqual({ 'crossplane.io/external-name': NAME });
  const labels = {
    ...objectAt(image, 'metadata', 'labels'),
    'crossplane.io/composite': 'a-b-repos-x7k2p',
    'crossplane.io/claim-name': 'a-b-repos',
    'crossplane.io/claim-namespace': 'c',
  };
  const made = { ...image, metadata: { ...objectAt(image, 'metadata'), labels, creationTimestamp: EARLY } };
  const response = await call(request({ ...fields, composite: second ?? {}, ...found(made) }));
  expect(response.conditions[0]).toMatchObject({ type: 'ParametersValid', reason: 'NameConflict' });
  expect(response.conditions[0]?.message).toContain('which claim c/a-b-repos already has');
  expect(response.desired.resources).toEqual({});
});
