import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { explainRequest } from '../../../src/function/explain.ts';
import type { JsonObject } from '../../../src/json/value.ts';
import { Severity } from '../../../src/protocol/messages.ts';
import { encodeRequest } from '../../../src/protocol/request.ts';
import { expectGolden } from '../../golden.ts';
import { AVAILABLE, call, condition, example, inputOf, objectAt, request } from '../call.ts';
import { answer, registry } from './registry.ts';

const exampleInput = inputOf(example('registry/composition.yaml'));
const exampleParameters = objectAt(example('registry/registry.yaml'), 'spec', 'parameters');

test('examples/registry matches its golden file', async () => {
  const { desired, results } = await call(
    request({ input: exampleInput, composite: example('registry/registry.yaml') }),
  );
  expect(results).toEqual([]);
  const documents = [
    ...Object.entries(desired.resources ?? {}).map(([name, { resource }]) => [name, resource] as const),
    ['status', desired.composite?.resource?.status] as const,
  ];
  expectGolden(
    `${import.meta.dirname}/../golden/example-registry.yaml`,
    documents.map(([name, object]) => `# ${name}\n${stringify(object, { lineWidth: 0 })}`).join('---\n'),
  );
});

test('its explanation does not mention fields of workloads', () => {
  const asked = encodeRequest(request({ input: exampleInput, composite: example('registry/registry.yaml') }));
  expect(explainRequest(asked)).toMatchObject({ provider: 'ecr.aws.upbound.io', problems: [], warnings: [] });
});

