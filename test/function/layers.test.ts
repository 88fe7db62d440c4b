import { describe, expect, test } from 'vitest';
import { deletionOf, settingsOf } from '../../src/function/api/merge-settings.ts';
import { layersOf } from '../../src/function/api/parameters.ts';
import { call, composite, input, objectAt, request, seedParameters } from './call.ts';

describe('parameters', () => {
  for (const { title, defaults, own, enforced, want } of [
    { title: 'come from the claim', defaults: {}, own: { deletion: 'Force' }, enforced: {}, want: 'Force' },
    {
      title: 'come from defaults where the claim does not set them',
      defaults: { deletion: 'Force' },
      own: {},
      enforced: {},
      want: 'Force',
    },
    {
      title: 'come from the claim before defaults',
      defaults: { deletion: 'Force' },
      own: { deletion: 'Retain' },
      enforced: {},
      want: 'Retain',
    },
    {
      title: 'come from enforced before the claim',
      defaults: {},
      own: { deletion: 'Force' },
      enforced: { deletion: 'Retain' },
      want: 'Retain',
    },
    {
      title: 'come from enforced before defaults',
      defaults: { deletion: 'Force' },
      own: {},
      enforced: { deletion: 'Retain' },
      want: 'Retain',
    },
    { title: 'are IfEmpty when no layer sets them', defaults: {}, own: {}, enforced: {}, want: 'IfEmpty' },
  ] as const) {
    test(title, () => {
      const layers = layersOf({ ...seedParameters, ...own }, defaults, enforced);
      expect(deletionOf(settingsOf(layers, 'image').values)).toBe(want);
    });
  }

  test('of the claim are validated even when enforced replaces them', async () => {
    const fields = input({ enforced: { deletion: 'Retain' } });
    const response = await call(request({ input: fields, composite: composite({ ...seedParameters, deletion: 'x' }) }));
    expect(response.results[0]?.message).toContain('spec.parameters.deletion');
  });

  test('may all come from the Input', async () => {
    const own = { ...composite(), spec: { claimRef: { namespace: 'default' } } };
    const response = await call(request({ input: input({ defaults: seedParameters }), composite: own }));
    expect(Object.keys(response.desired.resources ?? {})).toEqual(['imagerepo', 'bundlerepo']);
  });

  test('of other steps are ignored', async () => {
    const own = composite({ ...seedParameters, database: { size: 5 } });
    const response = await call(request({ input: input({ fieldValidation: 'Ignore' }), composite: own }));
    expect(response.results.some(({ severity }) => severity < 3)).toBe(false);
  });

  test('set the deletion policy of the classic provider', async () => {
    const specs = await Promise.all(
      ['Retain', 'IfEmpty', 'Force'].map(async (deletion) => {
        const response = await call(request({ input: input({ enforced: { deletion } }) }));
        const spec = objectAt(response.desired.resources?.imagerepo?.resource ?? {}, 'spec');
        return { deletionPolicy: spec.deletionPolicy, forceDelete: objectAt(spec, 'forProvider').forceDelete };
      }),
    );
    expect(specs).toEqual([
      { deletionPolicy: 'Orphan', forceDelete: undefined },
      { deletionPolicy: undefined, forceDelete: undefined },
      { deletionPolicy: undefined, forceDelete: true },
    ]);
  });
});

describe('the repositories of the Input', () => {
  test('are as many as it lists, each with its own suffix', async () => {
    const repositories = [{ name: 'image' }, { name: 'cache' }, { name: 'sbom', suffix: '/sbom' }];
    const response = await call(request({ input: input({ repositories }) }));
    const names = Object.entries(response.desired.resources ?? {}).map(([name, { resource }]) => [
      name,
      objectAt(resource ?? {}, 'metadata', 'annotations')['crossplane.io/external-name'],
    ]);
    expect(names).toEqual([
      ['imagerepo', 'tap/workloads/example-app-default'],
      ['cacherepo', 'tap/workloads/example-app-default-cache'],
      ['sbomrepo', 'tap/workloads/example-app-default/sbom'],
    ]);
  });

  test('are named by the template', async () => {
    const fields = input({ nameTemplate: '{prefix}/{namespace}/{workload}/{repository}' });
    const response = await call(request({ input: fields }));
    expect(response.desired.composite?.resource?.status).toMatchObject({
      repositories: { bundle: { name: 'tap/workloads/default/example-app/bundle' } },
    });
  });
});
