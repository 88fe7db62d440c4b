import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/json/value.ts';
import { Severity, Status } from '../../src/protocol/messages.ts';
import {
  AVAILABLE,
  call,
  composite,
  condition,
  input,
  objectAt,
  observedClassic,
  request,
  seedParameters,
} from './call.ts';

const NAME = 'tap/workloads/example-app-default';
const UPJET = { flavor: 'ecr.aws.upbound.io' };
const KEY = 'arn:aws:kms:eu-west-2:123456789012:key/0b8f6f5e-2a34-4c6e-9a53-4d1f0c9b7a21';

/** An observed resource of an upjet kind. */
function observedUpjet(
  kind: string,
  spec: JsonObject,
  atProvider: JsonObject = {},
  conditions = AVAILABLE,
): JsonObject {
  return {
    apiVersion: `ecr.aws.upbound.io/${kind === 'Repository' ? 'v1beta2' : 'v1beta1'}`,
    kind,
    metadata: { annotations: { 'crossplane.io/external-name': NAME } },
    spec: { providerConfigRef: { name: 'aws-provider' }, ...spec },
    status: { atProvider, conditions },
  };
}

const imageOnly = (fields: JsonObject = {}) => input({ repositories: [{ name: 'image' }], ...fields });

/** The answer for one repository with these parameters, beside what exists. */
function callWith(
  parameters: JsonObject,
  observed: Readonly<Record<string, JsonObject>>,
  fields: JsonObject = {},
  own: JsonObject = {},
) {
  return call(
    request({
      input: imageOnly(fields),
      composite: { ...composite({ ...seedParameters, ...parameters }), ...own },
      observed,
    }),
  );
}

function specOf(response: Awaited<ReturnType<typeof call>>, name: string): JsonObject {
  return objectAt(response.desired.resources?.[name]?.resource ?? {}, 'spec');
}

