import fc from 'fast-check';
import { claimXrd, inputCrd } from '../../package/generate/documents.ts';
import { isList, isObject, type Json, type JsonObject } from '../../src/json/value.ts';
import { encodeRequest } from '../../src/protocol/request.ts';
import { composite, input, objectAt, request } from '../function/call.ts';
import { flavors, settings } from '../function/settings-table.ts';
import { fromSchema, type Hints } from './from-schema.ts';
import { mutatedJson } from './json.ts';
import { lifecyclePolicy, repositoryPolicy } from './policies.ts';

/** A claim, the Input beside it and where the composite is: what a case of the function is made of. */
export interface ClaimCase {
  readonly parameters: Json;
  readonly input: Json;
  readonly provider: string;
  readonly namespace: string;
}

/** What claims and Inputs may hold, as it is generated for their definitions. */
export const parametersSchema = objectAt(openApi(claimXrd()), 'properties', 'spec', 'properties', 'parameters');
export const inputSchema = openApi(inputCrd());

/** The schema of the only version of a definition. */
function openApi(definition: JsonObject): JsonObject {
  const { versions } = objectAt(definition, 'spec');
  const [version] = isList(versions) ? versions.filter(isObject) : [];
  return objectAt(version ?? {}, 'schema', 'openAPIV3Schema');
}

const word = fc.stringMatching(/^[a-z][a-z0-9]{0,10}(-[a-z0-9]{1,6})?$/);
const host = fc.constantFrom(
  'registry.example.com',
  'registry.example.com:5000',
  '123456789012.dkr.ecr.eu-west-2.amazonaws.com',
  '127.0.0.1:5000',
  'localhost',
  '169.254.169.254',
);
const duration = fc.constantFrom('10m', '90s', '1h30m', '500ms', '0s', '9999999h', '1.5h', '5 minutes');
const path = fc.array(word, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));

/** What the table of settings has for a field. */
function setting(name: string): fc.Arbitrary<Json> {
  const values = Object.values(settings).flatMap(({ [name]: value }) => (value === undefined ? [] : [value]));
  return fc.constantFrom(...values);
}

const hints: Hints = {
  workloadName: fc.oneof(
    { weight: 8, arbitrary: word },
    { weight: 1, arbitrary: fc.constantFrom('a.b', 'A', '-x', 'x'.repeat(64)) },
  ),
  repoPrefix: fc.oneof(
    { weight: 6, arbitrary: path },
    { weight: 1, arbitrary: fc.tuple(host, path).map(([registry, below]) => `${registry}/${below}`) },
    { weight: 1, arbitrary: fc.constantFrom('/', 'a//b', 'a/', '{workload}', 'x'.repeat(255)) },
  ),
  region: fc.oneof(
    { weight: 6, arbitrary: fc.constant('eu-west-2') },
    { weight: 1, arbitrary: fc.constantFrom('us-east-1', 'cn-north-1', 'us-gov-west-1', 'us-iso-east-1') },
  ),
  providerName: fc.oneof({ weight: 8, arbitrary: word }, { weight: 1, arbitrary: fc.constantFrom('a_b', 'A', ' ') }),
  suffix: fc.oneof(
    { weight: 3, arbitrary: word.map((text) => `-${text}`) },
    { weight: 1, arbitrary: fc.constantFrom('', '/x', '.', '--') },
  ),
  url: fc.tuple(host, path).map(([registry, below]) => `oci://${registry}/${below}`),
  interval: duration,
  timeout: duration,
  ttl: duration,
  tag: fc.constantFrom('latest', 'v1.2.3', '1.0.0-rc.1'),
  semver: fc.constantFrom('>=1.0.0 <2', '^1', '1.x || 3', '~1.2.3-0'),
  semverFilter: fc.constantFrom('^v', '.*-alpine$', '(a|b)*c', '['),
  digest: fc.constant(`sha256:${'ab'.repeat(32)}`),
  ignore: fc.constantFrom('*.md', '**/x\n!y', '[a-', '/'),
  nameTemplate: fc.constantFrom(
    '{prefix}/{workload}-{namespace}{suffix}',
    '{prefix}/{namespace}/{workload}/{repository}',
    '{workload}{suffix}',
    '{workload}/{repository}',
    '{prefix}',
    '{Workload}{suffix}',
  ),
  providerConfigName: word,
  namespace: word,
  managementPolicies: fc.constantFrom<Json>(['*'], ['Observe'], ['Create', 'Observe', 'Update', 'LateInitialize']),
  content: fc.constantFrom('layer', 'layer', 'image', 'package'),
  kmsKey: fc.constant('arn:aws:kms:eu-west-2:123456789012:key/0b8f6f5e-2a34-4c6e-9a53-4d1f0c9b7a21'),
  access: setting('access'),
  lifecycle: setting('lifecycle'),
  encryption: setting('encryption'),
  'access.policy': repositoryPolicy,
  'lifecycle.policy': lifecyclePolicy,
  provider: fc.constantFrom<Json>('generic', 'aws'),
};

