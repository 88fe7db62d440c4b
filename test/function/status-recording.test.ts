import { describe, expect, test } from 'vitest';
import { NO_AWS } from '../../src/function/aws.ts';
import { createFunction } from '../../src/function/function.ts';
import type { JsonObject } from '../../src/json/value.ts';
import type { RunFunctionRequest } from '../../src/protocol/messages.ts';
import { AVAILABLE, call, composite, input, objectAt, observedClassic } from './call.ts';

const REFUSAL =
  'cannot compose resources: cannot apply composite resource status: failed to create typed patch object: .status.repositories: field not declared in schema';
/** The status of the XRD with `fields` as the fields of a repository's images. */
function schemaWith(images: JsonObject): JsonObject {
  const text = { type: 'string' };
  const fields = {
    name: text,
    uri: text,
    arn: text,
    registryId: text,
    ready: { type: 'boolean' },
    synced: { type: 'boolean' },
  };
  const repository = { type: 'object', properties: { ...fields, images: { type: 'object', properties: images } } };
  const repositories = { type: 'object', additionalProperties: repository };
  return { properties: { status: { properties: { repositories } } } };
}

const SCHEMA = schemaWith({ count: { type: 'integer' } });

function requestWith(conditions: readonly JsonObject[], fields: RunFunctionRequest = {}): RunFunctionRequest {
  const resource = { ...composite(), status: { conditions } };
  return {
    meta: { tag: 'status', capabilities: [1, 2, 3, 4, 5] },
    input: input({ nameConflicts: 'Ignore' }),
    observed: { composite: { resource } },
    ...fields,
  };
}

const refused = { type: 'Synced', status: 'False', message: REFUSAL };
const told = { type: 'StatusRecorded', status: 'False', reason: 'NotInSchema' };
const wanted = { composite: { apiVersion: 'tap.vrabbi.cloud/v1alpha1', kind: 'XWorkloadECRRepo' } };

