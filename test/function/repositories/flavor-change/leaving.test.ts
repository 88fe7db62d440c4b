import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../../src/json/value.ts';
import { Severity } from '../../../../src/protocol/messages.ts';
import {
  AVAILABLE,
  call,
  callOnce,
  composite,
  condition,
  input,
  objectAt,
  REGION,
  request,
  seedParameters,
} from '../../call.ts';
import { ackCrds } from '../../schemas/ack.ts';
import { schemasOf } from '../../schemas/checks.ts';
import { classicCrds } from '../../schemas/classic.ts';
import { upjetCrds } from '../../schemas/upjet.ts';
import { mayDelete, type Objects, reconcile, withReports } from './cluster.ts';

const FLAVORS = ['ecr.aws.crossplane.io', 'ecr.aws.upbound.io', 'ecr.aws.m.upbound.io', 'ecr.services.k8s.aws'];
const PAIRS = FLAVORS.flatMap((from) => FLAVORS.filter((to) => to !== from).map((to) => [from, to] as const));
const POLICIES = { lifecycle: { keepLast: 5 }, access: { pull: { accounts: ['123456789012'] } } };
const NAME = 'tap/workloads/example-app-default';
const schemas = schemasOf([...classicCrds, ...upjetCrds, ...ackCrds]);

function desiredWith(flavor: string, parameters: JsonObject, observed: Objects, fields: JsonObject = {}) {
  const own = composite({ ...seedParameters, ...(flavor.endsWith('k8s.aws') ? {} : {}), ...parameters });
  const step = input({ provider: { flavor }, repositories: [{ name: 'image' }], ...fields });
  return call(request({ input: step, composite: own, observed }));
}

const groupOf = (object: JsonObject | undefined) => String(object?.apiVersion).split('/')[0];

/** The name in ECR of a Repository of any flavor. */
function nameInEcr(object: JsonObject): unknown {
  return objectAt(object, 'metadata', 'annotations')['crossplane.io/external-name'] ?? objectAt(object, 'spec').name;
}

async function settled(flavor: string, parameters: JsonObject, before: Objects = {}): Promise<Objects> {
  let objects = before;
  for (let round = 0; round < 6; round++) {
    const { desired, results } = await desiredWith(flavor, parameters, objects);
    expect(results.filter(({ severity }) => severity === Severity.FATAL)).toEqual([]);
    objects = withReports(reconcile(objects, desired.resources ?? {}).objects);
  }
  return objects;
}

describe.each(PAIRS)('from %s to %s', (from, to) => {
  for (const deletion of ['Retain', 'IfEmpty', 'Force']) {
    test(`with deletion: ${deletion}, nothing is deleted in ECR, and only the new objects remain`, async () => {
      let objects = await settled(from, { ...POLICIES, deletion });
      const uid = objects.imagerepo;
      expect(groupOf(uid)).toBe(from);
      for (let round = 0; round < 6; round++) {
        const { desired } = await desiredWith(to, { ...POLICIES, deletion }, objects);
        for (const { resource = {} } of Object.values(desired.resources ?? {})) {
          const schema = schemas.get(`${resource.apiVersion}/${resource.kind}`);
          expect(schema?.safeParse(resource), JSON.stringify(resource)).toMatchObject({ success: true });
        }
        const after = reconcile(objects, desired.resources ?? {});
        for (const gone of after.gone) expect(mayDelete(gone), JSON.stringify(gone)).toBe(false);
        const repositories = Object.values(after.objects).filter(({ kind }) => kind === 'Repository');
        expect(repositories.map(nameInEcr), 'there is an object for the repository at all times').toContain(NAME);
        expect(new Set(repositories.map(nameInEcr)).size).toBe(1);
        objects = withReports(after.objects);
      }
      expect(new Set(Object.values(objects).map(groupOf))).toEqual(new Set([to]));
      expect(objects[`imagerepo.${to}`]).toBeDefined();
      const [own] = Object.values(objects).filter(({ kind }) => kind === 'Repository');
      expect(mayDelete(own ?? {}), 'the setting of the claim holds again').toBe(deletion !== 'Retain');
    });
  }

  test('and back again, midway or afterwards', async () => {
    const start = await settled(from, POLICIES);
    const { desired } = await desiredWith(to, POLICIES, start);
    const halfway = withReports(reconcile(start, desired.resources ?? {}).objects);
    expect(new Set(Object.values(halfway).map(groupOf))).toEqual(new Set([from, to]));
    const back = await settled(from, POLICIES, halfway);
    expect(back).toHaveProperty('imagerepo');
    expect(new Set(Object.values(back).map(groupOf))).toEqual(new Set([from]));
    const there = await settled(to, POLICIES, halfway);
    const again = await settled(from, POLICIES, there);
    expect(new Set(Object.values(again).map(groupOf))).toEqual(new Set([from]));
    expect(again).toHaveProperty([`imagerepo.${from}`]);
    expect(await settled(from, POLICIES, again), 'it comes to rest').toEqual(again);
  });
});

