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
  test('is written by default, and requires no schema', async () => {
    const { desired, conditions, requirements } = await call(requestWith([{ type: 'Synced', status: 'True' }]));
    expect(desired.composite?.resource?.status).toHaveProperty('repositories.image');
    expect(conditions.map(({ type }) => type)).not.toContain('StatusRecorded');
    expect(requirements.schemas).toEqual({});
  });

  for (const { what, conditions } of [
    { what: 'once Crossplane reports that the XRD does not declare it', conditions: [refused] },
    {
      what: 'as long as the condition reports it',
      conditions: [{ type: 'Synced', status: 'True' }, told],
    },
  ]) {
    test(`is omitted and reported, and its schema is required, ${what}`, async () => {
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
    { when: 'no resource exists yet', observed: { composite: { resource: stored([]) } }, fields: {}, isWritten: true },
    {
      when: 'a repository is ready and no status is recorded',
      observed: { composite: { resource: stored([]) }, ...built },
      fields: {},
      isWritten: false,
    },
    {
      when: 'a repository is ready and no status of this function is recorded',
      observed: { composite: { resource: stored([synced]) }, ...built },
      fields: {},
      isWritten: false,
    },
    {
      when: 'a repository is ready and a condition of this function is recorded',
      observed: { composite: { resource: stored([synced, valid]) }, ...built },
      fields: {},
      isWritten: true,
    },
    {
      when: 'the required schema declares it',
      observed: { composite: { resource: stored([]) }, ...built },
      fields: { requiredSchemas: { composite: SCHEMA } },
      isWritten: true,
    },
    {
      when: 'the required schema does not declare it',
      observed: { composite: { resource: stored([]) }, ...built },
      fields: { requiredSchemas: { composite: { properties: { status: { properties: {} } } } } },
      isWritten: false,
    },
    {
      when: 'the required schema is not known yet',
      observed: { composite: { resource: stored([]) }, ...built },
      fields: { requiredSchemas: { composite: undefined } },
      isWritten: true,
    },
    {
      when: 'the composite is not in a cluster, as in a rendering',
      observed: { composite: { resource: composite() }, ...built },
      fields: {},
      isWritten: true,
    },
    {
      when: 'the caller cannot fetch schemas and recorded no status',
      observed: { composite: { resource: stored([]) }, ...built },
      fields: old,
      isWritten: false,
    },
    {
      when: 'the caller cannot fetch schemas and called another function before',
      observed: { composite: { resource: stored([synced]) }, ...built },
      fields: old,
      isWritten: true,
    },
  ]) {
    test(`is ${isWritten ? 'written' : 'omitted'} when ${when}`, async () => {
      const { desired, conditions } = await call(requestWith([], { ...fields, observed }));
      expect(desired.composite?.resource?.status !== undefined).toBe(isWritten);
      const told = conditions.some(({ type, status }) => type === 'StatusRecorded' && status === 3);
      expect(told).toBe(!isWritten);
    });
  }

  test('omits fields of images that an older XRD does not declare, and reports them', async () => {
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

  test('requires its schema again once it has it, as Crossplane calls until the requirements are stable', async () => {
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
    test(`is omitted when the schema ${what}`, async () => {
      const { desired } = await call(requestWith([told], { requiredSchemas: { composite: schema } }));
      expect(desired.composite?.resource?.status).toBeUndefined();
    });
  }

  test('does not require a schema when the caller cannot fetch schemas', async () => {
    const { requirements } = await call(requestWith([refused], { meta: { tag: 'old', capabilities: [1, 4] } }));
    expect(requirements.schemas).toEqual({});
  });
});