describe('the status', () => {
  test('is written where nothing speaks against it, with no schema asked for', async () => {
    const { desired, conditions, requirements } = await call(requestWith([{ type: 'Synced', status: 'True' }]));
    expect(desired.composite?.resource?.status).toHaveProperty('repositories.image');
    expect(conditions.map(({ type }) => type)).not.toContain('StatusRecorded');
    expect(requirements.schemas).toEqual({});
  });

  for (const { what, conditions } of [
    { what: 'once Crossplane says that the XRD does not declare it', conditions: [refused] },
    {
      what: 'as long as the condition that tells of it stands',
      conditions: [{ type: 'Synced', status: 'True' }, told],
    },
  ]) {
    test(`is left out, told and asked after, ${what}`, async () => {
      const { desired, conditions: answered, requirements } = await call(requestWith(conditions));
      expect(desired.composite?.resource?.status).toBeUndefined();
      expect(Object.keys(desired.resources ?? {})).toEqual(['imagerepo', 'bundlerepo']);
      expect(answered).toContainEqual(
        expect.objectContaining({ type: 'StatusRecorded', status: 3, reason: 'NotInSchema' }),
      );
      expect(requirements.schemas).toEqual(wanted);
    });
  }

  const stored = (conditions: readonly JsonObject[]): JsonObject => {
    const own = composite();
    return { ...own, metadata: { ...objectAt(own, 'metadata'), uid: 'a-uid' }, status: { conditions } };
  };
  const built = {
    resources: { imagerepo: { resource: observedClassic('tap/workloads/example-app-default', AVAILABLE) } },
  };
  const synced = { type: 'Synced', status: 'True' };
  const valid = { type: 'ParametersValid', status: 'True' };
  const old = { meta: { tag: 'old', capabilities: [1, 4] } };

  for (const { when, observed, fields, isWritten } of [
    { when: 'nothing is built yet', observed: { composite: { resource: stored([]) } }, fields: {}, isWritten: true },
    {
      when: 'a repository is ready and nothing recorded',
      observed: { composite: { resource: stored([]) }, ...built },
      fields: {},
      isWritten: false,
    },
    {
      when: 'a repository is ready and nothing of this function recorded',
      observed: { composite: { resource: stored([synced]) }, ...built },
      fields: {},
      isWritten: false,
    },
    {
      when: 'a repository is ready and this function was heard',
      observed: { composite: { resource: stored([synced, valid]) }, ...built },
      fields: {},
      isWritten: true,
    },
    {
      when: 'the schema that was asked for declares it',
      observed: { composite: { resource: stored([]) }, ...built },
      fields: { requiredSchemas: { composite: SCHEMA } },
      isWritten: true,
    },
    {
      when: 'the schema that was asked for does not declare it',
      observed: { composite: { resource: stored([]) }, ...built },
      fields: { requiredSchemas: { composite: { properties: { status: { properties: {} } } } } },
      isWritten: false,
    },
    {
      when: 'the schema that was asked for is not known yet',
      observed: { composite: { resource: stored([]) }, ...built },
      fields: { requiredSchemas: { composite: undefined } },
      isWritten: true,
    },
    {
      when: 'no cluster keeps the composite, as in a rendering',
      observed: { composite: { resource: composite() }, ...built },
      fields: {},
      isWritten: true,
    },
    {
      when: 'the caller cannot fetch schemas and recorded nothing',
      observed: { composite: { resource: stored([]) }, ...built },
      fields: old,
      isWritten: false,
    },
    {
      when: 'the caller cannot fetch schemas and had another function before',
      observed: { composite: { resource: stored([synced]) }, ...built },
      fields: old,
      isWritten: true,
    },
  ]) {
    test(`is ${isWritten ? 'written' : 'left out'} when ${when}`, async () => {
      const { desired, conditions } = await call(requestWith([], { ...fields, observed }));
      expect(desired.composite?.resource?.status !== undefined).toBe(isWritten);
      const told = conditions.some(({ type, status }) => type === 'StatusRecorded' && status === 3);
      expect(told).toBe(!isWritten);
    });
  }

  test('comes without what an older XRD does not declare of images, and that is told', async () => {
    const run = createFunction({
      aws: {
        ...NO_AWS,
        images: () => Promise.resolve({ value: { count: 2, complete: true, bytes: 9, newest: undefined } }),
      },
    });
    const asking = (schema: JsonObject) =>
      requestWith([told], {
        input: input({ nameConflicts: 'Ignore', observe: { usage: true } }),
        observed: { composite: { resource: stored([synced]) }, ...built },
        requiredSchemas: { composite: schema },
      });
    const { desired, conditions } = await call(asking(SCHEMA), run);
    const status = objectAt(desired.composite?.resource ?? {}, 'status');
    expect(objectAt(status, 'repositories', 'image', 'images')).toEqual({ count: 2 });
    expect(conditions.find(({ type }) => type === 'StatusRecorded')?.message).toContain(
      'does not declare status.repositories.image.images.complete, status.repositories.image.images.bytes',
    );
    const newer = schemaWith({ count: {}, complete: {}, bytes: {} });
    const now = objectAt((await call(asking(newer), run)).desired.composite?.resource ?? {}, 'status');
    expect(objectAt(now, 'repositories', 'image', 'images')).toEqual({ count: 2, complete: true, bytes: 9 });
  });

  test('is written again once the schema declares it', async () => {
    const { desired, conditions } = await call(requestWith([told], { requiredSchemas: { composite: SCHEMA } }));
    expect(desired.composite?.resource?.status).toHaveProperty('repositories.image');
    expect(conditions).toContainEqual(
      expect.objectContaining({ type: 'StatusRecorded', status: 2, reason: 'Recorded' }),
    );
  });

  test('has its schema asked for the same way when that is there, as Crossplane calls until the requirements stay the same', async () => {
    const observed = { composite: { resource: stored([]) }, ...built };
    const first = await call(requestWith([], { observed }));
    const second = await call(requestWith([], { observed, requiredSchemas: { composite: SCHEMA } }));
    expect(first.requirements.schemas).toEqual(wanted);
    expect(second.requirements).toEqual(first.requirements);
  });

  for (const { what, schema } of [
    { what: 'declares another status', schema: { properties: { status: { properties: { conditions: {} } } } } },
    { what: 'is not found', schema: undefined },
  ]) {
    test(`stays out where the schema ${what}`, async () => {
      const { desired } = await call(requestWith([told], { requiredSchemas: { composite: schema } }));
      expect(desired.composite?.resource?.status).toBeUndefined();
    });
  }

  test('is not asked after where the caller cannot fetch schemas', async () => {
    const { requirements } = await call(requestWith([refused], { meta: { tag: 'old', capabilities: [1, 4] } }));
    expect(requirements.schemas).toEqual({});
  });
});
