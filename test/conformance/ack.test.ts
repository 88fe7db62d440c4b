import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/json/value.ts';
import { Severity } from '../../src/protocol/messages.ts';
import { call, composite, input, objectAt, REGION, request, seedParameters } from '../function/call.ts';
import { ackCrds } from '../function/schemas/ack.ts';
import { requestFor, settings } from '../function/settings-table.ts';
import { type KubeApiServer, startKubeApiServer } from './kube-apiserver.ts';

// The composed resources of ACK on a real API server, with the fields of ACK's CRDs that we use: nothing is refused or pruned, and the
// controller's status is understood.

let server: KubeApiServer;
beforeAll(async () => {
  server = await startKubeApiServer();
  for (const crd of ackCrds) await server.kubectl(['apply', '-f', '-'], JSON.stringify(crd));
  const names = ackCrds.map((crd) => `crd/${objectAt(crd, 'metadata').name}`);
  await server.kubectl(['wait', '--for=condition=Established', ...names]);
});
afterAll(() => server.stop());

const ACK = { flavor: 'ecr.services.k8s.aws' };

/** Applies an object as Crossplane does, and returns it as stored by the API server. */
async function apply(resource: JsonObject, name: string): Promise<JsonObject> {
  const object = { ...resource, metadata: { ...objectAt(resource, 'metadata'), name, namespace: 'default' } };
  const flags = [
    '--server-side',
    '--force-conflicts',
    '--field-manager=apiextensions.crossplane.io/composed/x',
    '--validate=strict',
  ];
  return JSON.parse(await server.kubectl(['apply', ...flags, '-o', 'json', '-f', '-'], JSON.stringify(object)));
}

describe('the API server keeps all fields of the composed resources of ACK', () => {
  for (const [setting, parameters] of Object.entries(settings)) {
    test(setting, async () => {
      const { desired, results } = await call(requestFor(parameters, ACK));
      const refused = results.some(({ severity }) => severity === Severity.FATAL);
      expect(refused).toBe(/^(management policies|poll interval|provider config)/.test(setting));
      for (const [name, { resource = {} }] of Object.entries(desired.resources ?? {})) {
        const stored = await apply(resource, name);
        expect(stored).toMatchObject({ kind: resource.kind, spec: objectAt(resource, 'spec') });
        expect(objectAt(stored, 'metadata', 'annotations')).toMatchObject(
          objectAt(resource, 'metadata', 'annotations'),
        );
        await server.kubectl(['delete', `${resource.kind}.ecr.services.k8s.aws/${name}`]);
      }
    });
  }
});

test('a repository is ready once the controller reports it, with its URI and account', async () => {
  const repositories = [{ name: 'image' }];
  const asked = request({ input: input({ provider: ACK, repositories }), composite: composite() });
  const first = await call(asked);
  const stored = await apply(first.desired.resources?.imagerepo?.resource ?? {}, 'image');
  const waiting = await call({
    ...asked,
    observed: { ...asked.observed, resources: { imagerepo: { resource: stored } } },
  });
  expect(waiting.conditions.find(({ type }) => type === 'RepositoriesReady')?.reason).toBe('Creating');
  const { name } = objectAt(stored, 'spec');
  const status = {
    repositoryURI: `111122223333.dkr.ecr.${REGION}.amazonaws.com/${name}`,
    ackResourceMetadata: {
      arn: `arn:aws:ecr:${REGION}:111122223333:repository/${name}`,
      ownerAccountID: '111122223333',
      region: REGION,
    },
    conditions: [{ type: 'ACK.ResourceSynced', status: 'True', lastTransitionTime: '2026-11-01T00:00:00Z' }],
  };
  const patch = [
    'patch',
    'repositories.ecr.services.k8s.aws/image',
    '--subresource=status',
    '--type=merge',
    '-o',
    'json',
  ];
  const synced: JsonObject = JSON.parse(await server.kubectl([...patch, '-p', JSON.stringify({ status })]));
  const ready = await call({
    ...asked,
    observed: { ...asked.observed, resources: { imagerepo: { resource: synced } } },
  });
  expect(objectAt(ready.desired.composite?.resource ?? {}, 'status', 'repositories', 'image')).toMatchObject({
    ready: true,
    uri: status.repositoryURI,
    registryId: '111122223333',
  });
});

test('updates of an existing rule are accepted by the API server, for any change of the claim', async () => {
  const allowed = { pullThroughCaches: { upstreams: ['a.example.com', 'b.example.com'] } };
  const rules = (upstream: string) =>
    request({
      input: input({ provider: ACK, repositories: [{ name: 'image' }], allowed }),
      composite: composite({ ...seedParameters, pullThroughCache: [{ prefix: 'mirror', upstream }] }),
    });
  const first = await call(rules('a.example.com'));
  const [name = '', { resource = {} } = {}] =
    Object.entries(first.desired.resources ?? {}).find(([one]) => one.startsWith('pullthrough')) ?? [];
  const stored = await apply(resource, name);
  const changed = { ...resource, spec: { ...objectAt(resource, 'spec'), upstreamRegistryURL: 'b.example.com' } };
  await expect(apply(changed, name)).rejects.toThrow('Value is immutable once set');
  const asked = rules('b.example.com');
  const second = await call({ ...asked, observed: { ...asked.observed, resources: { [name]: { resource: stored } } } });
  expect(await apply(second.desired.resources?.[name]?.resource ?? {}, name)).toMatchObject({ spec: stored.spec });
});

test('examples/ack/rbac.yaml grants Crossplane access to the kinds of ACK, and nothing else', async () => {
  await server.kubectl(['apply', '-f', `${import.meta.dirname}/../../examples/ack/rbac.yaml`]);
  // Crossplane's role aggregates it by its label; here it is bound to a user without other permissions.
  await server.kubectl(['create', 'clusterrolebinding', 'x', '--clusterrole=crossplane-ack-ecr', '--user=loader']);
  const may = (verb: string, resource: string) =>
    server.kubectl(['auth', 'can-i', verb, resource, '--as=loader']).then(
      () => true,
      () => false,
    );
  for (const crd of ackCrds) {
    const name = String(objectAt(crd, 'metadata').name);
    await expect.poll(() => may('patch', name)).toBe(true);
    expect(await may('delete', name)).toBe(true);
  }
  expect(await may('get', 'secrets')).toBe(false);
});