const REQUIRED = ['workloadName', 'repoPrefix', 'region', 'providerName'];

/** Settings of the table beside whatever the schema gives: most claims have only few of them. */
const parameters = fc
  .tuple(
    fromSchema({ ...parametersSchema, required: REQUIRED }, hints),
    fc.subarray(Object.values(settings), { maxLength: 2 }),
  )
  .map(([own, some]): Json => (isObject(own) ? Object.assign({}, own, ...some) : own));

/** Inputs that the schema gives, a provider aside. */
const anyInput = fromSchema(inputSchema, { ...hints, provider: fc.constantFrom(...Object.values(flavors)) }).map(
  (own): Json => (isObject(own) ? { ...own, ...input() } : own),
);

/** Inputs that allow claims most things. */
const openInput: fc.Arbitrary<Json> = fc
  .record(
    {
      nameConflicts: fc.constantFrom('Refuse', 'Ignore'),
      allowed: fc.record(
        { accounts: fc.constant(['111122223333']), regions: fc.constant(['eu-west-2']) },
        { requiredKeys: [] },
      ),
      packageCache: fc.constant(openPackageCache()),
      repositories: fc.constantFrom<Json>([{ name: 'image' }], [{ name: 'image' }, { name: 'bundle' }]),
    },
    { requiredKeys: ['packageCache'] },
  )
  .map((fields) => input(fields));

/** What lets sources of all registries through. */
function openPackageCache(): JsonObject {
  return {
    allowedRegistries: ['registry.example.com', 'registry.example.com:5000', '127.0.0.1:5000'],
    allowLocalAddresses: true,
    allowInsecure: true,
  };
}

const provider = fc.constantFrom(...Object.keys(flavors));
const namespace = fc.oneof(
  { weight: 8, arbitrary: word },
  { weight: 1, arbitrary: fc.constantFrom('a'.repeat(63), 'a--b', '0') },
);

/** Claims whose Input is right and open, with something wrong in every fourth. */
export const claimCase: fc.Arbitrary<ClaimCase> = fc.record({
  parameters: fc.oneof({ weight: 3, arbitrary: parameters }, { weight: 1, arbitrary: mutatedJson(parameters) }),
  input: openInput,
  provider,
  namespace,
});

/** Inputs of all kinds, with claims that are mostly right. */
export const inputCase: fc.Arbitrary<ClaimCase> = fc.record({ parameters, input: anyInput, provider, namespace });

/** The Input of a case, its provider filled in where it has none. */
export function inputOfCase({ input: own, provider: name }: ClaimCase): JsonObject {
  const fields = isObject(own) ? own : { spec: own };
  return { provider: flavors[name], ...fields };
}

/** The composite of a case: the claim's, or a namespaced one where the provider's kinds are. */
export function compositeOfCase({ parameters: own, namespace: name, provider: flavor }: ClaimCase): JsonObject {
  if (flavor !== 'ecr.aws.m.upbound.io') {
    const claimed = composite(own);
    return { ...claimed, spec: { claimRef: { namespace: name }, parameters: own } };
  }
  return {
    apiVersion: 'tap.vrabbi.cloud/v1alpha1',
    kind: 'WorkloadECRRepo',
    metadata: { name: 'example-app-repos', namespace: name, uid: 'c7a1d0b6-2f0c-4d0e-8d53-7a4e6c9b1d22' },
    spec: { parameters: own },
  };
}

/** First requests of cases, encoded. */
export const claimRequest: fc.Arbitrary<Uint8Array> = fc
  .oneof(claimCase, inputCase)
  .map((one) => encodeRequest(request({ input: inputOfCase(one), composite: compositeOfCase(one) })));