describe('a repository that exists', () => {
  const OLD = `xxxxxxx.dkr.ecr.eu-west-2.amazonaws.com/${NAME}`;

  test('keeps the name it has, such as one that another Composition gave it, and that is told', async () => {
    const response = await callWith({}, { imagerepo: observedClassic(OLD, AVAILABLE) });
    const annotations = objectAt(response.desired.resources?.imagerepo?.resource ?? {}, 'metadata', 'annotations');
    expect(annotations['crossplane.io/external-name']).toBe(OLD);
    const message = `${OLD} keeps its name; a new repository would be named ${NAME}`;
    expect(response.conditions).toContainEqual({
      type: 'SettingsApplied',
      status: Status.FALSE,
      reason: 'CannotChange',
      message,
      target: 2,
    });
    expect(response.results).toMatchObject([{ severity: Severity.WARNING, reason: 'CannotChange', message }]);
  });

  test.each([
    ['nothing', '', ['CannotChange']],
    ['something else', 'the region is another one', ['CannotChange']],
    ['the same', `${OLD} keeps its name; a new repository would be named ${NAME}`, []],
    ['the same, for a step', `west-: ${OLD} keeps its name; a new repository would be named ${NAME}; more`, []],
  ])('is told of in an event where the condition said %s', async (_, message, events) => {
    const said = { ...condition('SettingsApplied', 'False'), message };
    const imagerepo = observedClassic(OLD, AVAILABLE);
    const response = await callWith({}, { imagerepo }, {}, { status: { conditions: [said] } });
    expect(response.results.map(({ reason }) => reason)).toEqual(events);
    expect(response.conditions).toContainEqual(expect.objectContaining({ reason: 'CannotChange' }));
  });

  test('stays in its region', async () => {
    const response = await callWith(
      { region: 'eu-central-1', repoPrefix: 'tap/workloads' },
      { imagerepo: observedClassic(NAME, AVAILABLE) },
    );
    expect(objectAt(specOf(response, 'imagerepo'), 'forProvider').region).toBe('eu-west-2');
    expect(response.conditions.at(-1)?.message).toBe(
      `${NAME} remains in eu-west-2; a repository in eu-central-1 would be a different one`,
    );
  });

  for (const { title, is, asked, kept } of [
    {
      title: 'stays encrypted as it is',
      is: { encryptionType: 'AES256' },
      asked: { type: 'KMS', kmsKey: KEY },
      kept: [{ encryptionType: 'AES256' }],
    },
    {
      title: 'stays with its key',
      is: { encryptionType: 'KMS', kmsKey: `${KEY}0` },
      asked: { type: 'KMS', kmsKey: KEY },
      kept: [{ encryptionType: 'KMS', kmsKey: `${KEY}0` }],
    },
    {
      title: 'stays in two layers',
      is: { encryptionType: 'KMS_DSSE', kmsKey: KEY },
      asked: { type: 'KMS', kmsKey: KEY },
      kept: [{ encryptionType: 'KMS_DSSE', kmsKey: KEY }],
    },
    {
      title: 'stays with a type that is not offered',
      is: { encryptionType: 'KMS_QUANTUM', kmsKey: KEY },
      asked: { type: 'KMS', kmsKey: KEY },
      kept: null,
    },
    {
      title: 'may have the key that AWS chose',
      is: { encryptionType: 'KMS', kmsKey: KEY },
      asked: { type: 'KMS' },
      kept: undefined,
    },
    {
      title: 'is as asked for',
      is: { encryptionType: 'KMS', kmsKey: KEY },
      asked: { type: 'KMS', kmsKey: KEY },
      kept: undefined,
    },
  ]) {
    test(title, async () => {
      const imagerepo = observedUpjet(
        'Repository',
        { forProvider: { region: 'eu-west-2' } },
        { encryptionConfiguration: [is] },
      );
      const response = await callWith({ encryption: asked }, { imagerepo }, { provider: UPJET });
      const { encryptionConfiguration } = objectAt(specOf(response, 'imagerepo'), 'forProvider');
      if (kept !== undefined) expect(encryptionConfiguration ?? null).toEqual(kept);
      expect(response.conditions.map(({ type }) => type).includes('SettingsApplied')).toBe(kept !== undefined);
    });
  }

  test('lets a condition go once there is nothing more to tell', async () => {
    const status = { conditions: [condition('SettingsApplied', 'False'), condition('Ready', 'True')] };
    const response = await callWith({}, { imagerepo: observedClassic(NAME, AVAILABLE) }, {}, { status });
    expect(response.conditions.at(-1)).toMatchObject({
      type: 'SettingsApplied',
      status: Status.TRUE,
      reason: 'Applied',
    });
  });
});

describe('a repository whose provider', () => {
  const CONFLICT =
    'create failed: cannot update status of repository custom resource: Operation cannot be fulfilled on repositories.ecr.aws.crossplane.io "shop-x7k2p": the object has been modified; please apply your changes to the latest version and try again';
  for (const { title, message, told } of [
    { title: 'found its object changed meanwhile is not told as failing', message: CONFLICT, told: false },
    { title: 'failed otherwise is told as failing', message: 'create failed: AccessDenied', told: true },
    { title: 'failed with more than a conflict is told as failing', message: `${CONFLICT}: AccessDenied`, told: true },
  ]) {
    test(title, async () => {
      const failing = [condition('Ready', 'False'), condition('Synced', 'False', { message })];
      const response = await callWith({}, { imagerepo: observedClassic(NAME, failing) });
      const status = objectAt(response.desired.composite?.resource ?? {}, 'status', 'repositories', 'image');
      expect(status).toMatchObject({ ready: false, ...(told && { synced: false, message }) });
      if (!told) expect(Object.keys(status)).not.toEqual(expect.arrayContaining(['synced']));
      expect(response.results.map(({ reason }) => reason).includes('RepositoryNotReady')).toBe(told);
      const { reason } = response.conditions.find(({ type }) => type === 'RepositoriesReady') ?? {};
      expect(reason).toBe(told ? 'RepositoryNotReady' : 'Creating');
    });
  }
});

