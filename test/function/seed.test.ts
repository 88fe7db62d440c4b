import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { Resource } from '../../src/protocol/messages.ts';
import { expectGolden } from '../golden.ts';
import {
  AVAILABLE,
  call,
  composite,
  condition,
  example,
  inputOf,
  objectAt,
  observedClassic,
  request,
  seedParameters,
} from './call.ts';

const IMAGE = 'tap/workloads/example-app-default';
const input = inputOf(example('claim/composition.yaml'));

const CREATING = [condition('Ready', 'False', { reason: 'Creating' }), condition('Synced', 'True')];

describe('the claim of the seed, through the Composition of examples/claim', () => {
  for (const { name, observed } of [
    { name: 'fresh', observed: {} },
    { name: 'partly-observed', observed: { imagerepo: observedClassic(IMAGE, CREATING) } },
    {
      name: 'all-ready',
      observed: {
        imagerepo: observedClassic(IMAGE, AVAILABLE),
        bundlerepo: observedClassic(`${IMAGE}-bundle`, AVAILABLE),
      },
    },
  ]) {
    test(`creates the repositories of the seed's Composition: ${name}`, async () => {
      const response = await call(request({ input, observed, meta: { tag: 'seed', capabilities: [1, 2, 3, 4, 5] } }));
      expectGolden(`${import.meta.dirname}/golden/seed-${name}.yaml`, stringify(response, { lineWidth: 0 }));
    });
  }

  test('creates repositories of the same names for a namespaced composite of the same manifest', async () => {
    const provider = { flavor: 'ecr.aws.m.upbound.io' };
    const { resources } = (
      await call(request({ input: { ...input, provider }, composite: example('claim/claim.yaml') }))
    ).desired;
    const names = Object.values(resources ?? {}).map(
      ({ resource }) => objectAt(resource ?? {}, 'metadata').annotations,
    );
    expect(names).toEqual([IMAGE, `${IMAGE}-bundle`].map((name) => ({ 'crossplane.io/external-name': name })));
  });

  test('returns the same bytes for the same request, and for the same parameters in another order', async () => {
    const reversed = Object.fromEntries(Object.entries(seedParameters).reverse());
    const responses = [await call(request({ input })), await call(request({ input }))];
    responses.push(await call(request({ input, composite: composite(reversed) })));
    expect(new Set(responses.map((response) => JSON.stringify(response))).size).toBe(1);
  });
});

describe('the memory of a composite', () => {
  for (const { name, uid } of [
    { name: 'by its uid', uid: 'c7a1d0b6-2f0c-4d0e-8d53-7a4e6c9b1d22' },
    { name: 'by its name, if it is not in a cluster', uid: undefined },
  ]) {
    test(`is valid until its claim's namespace or parameters change: ${name}`, async () => {
      const nameIn = async (namespace: string, workloadName: string) => {
        const { metadata, ...rest } = composite({ ...seedParameters, workloadName });
        const bound = {
          ...rest,
          metadata: { ...objectAt({ metadata: metadata ?? {} }, 'metadata'), uid },
          spec: { ...objectAt(rest, 'spec'), claimRef: { namespace } },
        };
        const { resources } = (await call(request({ input, composite: bound }))).desired;
        return objectAt(resources?.imagerepo?.resource ?? {}, 'metadata', 'annotations')['crossplane.io/external-name'];
      };
      expect(await nameIn('a', 'app')).toBe('tap/workloads/app-a');
      expect(await nameIn('b', 'app')).toBe('tap/workloads/app-b');
      expect(await nameIn('b', 'other')).toBe('tap/workloads/other-b');
      expect(await nameIn('a', 'app')).toBe('tap/workloads/app-a');
    });
  }
});

describe('a request’s other content', () => {
  const earlier: Resource = {
    resource: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'earlier' }, data: { a: '1' } },
    connectionDetails: { key: Buffer.from([0, 255]) },
    ready: 1,
  };
  const context = { 'example.org/earlier': { number: 1.5, list: [null, true] } };
  const composed = {
    resource: { ...composite(), status: { earlier: { count: 3 }, repositories: { other: { ready: true } } } },
  };

  test('is returned: desired resources, the desired status and the context of earlier steps', async () => {
    const response = await call(request({ desired: { composite: composed, resources: { earlier } }, context }));
    expect(response.desired.resources?.earlier).toEqual(earlier);
    expect(response.context).toMatchObject(context);
    expect(response.desired.composite?.resource?.status).toMatchObject({
      earlier: { count: 3 },
      repositories: { other: { ready: true }, image: { name: IMAGE, ready: false } },
    });
  });

  test('is unchanged when the function refuses', async () => {
    const desired = { composite: composed, resources: { earlier } };
    const response = await call(request({ desired, context, composite: composite({}) }));
    expect(response.results.map(({ severity }) => severity)).toEqual([2, 1]);
    expect(response.desired.resources).toEqual({ earlier });
    expect(response.desired.composite).toEqual({ ...composed, connectionDetails: {}, ready: 0 });
    expect(response.context).toEqual(context);
  });

  test('is not replaced when an earlier step used the name of our resource', async () => {
    const response = await call(request({ desired: { resources: { imagerepo: earlier } } }));
    expect(response.desired.resources).toEqual({ imagerepo: earlier });
    expect(response.results.at(-1)).toMatchObject({
      severity: 1,
      message:
        'input.resourceNamePrefix: an earlier step, which runs a function, composes "imagerepo", a ConfigMap of v1, a name that this step also uses; give each step that runs this function a unique resourceNamePrefix, such as west-, or rename the resource of the earlier step',
    });
  });
});
