import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/json/value.ts';
import { Ready, Severity } from '../../../src/protocol/messages.ts';
import {
  AVAILABLE,
  call,
  composite,
  condition,
  input,
  objectAt,
  observedClassic,
  request,
  seedParameters,
} from '../call.ts';
import { conditionOf, reconcile } from './pipeline.ts';

const NAME = 'tap/workloads/example-app-default';
const image = { repositories: [{ name: 'image' }] };
const home = input(image);
const west = input({ ...image, resourceNamePrefix: 'west-', enforced: { region: 'us-west-2' } });
const north = input({ ...image, resourceNamePrefix: 'north-', enforced: { region: 'eu-north-1' } });
const broken = (step: JsonObject) => ({ ...step, ttl: 'never' });
const FAILED = [condition('Ready', 'False'), condition('Synced', 'False', { message: 'AccessDenied' })];

const at = (region: string, conditions = AVAILABLE) => {
  const object = observedClassic(NAME, conditions);
  const spec = { ...objectAt(object, 'spec'), forProvider: { region } };
  return { ...object, spec };
};
const observed = { imagerepo: at('eu-west-2'), 'west-imagerepo': at('us-west-2'), 'north-imagerepo': at('eu-north-1') };

// Without the registry host of the seed's claim, which is in one region.
const parameters = { ...seedParameters, repoPrefix: 'tap/workloads' };
const synced = condition('Synced', 'True', { reason: 'Test' });
const start: JsonObject = {
  ...composite(parameters),
  status: { conditions: [synced] },
  metadata: { name: 'x', uid: 'u', generation: 1 },
};

describe('names', () => {
  test('each step has separate composed resources, status and connection details', async () => {
    const secret = { name: 'app', namespace: 'default' };
    const wanting = { ...start, spec: { ...objectAt(start, 'spec'), writeConnectionSecretToRef: secret } };
    const { desired } = await reconcile(wanting, [home, west], observed);
    expect(Object.keys(desired.resources ?? {})).toEqual(['imagerepo', 'west-imagerepo']);
    expect(desired.resources).toMatchObject({ imagerepo: { ready: 1 }, 'west-imagerepo': { ready: 1 } });
    expect(desired.composite?.resource?.status).toMatchObject({
      repositories: { image: { name: NAME, ready: true }, 'west-image': { name: NAME, ready: true } },
    });
    expect(Object.keys(desired.composite?.connectionDetails ?? {})).toEqual(
      ['image', 'west-image'].flatMap((key) => [`${key}.uri`, `${key}.arn`, `${key}.registryId`]),
    );
  });

  test('policies and resources for a prefix have it too, and their status is next to that of earlier steps', async () => {
    const rule = { prefix: 'mirror', upstream: 'registry.example.com' };
    const defaults = { lifecycle: { untaggedDays: 7 }, pullThroughCache: [rule] };
    const upjet = { provider: { flavor: 'ecr.aws.upbound.io' }, defaults, ...image };
    const steps = [input(upjet), input({ ...upjet, resourceNamePrefix: 'west-', enforced: { region: 'us-west-2' } })];
    const { desired } = await reconcile(start, steps);
    const names = Object.keys(desired.resources ?? {});
    const own = names.filter((name) => !name.startsWith('west-'));
    expect(own).toHaveLength(3);
    expect(names).toEqual([...own, ...own.map((name) => `west-${name}`)]);
    expect(desired.composite?.resource?.status).toMatchObject({
      prefixes: [{ prefix: 'mirror' }, { prefix: 'mirror' }],
    });
  });

  for (const { what, steps, message } of [
    {
      what: 'two steps without a prefix',
      steps: [home, input({ ...image, enforced: { region: 'us-west-2' } })],
      message:
        /an earlier step, which runs this function, composes "imagerepo", a Repository of ecr\.aws\.crossplane\.io/,
    },
    {
      what: 'two steps with one prefix',
      steps: [west, { ...west, enforced: { region: 'eu-north-1' } }],
      message: /composes "west-imagerepo".*give each step that runs this function a unique resourceNamePrefix/,
    },
    {
      what: 'two steps with one repository in ECR',
      steps: [home, { ...west, enforced: {} }],
      message:
        /image repository "tap\/workloads\/example-app-default" in eu-west-2 belongs to an earlier step, without a resourceNamePrefix/,
    },
  ]) {
    test(`${what} are refused`, async () => {
      const { results, composite: after } = await reconcile(start, steps);
      expect(results.find(({ severity }) => severity === Severity.FATAL)?.message).toMatch(message);
      expect(conditionOf(after, 'ParametersValid')).toMatchObject({ status: 'False', reason: 'InvalidInput' });
    });
  }
});