describe('a policy', () => {
  const lifecycle = { lifecycle: { keepLast: 5 } };
  const imagerepo = observedUpjet('Repository', { forProvider: { region: 'eu-west-2' } });
  const nameOf = (response: Awaited<ReturnType<typeof call>>) =>
    Object.keys(response.desired.resources ?? {}).find((name) => name.startsWith('imagelifecycle'));

  test('that is not synced makes its repository not ready', async () => {
    const fresh = await callWith(lifecycle, { imagerepo }, { provider: UPJET });
    const name = nameOf(fresh) ?? '';
    const failing = [condition('Ready', 'True'), condition('Synced', 'False', { message: 'refuse to update' })];
    const response = await callWith(
      lifecycle,
      { imagerepo, [name]: observedUpjet('LifecyclePolicy', {}, {}, failing) },
      { provider: UPJET },
    );
    expect(response.desired.composite?.resource?.status).toMatchObject({
      repositories: {
        image: {
          ready: false,
          synced: true,
          lifecyclePolicy: { ready: false, synced: false, message: 'refuse to update' },
        },
      },
    });
    expect(response.conditions[1]).toMatchObject({
      type: 'RepositoriesReady',
      status: Status.FALSE,
      reason: 'RepositoryNotReady',
      message: `lifecycle policy of ECR repository ${NAME}: refuse to update`,
    });
  });

  test('whose repository is not there yet is not told as failing', async () => {
    const failing = [condition('Synced', 'False', { message: 'RepositoryNotFoundException' })];
    const response = await callWith(lifecycle, {
      imagerepo: observedClassic(NAME, []),
      imagelifecycle: { apiVersion: 'ecr.aws.crossplane.io/v1alpha1', status: { conditions: failing } },
    });
    expect(response.results).toEqual([]);
    expect(response.conditions[1]?.reason).toBe('Creating');
  });

  test('with another text is another resource where the provider cannot change texts, and never deletes', async () => {
    const [five, six] = await Promise.all(
      [5, 6].map((keepLast) => callWith({ lifecycle: { keepLast } }, { imagerepo }, { provider: UPJET })),
    );
    expect(five && nameOf(five)).not.toBe(six && nameOf(six));
    expect(five && specOf(five, nameOf(five) ?? '').managementPolicies).toEqual([
      'Observe',
      'Create',
      'Update',
      'LateInitialize',
    ]);
  });

  test('that is no longer asked for may delete first, and goes once it may', async () => {
    const text = '{"rules":[]}';
    const forProvider = { policy: text, region: 'eu-west-2', repository: NAME };
    const name = 'imagelifecycle-0123abcd';
    const kept = observedUpjet('LifecyclePolicy', { managementPolicies: ['Observe', 'Create'], forProvider });
    const first = await callWith({}, { imagerepo, [name]: kept }, { provider: UPJET });
    expect(specOf(first, name)).toEqual({
      managementPolicies: ['*'],
      forProvider,
      providerConfigRef: { name: 'aws-provider' },
    });
    expect(first.meta.ttlSeconds).toBe(60);
    const deletable = observedUpjet('LifecyclePolicy', { managementPolicies: ['*'], forProvider });
    const second = await callWith({}, { imagerepo, [name]: deletable }, { provider: UPJET });
    expect(Object.keys(second.desired.resources ?? {})).toEqual(['imagerepo']);
  });

  test('that another one replaces goes without deleting', async () => {
    const kept = observedUpjet('LifecyclePolicy', {
      managementPolicies: ['Observe', 'Create'],
      forProvider: { policy: 'old' },
    });
    const response = await callWith(lifecycle, { imagerepo, 'imagelifecycle-0123abcd': kept }, { provider: UPJET });
    expect(Object.keys(response.desired.resources ?? {})).toHaveLength(2);
    expect(response.desired.resources).not.toHaveProperty('imagelifecycle-0123abcd');
  });

  describe('whose repository has another name or region in ECR', () => {
    const both = { ...lifecycle, access: { pull: { accounts: ['111122223333'] } } };
    const renamed = { ...imagerepo, metadata: { annotations: { 'crossplane.io/external-name': 'moved/app' } } };
    const elsewhere = observedUpjet('Repository', { forProvider: { region: 'eu-central-1' } });
    const kinds = { imagelifecycle: 'LifecyclePolicy', imagepolicy: 'RepositoryPolicy' };

    /** The composed resources of an answer as Crossplane shows them next time, all of them ready. */
    const shown = (response: Awaited<ReturnType<typeof call>>) =>
      Object.fromEntries(
        Object.entries(response.desired.resources ?? {}).map(([name, { resource = {} }]) => [
          name,
          { ...resource, status: { conditions: AVAILABLE } },
        ]),
      );
    const policiesIn = (response: Awaited<ReturnType<typeof call>>) =>
      Object.keys(response.desired.resources ?? {}).filter((name) => /^image(lifecycle|policy)/.test(name));

    test.each([
      { what: 'name', moved: renamed, forProvider: { repository: 'moved/app', region: 'eu-west-2' } },
      { what: 'region', moved: elsewhere, forProvider: { repository: NAME, region: 'eu-central-1' } },
    ])('is another resource, since the provider cannot change that: $what', async ({ moved, forProvider }) => {
      const before = await callWith(both, { imagerepo }, { provider: UPJET });
      expect(policiesIn(before)).toEqual([expect.stringMatching(/^imagelifecycle-/), 'imagepolicy']);
      // Nothing changes while the repository is the same.
      const again = await callWith(both, shown(before), { provider: UPJET });
      expect(policiesIn(again)).toEqual(policiesIn(before));
      const after = await callWith(both, { ...shown(before), imagerepo: moved }, { provider: UPJET });
      expect(policiesIn(after).filter((name) => policiesIn(before).includes(name))).toEqual([]);
      for (const [prefix, kind] of Object.entries(kinds)) {
        const [name = ''] = policiesIn(after).filter((one) => one.startsWith(prefix));
        expect(after.desired.resources?.[name]?.resource).toMatchObject({ kind, spec: { forProvider } });
        // The earlier resource is left out, and may not take the policy off its repository.
        const [old = ''] = policiesIn(before).filter((one) => one.startsWith(prefix));
        expect(specOf(before, old).managementPolicies).not.toContain('Delete');
      }
      // The names stay, with the earlier resources still there and without them.
      const { imagerepo: _, ...old } = shown(before);
      const next = await callWith(both, { ...old, ...shown(after), imagerepo: moved }, { provider: UPJET });
      expect(policiesIn(next)).toEqual(policiesIn(after));
      const last = await callWith(both, { ...shown(next), imagerepo: moved }, { provider: UPJET });
      expect(policiesIn(last)).toEqual(policiesIn(after));
      // Back again, it is as it was.
      const back = await callWith(both, { ...shown(last), imagerepo }, { provider: UPJET });
      expect(policiesIn(back)).toEqual(policiesIn(before));
    });

    test('is not given the right to delete when it is no longer asked for', async () => {
      const before = await callWith(both, { imagerepo }, { provider: UPJET });
      const after = await callWith({}, { ...shown(before), imagerepo: renamed }, { provider: UPJET });
      expect(policiesIn(after)).toEqual([]);
    });

    test('is changed in place by the classic provider', async () => {
      const before = await callWith(both, { imagerepo: observedClassic(NAME, AVAILABLE) });
      const after = await callWith(both, { ...shown(before), imagerepo: observedClassic('moved/app', AVAILABLE) });
      expect(policiesIn(after)).toEqual(['imagelifecycle', 'imagepolicy']);
      expect(objectAt(specOf(after, 'imagepolicy'), 'forProvider').repositoryName).toBe('moved/app');
    });
  });

  test('is not mistaken for a repository with a name that begins like its own', async () => {
    const repositories = { repositories: [{ name: 'imagepolicy-x' }, { name: 'imagelifecycle-x' }] };
    const first = await callWith(repositories, {}, { provider: UPJET });
    const observed = Object.fromEntries(
      ['imagerepo', 'imagepolicy-xrepo', 'imagelifecycle-xrepo'].map((name) => {
        return [
          name,
          observedUpjet('Repository', { forProvider: { region: 'eu-west-2' }, managementPolicies: ['Observe'] }),
        ];
      }),
    );
    const response = await callWith(repositories, observed, { provider: UPJET });
    expect(Object.keys(response.desired.resources ?? {})).toEqual(Object.keys(first.desired.resources ?? {}));
    expect(response.desired.resources?.['imagepolicy-xrepo']?.resource?.kind).toBe('Repository');
  });

  test('of the classic provider goes the same way', async () => {
    const forProvider = { rawPolicy: '{}', region: 'eu-west-2', repositoryName: NAME };
    const imagepolicy = {
      ...observedUpjet('RepositoryPolicy', { deletionPolicy: 'Orphan', forProvider }),
      apiVersion: 'ecr.aws.crossplane.io/v1beta1',
    };
    const response = await callWith({}, { imagerepo: observedClassic(NAME, AVAILABLE), imagepolicy });
    expect(specOf(response, 'imagepolicy')).toMatchObject({ deletionPolicy: 'Delete', forProvider });
  });
});

