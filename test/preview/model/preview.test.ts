import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createPreviewer } from '../../../src/preview/model/preview.ts';
import { MAX_CHARACTERS, type Texts } from '../../../src/preview/model/problems.ts';

const read = (path: string) => readFileSync(`${import.meta.dirname}/../../../examples/${path}`, 'utf8');
const EVERYTHING: Texts = {
  claim: read('everything/claim.yaml'),
  composition: read('everything/composition.yaml'),
  observed: '',
  definition: read('claim/xrd.yaml'),
};
const preview = createPreviewer();
const pictureOf = async (texts: Partial<Texts> = {}) => {
  const { picture, problems } = await preview({ ...EVERYTHING, ...texts });
  expect(problems).toEqual([]);
  if (picture === undefined) throw new TypeError('no picture');
  return picture;
};
const problemsOf = async (texts: Partial<Texts>) => (await preview({ ...EVERYTHING, ...texts })).problems;

describe('the preview', () => {
  test('has the tree from the claim to the policies', async () => {
    const { tree, composed } = await pictureOf();
    expect([tree.kind, tree.name, tree.children[0]?.kind]).toEqual([
      'WorkloadECRRepo',
      'shop-repos',
      'XWorkloadECRRepo',
    ]);
    const repositories = tree.children[0]?.children ?? [];
    expect(repositories.map(({ detail }) => detail)).toEqual(
      ['image', 'bundle', 'cache'].map((name) => `tap/workloads/team-a/shop/${name}`),
    );
    expect(repositories[0]?.children.map(({ kind }) => kind)).toEqual(['LifecyclePolicy', 'RepositoryPolicy']);
    expect(composed).toEqual({ count: 9, ready: 0 });
  });

  test('shows the layer of each setting, and what the platform overrides', async () => {
    const claim = EVERYTHING.claim.replace('    tags:\n', '    imageTags: {mutability: Mutable}\n    tags:\n');
    const { repositories } = await pictureOf({ claim });
    const [image, , cache] = repositories;
    const layers = Object.fromEntries(image?.settings.map(({ name, layer }) => [name, layer]) ?? []);
    expect(layers).toMatchObject({ deletion: 'default', lifecycle: 'claim', tags: 'combined', encryption: 'enforced' });
    const overruled = image?.settings.filter((setting) => setting.overruled !== undefined);
    expect(overruled).toMatchObject([{ name: 'imageTags', overruled: { mutability: 'Mutable' } }]);
    const deletion = cache?.settings.find(({ name }) => name === 'deletion');
    expect(deletion).toMatchObject({ layer: 'claim', path: 'spec.parameters.repositories[1].deletion' });
    expect(cache?.deletionSentence).toBe('tap/workloads/team-a/shop/cache is deleted with all its images.');
  });

  test('shows the same rules and rights when policies are fields of the repository, as with ACK', async () => {
    const composition = EVERYTHING.composition.replace(/flavor: \S+\n +version: \S+/, 'flavor: ecr.services.k8s.aws');
    expect(composition).toContain('ecr.services.k8s.aws');
    const [upjet, ack] = await Promise.all([pictureOf(), pictureOf({ composition })]);
    for (const [index, repository] of ack.repositories.entries()) {
      const { name, uri, rules, access } = upjet.repositories[index] ?? {};
      expect(repository).toMatchObject({ name, uri, rules, access });
    }
    const [image] = ack.repositories;
    expect(image?.rules.length).toBeGreaterThan(0);
    const observed = ack.yaml
      .split('---\n')
      .filter((text) => text.includes('kind: Repository'))
      .join('---\n');
    const changed = observed.replace('deletion-policy: delete', 'deletion-policy: retain');
    const { changes } = await pictureOf({ composition, observed: changed });
    expect(changes.flatMap(({ fields }) => fields)).toContainEqual({
      path: 'metadata.annotations["services.k8s.aws/deletion-policy"]',
      from: 'retain',
      to: 'delete',
      immutable: false,
    });
  });

  test('shows the differences from existing resources: changed, kept, deleted, and the known URI', async () => {
    const { changes, kept, repositories, composed } = await pictureOf({ observed: read('everything/observed.yaml') });
    expect(changes.map(({ composedName, action }) => `${action} ${composedName}`).slice(0, 3)).toEqual([
      'delete legacypolicy',
      'update bundlerepo',
      'update imagerepo',
    ]);
    expect(changes[0]?.note).toBe('including the resource in AWS');
    expect(kept).toEqual(['tap/workloads/team-a/shop/image remains encrypted with AES256; ECR cannot change that']);
    expect(repositories[0]).toMatchObject({
      uri: '123456789012.dkr.ecr.eu-west-2.amazonaws.com/tap/workloads/team-a/shop/image',
      isUriKnown: true,
    });
    expect(composed.ready).toBe(1);
  });

  test('accepts a List of kubectl, and uses the resources of the composite', async () => {
    const item = (name: string, claim: string, more: object = {}) => ({
      apiVersion: 'ecr.aws.upbound.io/v1beta2',
      kind: 'Repository',
      metadata: {
        name,
        annotations: { 'crossplane.io/composition-resource-name': name },
        labels: { 'crossplane.io/claim-name': claim, 'crossplane.io/claim-namespace': 'team-a' },
        ownerReferences: [{ apiVersion: 'v1', kind: 'X', name: 'x', uid: 'of-the-cluster', controller: true }],
        ...more,
      },
      spec: {},
    });
    const items = [
      item('imagerepo', 'shop-repos'),
      item('foreign', 'others'),
      item('bare', 'shop-repos', { annotations: {} }),
    ];
    const { changes, hasObserved } = await pictureOf({
      observed: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }),
    });
    expect(hasObserved).toBe(true);
    expect(changes.filter(({ action }) => action !== 'create').map(({ composedName }) => composedName)).toEqual([
      'imagerepo',
    ]);
  });

  test('reads the registry host from repoPrefix', async () => {
    const claim = EVERYTHING.claim.replace(
      'repoPrefix: tap',
      'repoPrefix: 123456789012.dkr.ecr.eu-west-2.amazonaws.com/tap',
    );
    const { repositories } = await pictureOf({ claim });
    expect(repositories[0]?.uri).toMatch(/^123456789012\.dkr\.ecr\.eu-west-2\.amazonaws\.com\/tap\/workloads\//);
  });

  test('lists the steps of other functions, which are not run', async () => {
    const step = '    - step: ready\n      functionRef:\n        name: function-auto-ready\n';
    const { skipped } = await pictureOf({ composition: `${EVERYTHING.composition}${step}` });
    expect(skipped).toEqual([{ step: 'ready', functionName: 'function-auto-ready' }]);
  });

  for (const [name, claim, composition, definition] of [
    ['claim', 'claim/claim.yaml', 'claim/composition.yaml', 'claim/xrd.yaml'],
    ['upjet', 'claim/claim.yaml', 'upjet/composition.yaml', 'claim/xrd.yaml'],
    ['prefix', 'prefix/claim.yaml', 'prefix/composition.yaml', 'claim/xrd.yaml'],
    ['package-cache', 'package-cache/claim.yaml', 'package-cache/composition.yaml', 'claim/xrd.yaml'],
    ['namespaced', 'namespaced/workload.yaml', 'namespaced/composition.yaml', 'namespaced/xrd.yaml'],
  ] as const) {
    test(`of examples/${name}`, async () => {
      const texts = { claim: read(claim), composition: read(composition), definition: read(definition) };
      expect((await pictureOf(texts)).yaml).toContain('kind: ');
    });
  }
});

