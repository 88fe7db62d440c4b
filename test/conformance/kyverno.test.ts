import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments, stringify } from 'yaml';
import { isList, isObject, type JsonObject } from '../../src/json/value.ts';
import { call, claimed, example, inputOf, objectAt, request, seedParameters } from '../function/call.ts';
import { toolPath } from '../tools/index.ts';
import { type KubeApiServer, startKubeApiServer } from './kube-apiserver.ts';

const kyverno = toolPath('kyverno');
const root = `${import.meta.dirname}/../..`;
const folder = `${root}/examples/kyverno`;
const work = mkdtempSync(join(tmpdir(), 'kyverno-'));
afterAll(() => rmSync(work, { recursive: true }));

/** The objects that the policy generates for a resource, by the kyverno CLI without a cluster. */
async function generate(policy: string, resource: string): Promise<JsonObject[]> {
  const namespaces = ['-f', `${folder}/namespaces.yaml`, '--context-file', `${folder}/context.yaml`];
  return run(policy, '--resource', resource, ...namespaces);
}

async function run(policy: string, ...args: readonly string[]): Promise<JsonObject[]> {
  const out = mkdtempSync(join(work, 'out-'));
  await promisify(execFile)(kyverno, ['apply', `${folder}/${policy}`, ...args, '-o', out]);
  const texts = readdirSync(out).map((file) => readFileSync(join(out, file), 'utf8'));
  return texts.flatMap((text) => parseAllDocuments(text).map((document) => document.toJS())).filter(Boolean);
}

const MAX_CLAIM_NAME = 63;
const LONG_NAMES = [
  { what: '53 characters', name: 'n'.repeat(53) },
  { what: 'another suffix', name: `${'n'.repeat(53)}m` },
  { what: '54 characters', name: 'n'.repeat(54) },
  { what: 'a cut after a dot', name: `${'n'.repeat(43)}.${'m'.repeat(30)}` },
  { what: 'a cut after a dash', name: `${'n'.repeat(43)}-${'m'.repeat(30)}` },
  { what: 'many characters', name: `${'n'.repeat(60)}.${'m'.repeat(60)}` },
];

function namesOf(resources: Readonly<Record<string, { readonly resource?: JsonObject | undefined }>> | undefined) {
  return Object.values(resources ?? {}).map(({ resource }) => {
    return objectAt(resource ?? {}, 'metadata', 'annotations')['crossplane.io/external-name'];
  });
}

const input = inputOf(example('claim/composition.yaml'));

describe('the policy for TAP Workloads', () => {
  const policy = 'workload-policy.yaml';

  test("creates the seed's claim in the Workload's namespace, owned by the Workload", async () => {
    const [claim, ...others] = await generate(policy, `${folder}/workload.yaml`);
    expect(others).toEqual([]);
    expect(claim).toMatchObject({
      apiVersion: 'tap.vrabbi.cloud/v1alpha1',
      kind: 'WorkloadECRRepo',
      metadata: {
        name: 'example-app-ecr-repos',
        namespace: 'default',
        ownerReferences: [
          { kind: 'Workload', name: 'example-app', uid: objectAt(example('kyverno/workload.yaml'), 'metadata').uid },
        ],
      },
      spec: { parameters: seedParameters },
    });
  });

  test('creates a claim for which render composes the repositories of the seed', async () => {
    const [claim] = await generate(policy, `${folder}/workload.yaml`);
    const file = join(work, 'claim.yaml');
    writeFileSync(file, stringify(claim));
    const { stdout } = await promisify(execFile)(process.execPath, [
      `${root}/dist/main.js`,
      'render',
      file,
      `${root}/examples/claim/composition.yaml`,
    ]);
    const rendered: JsonObject[] = parseAllDocuments(stdout).map((document) => document.toJS());
    const repositories = rendered.filter(({ kind }) => kind === 'Repository').map((resource) => ({ resource }));
    expect(namesOf(Object.fromEntries(repositories.entries()))).toEqual([
      'tap/workloads/example-app-default-bundle',
      'tap/workloads/example-app-default',
    ]);
  });
});

describe.each([{ policy: 'deployment-policy.yaml' }, { policy: 'deployment-generating-policy.yaml' }])(
  'the policy for Deployments: $policy',
  ({ policy }) => {
    test('reads label, annotation and namespace of a Deployment that opts in', async () => {
      const [claim] = await generate(policy, `${folder}/deployment.yaml`);
      expect(objectAt(claim ?? {}, 'spec').parameters).toEqual({
        workloadName: 'shop',
        region: 'eu-central-1',
        repoPrefix: 'team-a',
        providerName: 'aws-provider',
        deletion: 'Retain',
      });
      const response = await call(request({ input, composite: claimed(claim ?? {}) }));
      expect(namesOf(response.desired.resources)).toEqual(['team-a/shop-team-a', 'team-a/shop-team-a-bundle']);
      expect(objectAt(response.desired.resources?.imagerepo?.resource ?? {}, 'spec').deletionPolicy).toBe('Orphan');
    });

    test('ignores a Deployment without the label', async () => {
      const plain = join(work, 'plain.yaml');
      const text = readFileSync(`${folder}/deployment.yaml`, 'utf8');
      writeFileSync(plain, text.replace('repositories: "true"', 'repositories: "false"'));
      expect(await generate(policy, plain)).toEqual([]);
    });
  },
);