describe('registry refuses', () => {
  const { policy, replication, scanning } = exampleParameters;
  const place = { region: 'eu-west-2', providerName: 'aws-provider' };
  const rules = (rule: JsonObject) => ({ rules: [rule] });
  for (const { what, parameters, fields, message } of [
    {
      what: 'everything without a grant',
      parameters: { ...place, policy },
      fields: { registry: { settings: ['scanning'] } },
      message: /^spec\.parameters\.policy: is not granted; add policy to input\.registry\.settings/,
    },
    {
      what: 'a region that is not allowed',
      parameters: { ...place, scanning },
      fields: { allowed: { regions: ['us-east-1'] } },
      message: /^spec\.parameters\.region: is "eu-west-2", which the platform does not allow; allowed: us-east-1/,
    },
    {
      what: 'a provider config that is not allowed',
      parameters: { ...place, scanning },
      fields: { allowed: { providerConfigs: [] } },
      message: /^spec\.parameters\.providerName: is "aws-provider".*allowed: none/,
    },
    {
      what: 'replication to an account that is not allowed',
      parameters: { ...place, replication },
      fields: { allowed: { accounts: ['111122223333'] } },
      message: /^spec\.parameters\.replication\.rules\[0\]\.destinations\[0\]\.account: is "123456789012"/,
    },
    {
      what: 'replication from an account that is not allowed',
      parameters: { ...place, policy },
      fields: { allowed: { accounts: [] } },
      message: /^spec\.parameters\.policy\.replicateFrom\.accounts\[0\]: is "111122223333"/,
    },
    {
      what: 'a role of an account that is not allowed',
      parameters: {
        ...place,
        policy: { account: '123456789012', pullThroughFor: { roles: ['arn:aws:iam::999999999999:role/x'] } },
      },
      fields: { allowed: { accounts: [] } },
      message: /^spec\.parameters\.policy\.pullThroughFor\.roles\[0\]: is "999999999999"/,
    },
    {
      what: 'a prefix that is not allowed',
      parameters: { ...place, creationTemplates: [{ prefix: 'other', appliedFor: ['REPLICATION'] }] },
      fields: { allowed: { prefixes: ['tap'] } },
      message: /^spec\.parameters\.creationTemplates\[0\]\.prefix: is "other"/,
    },
    {
      what: 'a template that grants access to an account that is not allowed',
      parameters: {
        ...place,
        creationTemplates: [
          { prefix: 'tap', appliedFor: ['REPLICATION'], access: { pull: { accounts: ['999999999999'] } } },
        ],
      },
      fields: { allowed: { accounts: ['111122223333'] } },
      message: /^spec\.parameters\.creationTemplates\[0\]\.access: grants access to account 999999999999/,
    },
    {
      what: 'tags of a template without a role',
      parameters: { ...place, creationTemplates: [{ prefix: 'tap', appliedFor: ['REPLICATION'], tags: { a: 'b' } }] },
      fields: {},
      message: /^spec\.parameters\.creationTemplates\[0\]\.customRoleArn: is required with tags/,
    },
    {
      what: 'continuous scanning with BASIC',
      parameters: {
        ...place,
        scanning: { type: 'BASIC', ...rules({ frequency: 'CONTINUOUS_SCAN', repositories: ['*'] }) },
      },
      fields: {},
      message: /^spec\.parameters\.scanning\.rules\[0\]\.frequency: must not be CONTINUOUS_SCAN/,
    },
    {
      what: 'a policy for nobody',
      parameters: { ...place, policy: { account: '123456789012' } },
      fields: {},
      message: /^spec\.parameters\.policy: must have replicateFrom or pullThroughFor/,
    },
    {
      what: 'a policy that is longer than ECR allows',
      parameters: {
        ...place,
        policy: {
          account: '123456789012',
          replicateFrom: {
            accounts: ['111122223333'],
            prefixes: Array.from({ length: 60 }, (_, index) => `${'a'.repeat(250)}${index}`),
          },
        },
      },
      fields: {},
      message: /^spec\.parameters\.policy: must result in at most 10240 characters of policy text, not \d+/,
    },
    {
      what: 'an unknown field',
      parameters: { ...place, repoPrefix: 'tap' },
      fields: {},
      message: /^spec\.parameters\.repoPrefix: /,
    },
    {
      what: 'no provider config',
      parameters: { region: 'eu-west-2', scanning },
      fields: {},
      message: /^spec\.parameters\.providerName: is required/,
    },
    {
      what: 'a namespace for cluster-scoped kinds',
      parameters: { ...place, namespace: 'ecr', scanning },
      fields: {},
      message: /^spec\.parameters\.namespace: must not be set/,
    },
    {
      what: 'no namespace for namespaced kinds',
      parameters: { ...place, scanning },
      fields: { provider: { flavor: 'ecr.aws.m.upbound.io' } },
      message: /^spec\.parameters\.namespace: is required/,
    },
    {
      what: 'settings of workloads beside registry',
      parameters: { ...place, scanning },
      fields: { defaults: { deletion: 'Force' } },
      message: /^input\.registry: must not be set together with defaults/,
    },
  ] as { what: string; parameters: JsonObject; fields: JsonObject; message: RegExp }[]) {
    test(what, async () => {
      const { fatal, resources } = await answer(parameters, fields);
      expect(fatal).toMatch(message);
      expect(resources).toEqual({});
    });
  }

  test('a claim and a namespaced composite', async () => {
    for (const rest of [
      { metadata: { name: 'x', namespace: 'team' } },
      { spec: { parameters: { ...place, scanning }, claimRef: { namespace: 'team', name: 'x' } } },
    ]) {
      const composite = registry({ ...place, scanning }, rest);
      const { results } = await call(request({ input: exampleInput, composite }));
      expect(results.at(-1)?.message).toMatch(/^input\.registry: is for cluster-scoped composites without a claim/);
    }
  });

  test('settings of a registry in a step that is for workloads', async () => {
    const { results } = await call(request({ composite: registry({ ...place, scanning }) }));
    expect(results.at(-1)).toMatchObject({ severity: Severity.FATAL });
  });
});

test('is ready when all of it is ready, and reports failures', async () => {
  const parameters = { region: 'eu-west-2', providerName: 'aws-provider', scanning: { type: 'BASIC' } };
  const first = await answer(parameters);
  const [[name = '', { resource = {} }] = ['', {}]] = Object.entries(first.resources);
  expect(name).toBe('scanning-eu-west-2');
  const seen = (conditions: readonly JsonObject[]) => ({ [name]: { ...resource, status: { conditions } } });
  const ready = await answer(parameters, {}, seen(AVAILABLE));
  expect(ready.resources[name]).toMatchObject({ ready: 1 });
  expect(ready.desired.composite?.resource?.status).toEqual({
    registry: [{ kind: 'RegistryScanningConfiguration', ready: true, synced: true }],
  });
  const failing = [condition('Ready', 'False'), condition('Synced', 'False', { message: 'AccessDenied' })];
  const failed = await answer(parameters, {}, seen(failing));
  expect(failed.conditions.find(({ type }) => type === 'RepositoriesReady')?.message).toBe(
    'scanning configuration of eu-west-2: AccessDenied',
  );
});