test('a pull-through cache rule keeps what its provider refuses to change', async () => {
  const asked = { pullThroughCache: [{ prefix: 'mirror', upstream: 'b.example.com' }] };
  const granted = { provider: UPJET, allowed: { pullThroughCaches: { upstreams: ['b.example.com'] } } };
  const fresh = await callWith(asked, {}, granted);
  const name = Object.keys(fresh.desired.resources ?? {}).find((one) => one.startsWith('pullthrough')) ?? '';
  const forProvider = { region: 'eu-west-2', ecrRepositoryPrefix: 'mirror', upstreamRegistryUrl: 'a.example.com' };
  const response = await callWith(asked, { [name]: observedUpjet('PullThroughCacheRule', { forProvider }) }, granted);
  expect(objectAt(specOf(response, name), 'forProvider').upstreamRegistryUrl).toBe('a.example.com');
  expect(response.conditions.at(-1)).toMatchObject({ type: 'SettingsApplied', reason: 'CannotChange' });
});

describe('connection details', () => {
  const observed = { imagerepo: observedClassic(NAME, AVAILABLE) };

  test('are there for a composite that writes them to a Secret', async () => {
    const own = composite();
    const spec = {
      ...objectAt(own, 'spec'),
      writeConnectionSecretToRef: { name: 'repositories', namespace: 'default' },
    };
    const response = await callWith({}, observed, {}, { spec });
    const details = Object.entries(response.desired.composite?.connectionDetails ?? {}).map(([key, value]) => [
      key,
      Buffer.from(value).toString(),
    ]);
    expect(details).toEqual([
      ['image.uri', `123456789012.dkr.ecr.eu-west-2.amazonaws.com/${NAME}`],
      ['image.arn', `arn:aws:ecr:eu-west-2:123456789012:repository/${NAME}`],
      ['image.registryId', '123456789012'],
    ]);
  });

  test('are left out for any other', async () => {
    expect((await callWith({}, observed)).desired.composite?.connectionDetails).toEqual({});
  });
});

describe('a namespaced kind', () => {
  const provider = { flavor: 'ecr.aws.m.upbound.io' };

  test("is in the claim's namespace under a cluster-scoped composite", async () => {
    const response = await callWith({}, {}, { provider });
    expect(objectAt(response.desired.resources?.imagerepo?.resource ?? {}, 'metadata').namespace).toBe('default');
  });

  test('has its namespace from Crossplane under a namespaced composite', async () => {
    const own = { metadata: { name: 'x', namespace: 'team-a' }, spec: { parameters: seedParameters } };
    const response = await callWith({}, {}, { provider }, own);
    expect(objectAt(response.desired.resources?.imagerepo?.resource ?? {}, 'metadata').namespace).toBeUndefined();
  });

  test('is kept by its management policies, since it has no deletionPolicy', async () => {
    const spec = specOf(await callWith({ deletion: 'Retain' }, {}, { provider }), 'imagerepo');
    expect(spec).not.toHaveProperty('deletionPolicy');
    expect(spec.managementPolicies).toEqual(['Observe', 'Create', 'Update', 'LateInitialize']);
  });
});
