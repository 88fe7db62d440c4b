import { describe, expect, test } from 'vitest';
import { Severity, Status } from '../../src/protocol/messages.ts';
import { AVAILABLE, composite, condition, objectAt, observedClassic, seedParameters } from './call.ts';
import { callWith, NAME, observedUpjet, specOf, UPJET } from './repositories/observed.ts';

const KEY = 'arn:aws:kms:eu-west-2:123456789012:key/0b8f6f5e-2a34-4c6e-9a53-4d1f0c9b7a21';

describe('a repository that exists', () => {
  const OLD = `xxxxxxx.dkr.ecr.eu-west-2.amazonaws.com/${NAME}`;

  test('keeps its name, such as one from another Composition, and a condition reports it', async () => {
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
  ])('is reported in an event when the condition contained %s', async (_, message, events) => {
    const said = { ...condition('SettingsApplied', 'False'), message };
    const imagerepo = observedClassic(OLD, AVAILABLE);
    const response = await callWith({}, { imagerepo }, {}, { status: { conditions: [said] } });
    expect(response.results.map(({ reason }) => reason)).toEqual(events);
    expect(response.conditions).toContainEqual(expect.objectContaining({ reason: 'CannotChange' }));
  });

  test('keeps its region', async () => {
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
      title: 'keeps its encryption',
      is: { encryptionType: 'AES256' },
      asked: { type: 'KMS', kmsKey: KEY },
      kept: [{ encryptionType: 'AES256' }],
    },
    {
      title: 'keeps its key',
      is: { encryptionType: 'KMS', kmsKey: `${KEY}0` },
      asked: { type: 'KMS', kmsKey: KEY },
      kept: [{ encryptionType: 'KMS', kmsKey: `${KEY}0` }],
    },
    {
      title: 'keeps its double encryption',
      is: { encryptionType: 'KMS_DSSE', kmsKey: KEY },
      asked: { type: 'KMS', kmsKey: KEY },
      kept: [{ encryptionType: 'KMS_DSSE', kmsKey: KEY }],
    },
    {
      title: 'keeps a type of encryption that parameters do not offer',
      is: { encryptionType: 'KMS_QUANTUM', kmsKey: KEY },
      asked: { type: 'KMS', kmsKey: KEY },
      kept: null,
    },
    {
      title: 'may have a key that AWS selected',
      is: { encryptionType: 'KMS', kmsKey: KEY },
      asked: { type: 'KMS' },
      kept: undefined,
    },
    {
      title: 'has the requested encryption',
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

  test('clears the condition when there is nothing to report', async () => {
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
    { title: 'reports a conflict of updates is not failing', message: CONFLICT, told: false },
    { title: 'reports another error is failing', message: 'create failed: AccessDenied', told: true },
    { title: 'reports a conflict and another error is failing', message: `${CONFLICT}: AccessDenied`, told: true },
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

test('a pull-through cache rule keeps the fields that its provider refuses to change', async () => {
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

  test('are set for a composite that writes them to a Secret', async () => {
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

  test('are omitted for any other', async () => {
    expect((await callWith({}, observed)).desired.composite?.connectionDetails).toEqual({});
  });
});

describe('a namespaced kind', () => {
  const provider = { flavor: 'ecr.aws.m.upbound.io' };

  test("is in the claim's namespace under a cluster-scoped composite", async () => {
    const response = await callWith({}, {}, { provider });
    expect(objectAt(response.desired.resources?.imagerepo?.resource ?? {}, 'metadata').namespace).toBe('default');
  });

  test('gets its namespace from Crossplane under a namespaced composite', async () => {
    const own = { metadata: { name: 'x', namespace: 'team-a' }, spec: { parameters: seedParameters } };
    const response = await callWith({}, {}, { provider }, own);
    expect(objectAt(response.desired.resources?.imagerepo?.resource ?? {}, 'metadata').namespace).toBeUndefined();
  });

  test('is retained by its management policies, as it has no deletionPolicy', async () => {
    const spec = specOf(await callWith({ deletion: 'Retain' }, {}, { provider }), 'imagerepo');
    expect(spec).not.toHaveProperty('deletionPolicy');
    expect(spec.managementPolicies).toEqual(['Observe', 'Create', 'Update', 'LateInitialize']);
  });
});