describe('a problem has a line', () => {
  const replace = (from: string, to: string) => ({ claim: EVERYTHING.claim.replace(from, to) });
  for (const { name, texts, want } of [
    {
      name: 'a value that the platform does not allow',
      texts: replace('region: eu-west-2', 'region: ap-south-1'),
      want: { source: 'claim', line: 10, path: 'spec.parameters.region' },
    },
    {
      name: 'a value deep in lists',
      texts: replace('keepLast: 50', 'keepLast: -1'),
      want: { source: 'claim', line: 28, path: 'spec.parameters.repositories[0].lifecycle.rules[0].keepLast' },
    },
    {
      name: 'a missing required field, at its parent',
      texts: replace('    workloadName: shop\n', ''),
      want: { source: 'claim', line: 8, path: 'spec.parameters.workloadName' },
    },
    {
      name: 'the Input',
      texts: { composition: EVERYTHING.composition.replace('ttl: 30m', 'ttl: 30') },
      want: { source: 'composition', line: 22, path: 'input.ttl' },
    },
    { name: 'broken YAML', texts: { claim: 'a:\n  b: [' }, want: { source: 'claim', line: 2 } },
    { name: 'a text that is not an object', texts: { claim: '- a' }, want: { source: 'claim', line: 1 } },
    { name: 'nothing', texts: { claim: '' }, want: { source: 'claim', line: 1 } },
    {
      name: 'a Composition of other functions only',
      texts: {
        composition: EVERYTHING.composition
          .replace('name: function-workload-ecr', 'name: other')
          .replace(/ {6}input:[\s\S]*/, ''),
      },
      want: { source: 'composition', path: 'spec.pipeline' },
    },
    {
      name: 'a Composition for another kind',
      texts: replace('kind: WorkloadECRRepo', 'kind: Other'),
      want: { source: 'composition', line: 1 },
    },
    { name: 'an observed object without a name', texts: { observed: 'a: 1' }, want: { source: 'observed', line: 1 } },
    {
      name: 'an XRD of another kind',
      texts: { definition: 'apiVersion: v1\nkind: Pod' },
      want: { source: 'definition' },
    },
    {
      name: 'more characters than the limit',
      texts: { claim: `# ${'x'.repeat(MAX_CHARACTERS)}` },
      want: { source: 'claim', line: 1, message: expect.stringContaining('not 400002') },
    },
  ]) {
    test(name, async () => {
      const problems = await problemsOf(texts);
      expect(problems[0]).toMatchObject(want);
    });
  }

  test('the maximum number of characters is accepted', async () => {
    const fill = 'x'.repeat(MAX_CHARACTERS - EVERYTHING.claim.length - 1);
    await pictureOf({ claim: `${EVERYTHING.claim}#${fill}` });
  });

  test('problems of several texts are reported together', async () => {
    const problems = await problemsOf({ claim: '[', composition: '[' });
    expect(problems.map(({ source }) => source)).toEqual(['claim', 'composition']);
  });

  test('each problem of the claim has its own line', async () => {
    const claim = EVERYTHING.claim.replace('untaggedDays: 3', 'untaggedDays: 0').replace('keepLast: 50', 'keepLast: 0');
    expect((await problemsOf({ claim })).map(({ line }) => line)).toEqual([25, 28]);
  });
});

test('any text results in a preview or in problems', async () => {
  const source = fc.constantFrom('claim', 'composition', 'observed', 'definition');
  const junk = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.constantFrom(
      '\n',
      '[',
      '{',
      '- ',
      ': ',
      '&a ',
      '*a',
      '|\n',
      '!!binary x',
      '---\n',
      '"',
      '\t',
      'null',
      '{}',
      '[]',
      '0',
    ),
  );
  await fc.assert(
    fc.asyncProperty(source, fc.nat(), fc.nat(30), junk, async (which, at, length, text) => {
      const texts = { ...EVERYTHING, observed: read('everything/observed.yaml') };
      const before = texts[which];
      const start = at % (before.length + 1);
      const { picture, problems } = await preview({
        ...texts,
        [which]: before.slice(0, start) + text + before.slice(start + length),
      });
      expect(picture !== undefined || problems.length > 0).toBe(true);
      for (const { line, column, message } of problems) expect(line > 0 && column > 0 && message !== '').toBe(true);
    }),
    { numRuns: 150 },
  );
});