/** The CRD of a kind without a schema; names have at most `maxLength` characters, as those of claims do. */
function crdOf(group: string, kind: string, plural: string, maxLength = 253): JsonObject {
  const metadata = { type: 'object', properties: { name: { type: 'string', maxLength } } };
  const openAPIV3Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true, properties: { metadata } };
  const version = { name: 'v1alpha1', served: true, storage: true, schema: { openAPIV3Schema } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: { group, scope: 'Namespaced', names: { kind, plural, singular: kind.toLowerCase() }, versions: [version] },
  };
}

describe('on a real API server', () => {
  let server: KubeApiServer;
  const inCluster = (policy: string) => run(policy, '--cluster', '--kubeconfig', server.kubeconfig.admin);
  const apply = (object: JsonObject) => server.kubectl(['apply', '-f', '-'], JSON.stringify(object));
  const workload = example('kyverno/workload.yaml');
  const deployment = example('kyverno/deployment.yaml');
  const renamed = (object: JsonObject, name: string) => ({
    ...object,
    metadata: { ...objectAt(object, 'metadata'), name },
  });
  const nameOf = (object: JsonObject) => String(objectAt(object, 'metadata').name);

  beforeAll(async () => {
    server = await startKubeApiServer();
    await apply(crdOf('carto.run', 'Workload', 'workloads'));
    await apply(crdOf('tap.vrabbi.cloud', 'WorkloadECRRepo', 'workloadecrrepos', MAX_CLAIM_NAME));
    await server.kubectl(['wait', '--for=condition=Established', 'crd', '--all']);
    const resources = objectAt(example('kyverno/context.yaml'), 'spec').resources;
    for (const namespace of isList(resources) ? resources.filter(isObject) : []) await apply(namespace);
    for (const object of [workload, deployment]) {
      await apply(object);
      for (const { name } of LONG_NAMES) await apply(renamed(object, name));
    }
  });
  afterAll(() => server.stop());

  for (const { kind, object } of [
    { kind: 'workload', object: workload },
    { kind: 'deployment', object: deployment },
  ]) {
    test(`both forms of the policy for a ${kind} create the same claims, which the API server accepts`, async () => {
      const claims = await inCluster(`${kind}-generating-policy.yaml`);
      expect(claims).toHaveLength(1 + LONG_NAMES.length);
      for (const name of [nameOf(object), ...LONG_NAMES.map((one) => one.name)]) {
        const file = join(mkdtempSync(join(work, 'resource-')), 'resource.yaml');
        writeFileSync(file, stringify(renamed(object, name)));
        const [plain = {}] = await generate(`${kind}-policy.yaml`, file);
        const same = claims.find((claim) => nameOf(claim) === nameOf(plain));
        expect(same?.spec).toEqual(plain.spec);
        expect(objectAt(same ?? {}, 'metadata').ownerReferences).toMatchObject([{ name, kind: object.kind }]);
        if (name.length <= 53) expect(nameOf(plain)).toBe(`${name}-ecr-repos`);
        await apply(plain);
      }
      // A name from before names were cut.
      const long = renamed(claims[0] ?? {}, `${'n'.repeat(54)}-ecr-repos`);
      await expect(apply(long)).rejects.toThrow('63');
    });
  }

  test('names with the same beginning result in different claims', async () => {
    const claims = await inCluster('workload-generating-policy.yaml');
    expect(new Set(claims.map(nameOf)).size).toBe(claims.length);
  });

  test('claims of users must be for the region and below the prefix of their namespace', async () => {
    await server.kubectl(['delete', 'workloadecrrepos', '--all', '--all-namespaces']);
    const claim = example('claim/claim.yaml');
    const cases = {
      'of-default': { namespace: 'default' },
      'as-given': { namespace: 'team-a', region: 'eu-central-1', repoPrefix: 'team-a' },
      'below-it': { namespace: 'team-a', region: 'eu-central-1', repoPrefix: 'team-a/sub' },
      'left-out': { namespace: 'team-a', region: undefined, repoPrefix: undefined },
      'other-region': { namespace: 'team-a', region: 'eu-west-1', repoPrefix: 'team-a' },
      'other-prefix': { namespace: 'team-a', region: 'eu-central-1', repoPrefix: 'team-ab' },
    };
    for (const [name, { namespace, ...parameters }] of Object.entries(cases)) {
      const spec = { parameters: { ...objectAt(claim, 'spec', 'parameters'), ...parameters } };
      await apply({ ...claim, metadata: { name, namespace }, spec });
    }
    // In a region that the namespace no longer has: if it were refused, it could never be deleted.
    const parameters = { ...objectAt(claim, 'spec', 'parameters'), region: 'eu-west-1' };
    const leaving = { name: 'leaving', namespace: 'team-a', finalizers: ['example.com/hold'] };
    await apply({ ...claim, metadata: leaving, spec: { parameters } });
    await server.kubectl(['delete', 'workloadecrrepos', 'leaving', '-n', 'team-a', '--wait=false']);
    const args = [
      'apply',
      `${folder}/claim-validating-policy.yaml`,
      '--cluster',
      '--kubeconfig',
      server.kubeconfig.admin,
    ];
    const failed: { readonly stdout?: string } = await promisify(execFile)(kyverno, args).catch((error) => error);
    const refused = [...Object.keys(cases), 'leaving'].filter((name) => failed.stdout?.includes(`/${name} `));
    expect(refused, failed.stdout).toEqual(['other-region', 'other-prefix']);
    expect(failed.stdout).toContain('spec.parameters.region must be eu-central-1, the region of the namespace');
    expect(failed.stdout).toContain(
      'spec.parameters.repoPrefix must be team-a, the prefix of the namespace, or below it',
    );
  });
});
