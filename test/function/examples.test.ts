import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { Severity } from '../../src/protocol/messages.ts';
import { expectGolden } from '../golden.ts';
import { call, claimed, example, inputOf, objectAt, request } from './call.ts';
import { objectsIn } from './package-cache/cluster.ts';
import { reconcile } from './pipeline/pipeline.ts';

for (const { folder, composite, required } of [
  { folder: 'upjet', composite: claimed(example('claim/claim.yaml')), required: ['image', 'bundle'] },
  { folder: 'namespaced', composite: example('namespaced/workload.yaml'), required: ['image', 'bundle'] },
  { folder: 'ack', composite: example('namespaced/workload.yaml'), required: ['image', 'bundle'] },
  {
    folder: 'everything',
    composite: claimed(example('everything/claim.yaml')),
    required: ['image', 'bundle', 'cache'],
  },
  { folder: 'prefix', composite: claimed(example('prefix/claim.yaml')), required: [] },
]) {
  test(`examples/${folder} matches its golden file`, async () => {
    const input = inputOf(example(`${folder}/composition.yaml`));
    const none = Object.fromEntries(required.map((name) => [`repository-${name}`, []]));
    const { desired, results } = await call(request({ input, composite, requiredResources: none }));
    expect(results.filter(({ severity }) => severity < 3)).toEqual([]);
    const documents = Object.entries(desired.resources ?? {}).map(
      ([name, { resource }]) => `# ${name}\n${stringify(resource, { lineWidth: 0 })}`,
    );
    expectGolden(`${import.meta.dirname}/golden/example-${folder}.yaml`, documents.join('---\n'));
  });
}

test('examples/two-regions matches its golden file: the resources, status and conditions of both steps', async () => {
  const { pipeline } = objectAt(example('two-regions/composition.yaml'), 'spec');
  const inputs = objectsIn(pipeline).map((step) => objectAt(step, 'input'));
  const { desired, composite, results } = await reconcile(claimed(example('two-regions/claim.yaml')), inputs);
  expect(results.filter(({ severity }) => severity < 3)).toEqual([]);
  const documents = [
    ...Object.entries(desired.resources ?? {}).map(([name, { resource }]) => [name, resource] as const),
    ['status of the composite', { status: objectAt(composite, 'status') }] as const,
  ];
  expectGolden(
    `${import.meta.dirname}/golden/example-two-regions.yaml`,
    documents.map(([name, object]) => `# ${name}\n${stringify(object, { lineWidth: 0 })}`).join('---\n'),
  );
});

test('examples/package-cache: the Composition lets the claim install its package, which that of examples/claim does not', async () => {
  const fatal = async (folder: string, claim = 'claim') => {
    const composite = claimed(example(`package-cache/${claim}.yaml`));
    const input = inputOf(example(`${folder}/composition.yaml`));
    const { results } = await call(request({ input, composite }));
    return results.filter(({ severity }) => severity === Severity.FATAL).map(({ message }) => message);
  };
  expect(await fatal('package-cache')).toEqual([]);
  expect(await fatal('package-cache', 'claim-certificate')).toEqual([]);
  expect(await fatal('claim')).toEqual([expect.stringMatching(/sources\[0\]\.install: .* allowed\.install /)]);
});