const OLD: JsonObject = {
  apiVersion: 'ecr.aws.crossplane.io/v1beta1',
  kind: 'Repository',
  metadata: {
    uid: 'old',
    annotations: { 'crossplane.io/external-name': NAME, other: 'x' },
    labels: { region: REGION },
  },
  spec: {
    forProvider: { region: REGION, forceDelete: true, imageTagMutability: 'IMMUTABLE' },
    providerConfigRef: { name: 'of-the-old-provider' },
  },
  status: {
    atProvider: { registryId: '123456789012', repositoryArn: 'arn:x', repositoryUri: `host/${NAME}` },
    conditions: AVAILABLE,
  },
};
const ORPHAN = { ...OLD, spec: { ...objectAt(OLD, 'spec'), deletionPolicy: 'Orphan' } };
const TO = 'ecr.aws.upbound.io';
const MOVED = `imagerepo.${TO}`;
const NEW = (conditions: readonly JsonObject[] = []): JsonObject => ({
  apiVersion: `${TO}/v1beta2`,
  kind: 'Repository',
  metadata: { annotations: { 'crossplane.io/external-name': NAME } },
  spec: { forProvider: { region: REGION } },
  status: { conditions },
});

describe('the composed resources, by the existing ones', () => {
  for (const [title, observed, composed] of [
    ['nothing', {}, ['imagerepo']],
    ['one of this flavor', { imagerepo: NEW() }, ['imagerepo']],
    ['one of another, which may delete', { imagerepo: OLD }, ['imagerepo', MOVED]],
    ['one of another, which may not', { imagerepo: ORPHAN }, ['imagerepo', MOVED]],
    ['both, the new one not ready', { imagerepo: ORPHAN, [MOVED]: NEW() }, ['imagerepo', MOVED]],
    [
      'both, the new one failing',
      { imagerepo: ORPHAN, [MOVED]: NEW([condition('Synced', 'False')]) },
      ['imagerepo', MOVED],
    ],
    [
      'both, the new one ready, and the old one may delete',
      { imagerepo: OLD, [MOVED]: NEW(AVAILABLE) },
      ['imagerepo', MOVED],
    ],
    ['both, the new one ready', { imagerepo: ORPHAN, [MOVED]: NEW(AVAILABLE) }, [MOVED]],
    ['the new one alone', { [MOVED]: NEW(AVAILABLE) }, [MOVED]],
    [
      'two of this flavor: the one that never moved',
      { imagerepo: NEW(AVAILABLE), [MOVED]: NEW(AVAILABLE) },
      ['imagerepo'],
    ],
    ['a name that no resource has', { 'imagerepo.example.org': OLD }, ['imagerepo']],
  ] satisfies [string, Objects, string[]][]) {
    test(title, async () => {
      const { desired } = await desiredWith(TO, {}, observed);
      expect(Object.keys(desired.resources ?? {}).sort()).toEqual(composed);
      const old = desired.resources?.imagerepo?.resource;
      if (composed.length === 2) expect(mayDelete(old ?? {})).toBe(false);
    });
  }

  test('the old object is unchanged, except for the right to delete and the fields of others', async () => {
    const { desired } = await desiredWith(TO, {}, { imagerepo: OLD });
    expect(desired.resources?.imagerepo?.resource).toEqual({
      apiVersion: OLD.apiVersion,
      kind: 'Repository',
      metadata: { annotations: { 'crossplane.io/external-name': NAME }, labels: { region: REGION } },
      spec: ORPHAN.spec,
    });
  });

  test('the name and region of the repository and the status of the claim are kept during the move', async () => {
    const legacy = { ...OLD, metadata: { annotations: { 'crossplane.io/external-name': 'host/legacy' } } };
    for (const observed of [
      { imagerepo: legacy },
      { imagerepo: legacy, [MOVED]: { ...NEW(), metadata: legacy.metadata } },
    ]) {
      const { desired, conditions } = await desiredWith(TO, {}, observed);
      const moved = desired.resources?.[MOVED]?.resource ?? {};
      expect(nameInEcr(moved)).toBe('host/legacy');
      expect(desired.composite?.resource?.status).toMatchObject({
        repositories: { image: { name: 'host/legacy', uri: `host/${NAME}`, arn: 'arn:x', ready: false } },
      });
      expect(conditions.find(({ type }) => type === 'RepositoriesReady')).toMatchObject({
        reason: 'Moving',
        message: 'Moving imagerepo from ecr.aws.crossplane.io to ecr.aws.upbound.io',
      });
    }
  });
});

