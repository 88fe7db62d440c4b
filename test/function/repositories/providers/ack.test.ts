import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../../src/json/value.ts';
import { Ready, Severity, Status } from '../../../../src/protocol/messages.ts';
import { ACCOUNT, composite, condition, objectAt, REGION, seedParameters } from '../../call.ts';
import { ACK, ARN, callWith, imageOf, NAME, observedAck, SYNCED, URI } from './ack-setup.ts';

describe('a Repository of ACK', () => {
  test('has its name, policies and tags in its spec, the rest in annotations, and no separate objects', async () => {
    const response = await callWith({
      deletion: 'Force',
      imageTags: { mutability: 'Immutable', except: ['latest'] },
      scanOnPush: true,
      encryption: { type: 'KMS' },
      tags: { team: 'a', app: 'b' },
      lifecycle: { keepLast: 9 },
      access: { pull: { accounts: ['111122223333'] } },
    });
    expect(Object.keys(response.desired.resources ?? {})).toEqual(['imagerepo']);
    expect(imageOf(response)).toEqual({
      apiVersion: 'ecr.services.k8s.aws/v1alpha1',
      kind: 'Repository',
      metadata: {
        annotations: {
          'services.k8s.aws/region': REGION,
          'services.k8s.aws/deletion-policy': 'delete',
          'services.k8s.aws/adoption-policy': 'adopt-or-create',
          'ecr.services.k8s.aws/force-delete': 'true',
        },
        labels: { region: REGION, 'workload-ecr.fn.crossplane.io/repository': expect.stringMatching(/^[0-9a-f]{40}$/) },
      },
      spec: {
        name: NAME,
        imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
        imageTagMutabilityExclusionFilters: [{ filter: 'latest', filterType: 'WILDCARD' }],
        imageScanningConfiguration: { scanOnPush: true },
        encryptionConfiguration: { encryptionType: 'KMS' },
        lifecyclePolicy: expect.stringMatching(/^\{"rules":\[.*"countNumber":9/),
        policy: expect.stringMatching(/^\{"Version":"2012-10-17".*111122223333:root/),
        tags: [
          { key: 'app', value: 'b' },
          { key: 'team', value: 'a' },
        ],
      },
    });
  });

  test.each([
    { deletion: 'Retain', want: { 'services.k8s.aws/deletion-policy': 'retain' } },
    { deletion: 'IfEmpty', want: { 'services.k8s.aws/deletion-policy': 'delete' } },
    {
      deletion: 'Force',
      want: { 'services.k8s.aws/deletion-policy': 'delete', 'ecr.services.k8s.aws/force-delete': 'true' },
    },
  ])('has the deletion policy of $deletion', async ({ deletion, want }) => {
    const annotations = objectAt(imageOf(await callWith({ deletion })), 'metadata', 'annotations');
    expect(Object.fromEntries(Object.entries(annotations).filter(([key]) => key.includes('delet')))).toEqual(want);
  });

  test('of a claim is in the namespace of the claim', async () => {
    const response = await callWith({}, {}, {}, composite());
    expect(objectAt(imageOf(response), 'metadata').namespace).toBe('default');
  });

  test('of a cluster-scoped composite without a claim is refused: it would have no namespace', async () => {
    const response = await callWith({}, {}, {}, { ...composite(), spec: { parameters: seedParameters } });
    expect(response.results.at(-1)?.message).toMatch(
      /^metadata\.namespace: is required, since the kinds of ecr\.services/,
    );
  });
});

describe('the status of ACK', () => {
  for (const { what, observed, ready, message } of [
    { what: 'is empty', observed: observedAck([], {}, { status: {} }), ready: false },
    { what: 'synced', observed: observedAck([SYNCED]), ready: true },
    {
      what: 'is synced before the account is known',
      observed: observedAck([SYNCED], {}, { status: { conditions: [SYNCED] } }),
      ready: false,
    },
    {
      what: 'is not synced yet',
      observed: observedAck([condition('ACK.ResourceSynced', 'False', { message: 'late' })]),
      ready: false,
    },
    {
      what: 'is terminal',
      observed: observedAck([
        condition('ACK.ResourceSynced', 'False'),
        condition('ACK.Terminal', 'True', { message: 'InvalidParameterException' }),
        condition('ACK.Recoverable', 'True', { message: 'later' }),
      ]),
      ready: false,
      message: 'InvalidParameterException',
    },
    {
      what: 'is a recoverable error',
      observed: observedAck([condition('ACK.Recoverable', 'True', { message: 'AccessDenied' })]),
      ready: false,
      message: 'AccessDenied',
    },
    {
      what: 'is recovered',
      observed: observedAck([SYNCED, condition('ACK.Recoverable', 'False')]),
      ready: true,
    },
  ]) {
    test(`${what}: ${ready ? 'ready' : 'not ready'}`, async () => {
      const response = await callWith({}, { imagerepo: observed });
      expect(response.desired.resources?.imagerepo?.ready).toBe(ready ? Ready.TRUE : Ready.FALSE);
      const image = objectAt(response.desired.composite?.resource ?? {}, 'status', 'repositories', 'image');
      expect(image).toMatchObject({ ready, name: NAME, ...(message && { message, synced: false }) });
      if (ready) expect(image).toMatchObject({ uri: URI, arn: ARN, registryId: ACCOUNT, synced: true });
      const told = response.conditions.find(({ type }) => type === 'RepositoriesReady');
      expect(told?.reason).toBe(ready ? 'Available' : message ? 'RepositoryNotReady' : 'Creating');
    });
  }

  test('a repository keeps its name, region and encryption', async () => {
    const response = await callWith(
      { workloadName: 'other', region: 'eu-central-1', encryption: { type: 'KMS' }, repoPrefix: 'tap/workloads' },
      { imagerepo: observedAck([SYNCED]) },
    );
    expect(imageOf(response)).toMatchObject({
      metadata: { annotations: { 'services.k8s.aws/region': REGION } },
      spec: { name: NAME, encryptionConfiguration: { encryptionType: 'AES256' } },
    });
    const told = response.conditions.find(({ type }) => type === 'SettingsApplied');
    expect(told).toMatchObject({ status: Status.FALSE, reason: 'CannotChange' });
    for (const part of ['keeps its name', `remains in ${REGION}`, 'remains encrypted'])
      expect(told?.message).toContain(part);
  });

  test('a policy that is no longer configured is removed from the spec, and ACK removes it from the repository', async () => {
    const seen = observedAck([SYNCED], {}, { spec: { name: NAME, lifecyclePolicy: '{"rules":[]}', policy: '{}' } });
    expect(Object.keys(objectAt(imageOf(await callWith({}, { imagerepo: seen })), 'spec'))).toEqual(['name']);
  });
});

test('providerName is neither required nor read', async () => {
  const allowed = { providerConfigs: ['aws-provider'] };
  const fatal = async (providerName: string | undefined, provider = ACK) => {
    const { results } = await callWith({ providerName }, {}, { provider, allowed });
    return results.find(({ severity }) => severity === Severity.FATAL)?.message;
  };
  expect(await fatal(undefined)).toBeUndefined();
  expect(await fatal('other')).toBeUndefined();
  const upjet = { flavor: 'ecr.aws.m.upbound.io' };
  expect(await fatal(undefined, upjet)).toMatch(/^spec\.parameters\.providerName: is required/);
  expect(await fatal('other', upjet)).toMatch(/^spec\.parameters\.providerName: is "other"/);
});

test('a version of other flavors is refused', async () => {
  const { results } = await callWith({}, {}, { provider: { ...ACK, version: 'v1beta1' } });
  expect(results.at(-1)?.message).toBe(
    'input.provider.version: must be omitted: ecr.services.k8s.aws has v1alpha1 only (it is "v1beta1")',
  );
});

describe('settings that ACK does not support are refused', () => {
  const refusal = async (parameters: JsonObject) => {
    const { results } = await callWith(parameters);
    return results.find(({ severity }) => severity === Severity.FATAL)?.message;
  };

  test('management policies', async () => {
    expect(await refusal({ managementPolicies: ['Observe'] })).toBe(
      'spec.parameters.managementPolicies: limits the allowed actions, which ecr.services.k8s.aws cannot express; remove it, or use another provider flavor',
    );
    expect(await refusal({ managementPolicies: ['*'] })).toBeUndefined();
  });

  test.each(['ProviderConfig', 'ClusterProviderConfig'])('a %s', async (providerKind) => {
    expect(await refusal({ providerKind })).toBe(
      `spec.parameters.providerKind: is ${providerKind}, which ecr.services.k8s.aws does not have: its controller has one identity for each namespace; remove it`,
    );
  });

  test('tags that its controller sets', async () => {
    expect(await refusal({ tags: { 'services.k8s.aws/namespace': 'x' } })).toMatch(/which the provider sets itself/);
  });
});

describe('a pull-through cache rule of ACK', () => {
  const rule = { prefix: 'mirror', upstream: 'a.example.com' };
  const allowed = { pullThroughCaches: { upstreams: ['a.example.com', 'b.example.com'] } };

  test('keeps the fields that its CRD makes immutable', async () => {
    const first = await callWith({ pullThroughCache: [rule] }, {}, { allowed });
    const [name = ''] = Object.keys(first.desired.resources ?? {}).filter((one) => one.startsWith('pullthrough'));
    const observed = { [name]: first.desired.resources?.[name]?.resource ?? {} };
    const changed = [{ ...rule, upstream: 'b.example.com', upstreamPrefix: 'team', credentialArn: undefined }];
    const second = await callWith({ pullThroughCache: changed, region: 'eu-central-1', repoPrefix: 'tap' }, observed, {
      allowed,
    });
    expect(second.desired.resources?.[name]?.resource).toEqual(observed[name]);
    expect(second.conditions.at(-1)?.message).toContain(
      'the pull-through cache rule for mirror keeps region eu-west-2, upstreamRegistryUrl a.example.com, upstreamRepositoryPrefix unset',
    );
  });
});
