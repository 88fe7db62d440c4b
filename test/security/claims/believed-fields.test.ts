import { describe, expect, test } from 'vitest';
import { createFunction } from '../../../src/function/function.ts';
import type { JsonObject } from '../../../src/json/value.ts';
import { encodeRequest } from '../../../src/protocol/request.ts';
import {
  ACCOUNT,
  AVAILABLE,
  call,
  composite,
  input,
  objectAt,
  observedClassic,
  REGION,
  request,
  seedParameters,
} from '../../function/call.ts';
import { stubRegistry } from '../../function/package-cache/stub-registry.ts';

const VICTIM = 'tap/workloads/example-app-victim';
const NAMESPACED = { provider: { flavor: 'ecr.aws.m.upbound.io' }, repositories: [{ name: 'image' }] };
const SOURCE = { name: 'stolen', url: 'oci://registry.example.com/acme/app', secretRef: { name: 'robot' } };

/** A composite in the namespace of a tenant, whose author writes all of its spec. */
function namespaced(spec: JsonObject, metadata: JsonObject = {}): JsonObject {
  return {
    apiVersion: 'tap.vrabbi.cloud/v1alpha1',
    kind: 'WorkloadECRRepo',
    metadata: { name: 'app', namespace: 'tenant', ...metadata },
    spec: { parameters: seedParameters, ...spec },
  };
}

describe('a namespaced composite belongs to its own namespace, regardless of its spec and labels', () => {
  const claim = { apiVersion: 'tap.vrabbi.cloud/v1alpha1', kind: 'WorkloadECRRepo', name: 'app', namespace: 'victim' };
  const labels = { 'crossplane.io/claim-name': 'app', 'crossplane.io/claim-namespace': 'victim' };
  const attacks = [
    { attack: 'spec.claimRef of a victim', spec: { claimRef: claim }, metadata: {} },
    { attack: 'labels of a victim’s claim', spec: {}, metadata: { labels } },
    { attack: 'both', spec: { claimRef: claim }, metadata: { labels } },
  ];

  for (const { attack, spec, metadata } of attacks) {
    test(`${attack}: the names of repositories contain the namespace of the composite`, async () => {
      const fields = { input: input(NAMESPACED), composite: namespaced(spec, metadata) };
      const { desired } = await call(request({ ...fields, requiredResources: { 'repository-image': [] } }));
      const { annotations } = objectAt(desired.resources?.imagerepo?.resource ?? {}, 'metadata');
      expect(annotations).toMatchObject({ 'crossplane.io/external-name': 'tap/workloads/example-app-tenant' });
    });

    test(`${attack}: Secrets are read in the namespace of the composite`, async () => {
      const parameters = { ...seedParameters, packageCache: { sources: [SOURCE] } };
      const packageCache = { allowedRegistries: ['registry.example.com'] };
      const own = namespaced({ ...spec, parameters }, metadata);
      const { requirements } = await call(request({ input: input({ ...NAMESPACED, packageCache }), composite: own }));
      const secrets = Object.values(requirements.resources ?? {}).filter(({ kind }) => kind === 'Secret');
      expect(secrets).toMatchObject([{ matchName: 'robot', namespace: 'tenant' }]);
    });
  }

  test('a cluster-scoped composite, whose spec.claimRef Crossplane writes, belongs to the namespace of the claim', async () => {
    const { desired } = await call(request({ composite: composite(), requiredResources: { 'repository-image': [] } }));
    const { annotations } = objectAt(desired.resources?.imagerepo?.resource ?? {}, 'metadata');
    expect(annotations).toMatchObject({ 'crossplane.io/external-name': 'tap/workloads/example-app-default' });
  });
});

describe('an object that is not a repository of a provider is not evidence of a repository', () => {
  const forged = observedClassic(VICTIM, AVAILABLE);
  for (const { attack, observed, believed } of [
    { attack: 'a repository of the provider', observed: forged, believed: true },
    { attack: 'an object of another kind', observed: { ...forged, kind: 'LifecyclePolicy' }, believed: false },
    {
      attack: 'an object of the core API',
      observed: { ...forged, apiVersion: 'v1', kind: 'ConfigMap' },
      believed: false,
    },
    { attack: 'an object of another API', observed: { ...forged, apiVersion: 'example.org/v1' }, believed: false },
    {
      attack: 'an object of an API with a similar name',
      observed: { ...forged, apiVersion: 'ecr.aws.crossplane.io.example.org/v1beta1' },
      believed: false,
    },
  ]) {
    test(`${attack}: ${believed ? 'accepted' : 'ignored'}`, async () => {
      const { desired } = await call(request({ observed: { imagerepo: observed } }));
      const status = objectAt(desired.composite?.resource ?? {}, 'status', 'repositories', 'image');
      expect({ ready: status.ready, named: 'uri' in status }).toEqual({ ready: believed, named: believed });
    });
  }
});

test('a repository that claims another name does not become the workload’s own under that name', async () => {
  const registry = stubRegistry();
  const run = createFunction({ artifacts: registry.artifacts });
  const name = 'tap/workloads/example-app-default';
  const forged = (uri: string) => {
    const resource = observedClassic(`${name}-bundle`, AVAILABLE);
    const status = objectAt(resource, 'status');
    return {
      ...resource,
      status: { ...status, atProvider: { ...objectAt(status, 'atProvider'), repositoryUri: uri } },
    };
  };
  const asked = async (uri: string) => {
    registry.asked.length = 0;
    const parameters = { ...seedParameters, packageCache: { sources: [{ name: 'cfg' }] } };
    const observed = { imagerepo: observedClassic(name, AVAILABLE), bundlerepo: forged(uri) };
    await run(encodeRequest(request({ composite: composite(parameters), observed, requiredResources: {} })));
    return registry.asked.map(({ request: { repository } }) => repository.repository);
  };
  const host = `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com`;
  expect(await asked(`${host}/${name}-bundle`)).toEqual([`${name}-bundle`]);
  for (const path of ['payroll/secret', `payroll/${name}-bundle`, `${name}-bundle/../../x`, `${name}-bundle2`, '']) {
    expect(await asked(`${host}/${path}`)).not.toContain(path);
  }
});
