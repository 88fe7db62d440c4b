import { describe, expect, test } from 'vitest';
import { example, objectAt } from '../call.ts';
import { ackCrds } from '../schemas/ack.ts';
import { schemasOf } from '../schemas/checks.ts';
import { upjetCrds } from '../schemas/upjet.ts';
import { answer, UPJET } from './registry.ts';

const schemas = schemasOf([...upjetCrds, ...ackCrds]);
const exampleParameters = objectAt(example('registry/registry.yaml'), 'spec', 'parameters');

describe('each flavor', () => {
  for (const { provider, place, kinds, refused } of [
    { provider: UPJET, place: {}, kinds: 5, refused: undefined },
    { provider: { ...UPJET, version: 'v1beta1' }, place: {}, kinds: 5, refused: undefined },
    { provider: { flavor: 'ecr.aws.m.upbound.io' }, place: { namespace: 'ecr' }, kinds: 5, refused: undefined },
    {
      provider: { flavor: 'ecr.services.k8s.aws' },
      place: { namespace: 'ecr' },
      kinds: 0,
      refused:
        /policy: requires the kind RegistryPolicy.*\(3\) [^(]*replication: requires the kind ReplicationConfiguration, which ecr\.services\.k8s\.aws does not have/,
    },
    {
      provider: { flavor: 'ecr.aws.crossplane.io' },
      place: {},
      kinds: 0,
      refused:
        /^5 problems: .*pullThroughCache: requires the kind PullThroughCacheRule, which ecr\.aws\.crossplane\.io does not have/,
    },
  ]) {
    test(`${provider.flavor} ${'version' in provider ? provider.version : ''} composes what its CRDs define, or refuses`, async () => {
      const { fatal, resources } = await answer({ ...exampleParameters, ...place }, { provider });
      if (refused) expect(fatal).toMatch(refused);
      else expect(fatal).toBeUndefined();
      expect(new Set(Object.values(resources).map(({ resource }) => resource?.kind)).size).toBe(kinds);
      for (const { resource = {} } of Object.values(resources)) {
        const schema = schemas.get(`${resource.apiVersion}/${resource.kind}`);
        expect(schema?.safeParse(resource), JSON.stringify(resource)).toMatchObject({ success: true });
        expect(objectAt(resource, 'metadata').namespace).toBe('namespace' in place ? place.namespace : undefined);
      }
    });
  }

  test('ecr.services.k8s.aws supports creation templates and pull-through cache rules', async () => {
    const { region, creationTemplates, pullThroughCache } = exampleParameters;
    const parameters = { region, namespace: 'ecr', creationTemplates, pullThroughCache };
    const { fatal, resources } = await answer(parameters, { provider: { flavor: 'ecr.services.k8s.aws' } });
    expect(fatal).toBeUndefined();
    expect(Object.values(resources).map(({ resource }) => resource?.kind)).toEqual([
      'RepositoryCreationTemplate',
      'PullThroughCacheRule',
    ]);
    for (const { resource = {} } of Object.values(resources)) {
      const schema = schemas.get(`${resource.apiVersion}/${resource.kind}`);
      expect(schema?.safeParse(resource), JSON.stringify(resource)).toMatchObject({ success: true });
    }
  });
});