test('resources for a prefix move too, and adopt the existing rule', async () => {
  const pullThroughCache = [{ prefix: 'mirror', upstream: 'registry.example.com' }];
  const fields = { allowed: { pullThroughCaches: { upstreams: ['registry.example.com'] } } };
  const first = await desiredWith(TO, { pullThroughCache }, {}, fields);
  const [name = '', rule] = Object.entries(first.desired.resources ?? {}).find(([one]) => one.startsWith('pull')) ?? [];
  expect(first.results.filter(({ severity }) => severity === Severity.FATAL)).toEqual([]);
  expect(objectAt(rule?.resource ?? {}, 'metadata')).not.toHaveProperty('annotations');
  const observed = { [name]: { ...rule?.resource, status: { conditions: AVAILABLE } } };
  for (const [to, annotation] of [
    ['ecr.aws.m.upbound.io', { 'crossplane.io/external-name': 'mirror' }],
    ['ecr.services.k8s.aws', { 'services.k8s.aws/adoption-policy': 'adopt-or-create' }],
  ] as const) {
    const { desired } = await desiredWith(to, { pullThroughCache }, observed, fields);
    const moved = desired.resources?.[`${name}.${to}`]?.resource ?? {};
    expect(objectAt(moved, 'metadata', 'annotations')).toMatchObject(annotation);
    expect(mayDelete(desired.resources?.[name]?.resource ?? {})).toBe(false);
  }
});

test('a kind that does not exist is requested before anything refers to it, so that the call fails and nothing changes', async () => {
  // A composite that refers to a kind that does not exist is stuck: Crossplane observes nothing of it, even after the flavor is reverted.
  const step = input({ provider: { flavor: TO }, repositories: [{ name: 'image' }] });
  const asked = request({
    input: step,
    observed: { imagerepo: OLD },
    meta: { tag: '', capabilities: [1, 2, 3, 4, 5] },
  });
  const first = await callOnce(asked);
  expect(Object.values(first.requirements.resources ?? {})).toContainEqual(
    expect.objectContaining({ apiVersion: `${TO}/v1beta2`, kind: 'Repository' }),
  );
  expect(Object.keys(first.desired.resources ?? {})).toEqual(['imagerepo']);
});