describe('conditions of two steps', () => {
  const cases: {
    what: string;
    steps: JsonObject[];
    observed?: Record<string, JsonObject>;
    says: Record<string, { status: string; message?: unknown }>;
  }[] = [
    { what: 'both ready', steps: [home, west], says: { RepositoriesReady: { status: 'True' } } },
    {
      what: 'the second not ready',
      steps: [home, west],
      observed: { ...observed, 'west-imagerepo': at('us-west-2', FAILED) },
      says: { RepositoriesReady: { status: 'False', message: `west-: ${NAME}: AccessDenied` } },
    },
    {
      what: 'the first not ready',
      steps: [home, west],
      observed: { ...observed, imagerepo: at('eu-west-2', FAILED) },
      says: { RepositoriesReady: { status: 'False', message: `${NAME}: AccessDenied` } },
    },
    {
      what: 'both not ready',
      steps: [home, west],
      observed: { imagerepo: at('eu-west-2', FAILED), 'west-imagerepo': at('us-west-2', FAILED) },
      says: {
        RepositoriesReady: { status: 'False', message: `${NAME}: AccessDenied; west-: ${NAME}: AccessDenied` },
      },
    },
    {
      what: 'the second cannot change a region',
      steps: [home, west],
      observed: { ...observed, 'west-imagerepo': at('ap-south-1') },
      says: { SettingsApplied: { status: 'False', message: expect.stringMatching(/^west-: /) } },
    },
    {
      what: 'the middle one of three not ready',
      steps: [home, west, north],
      observed: { ...observed, 'west-imagerepo': at('us-west-2', FAILED) },
      says: { RepositoriesReady: { status: 'False', message: `west-: ${NAME}: AccessDenied` } },
    },
    {
      what: 'the last two of three not ready',
      steps: [home, west, north],
      observed: { imagerepo: at('eu-west-2') },
      says: {
        RepositoriesReady: {
          status: 'False',
          message: 'west-: 0 of 1 ready, waiting for imagerepo; north-: 0 of 1 ready, waiting for imagerepo',
        },
      },
    },
    {
      what: 'an invalid second Input',
      steps: [home, broken(west)],
      says: {
        ParametersValid: { status: 'False', message: expect.stringMatching(/^west-: input\.ttl: /) },
        RepositoriesReady: { status: 'True' },
      },
    },
    {
      what: 'an invalid prefix',
      steps: [home, { ...west, resourceNamePrefix: 'West' }],
      says: {
        ParametersValid: { status: 'False', message: expect.stringMatching(/^step-2-: input\.resourceNamePrefix: /) },
      },
    },
    {
      what: 'an invalid second Input without a prefix',
      steps: [home, broken(home)],
      says: { ParametersValid: { status: 'False', message: expect.stringMatching(/^step-2-: input\.ttl: /) } },
    },
    {
      what: 'an invalid first Input',
      steps: [broken(home), west],
      says: { ParametersValid: { status: 'False', message: expect.stringMatching(/^input\.ttl: /) } },
    },
  ];
  for (const { what, steps, observed: seen = observed, says } of cases) {
    test(`${what}: the worst is reported, and nothing changes at the next reconcile`, async () => {
      // For any conditions of the composite, as after other steps that all succeeded or all failed.
      for (const before of [[], [home, west], [broken(home)], [home, broken(west)]]) {
        let { composite: now } = await reconcile(start, before, observed);
        for (let round = 0; round < 3; round++) ({ composite: now } = await reconcile(now, steps, seen));
        for (const [type, said] of Object.entries(says)) expect(conditionOf(now, type)).toMatchObject(said);
        expect((await reconcile(now, steps, seen)).changes).toEqual([]);
      }
    });
  }

  test('conditions that recovered stay True while a later step ends the pipeline', async () => {
    const over = ['SettingsApplied', 'NamesChecked', 'StatusRecorded', 'PackageCacheReady'];
    const conditions = [synced, ...over.map((type) => condition(type, 'True'))];
    const { composite: now } = await reconcile({ ...start, status: { conditions } }, [home, broken(west)], observed);
    for (const type of over) expect(conditionOf(now, type), type).toMatchObject({ status: 'True' });
    expect((await reconcile(now, [home, broken(west)], observed)).changes).toEqual([]);
  });

  test('the readiness that an earlier step set on the composite is kept', async () => {
    const { composite: refused } = await reconcile(start, [home, west], observed);
    const desired = { composite: { resource: {}, ready: Ready.FALSE } };
    const response = await call(request({ input: west, composite: refused, observed, desired }));
    expect(response.desired.composite?.ready).toBe(Ready.FALSE);
  });

  test('the condition of a failing step is cleared within two reconciles after the step is removed from the Composition', async () => {
    const waiting = { imagerepo: at('eu-west-2') };
    for (const [type, steps, seen] of [
      ['ParametersValid', [home, broken(west)], observed],
      ['RepositoriesReady', [home, west], waiting],
    ] as const) {
      let { composite: now } = await reconcile(start, [home, west], observed);
      for (let round = 0; round < 2; round++) ({ composite: now } = await reconcile(now, steps, seen));
      expect(conditionOf(now, type)).toMatchObject({ status: 'False' });
      for (let round = 0; round < 2; round++) ({ composite: now } = await reconcile(now, [home], seen));
      expect(conditionOf(now, type)).toMatchObject({ status: 'True' });
    }
  });

  test('a failing step that recovers changes its condition once', async () => {
    const { composite: failing } = await reconcile(start, [home, west], { imagerepo: at('eu-west-2') });
    const recovered = await reconcile(failing, [home, west], observed);
    expect(recovered.changes).toEqual(['RepositoriesReady=True']);
    expect((await reconcile(recovered.composite, [home, west], observed)).changes).toEqual([]);
  });
});
