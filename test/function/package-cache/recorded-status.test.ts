import { expect, test } from 'vitest';
import { claimXrd } from '../../../package/generate/documents.ts';
import type { JsonObject } from '../../../src/json/value.ts';
import { isList, isObject } from '../../../src/json/value.ts';
import { call, composite, input, objectAt, request, seedParameters } from '../call.ts';

const CAPABILITIES = [1, 2, 3, 4, 5];

/** The schema of the composite, as the XRD of the examples declares it, with a status of these fields of a source. */
function schemaWith(fields: readonly string[], top: readonly string[]): JsonObject {
  const { versions } = objectAt(claimXrd(), 'spec');
  const [version] = isList(versions) ? versions.filter(isObject) : [];
  const schema = objectAt(version ?? {}, 'schema', 'openAPIV3Schema');
  const status = objectAt(schema, 'properties', 'status');
  const source = objectAt(status, 'properties', 'packageCache', 'additionalProperties');
  const some = (properties: JsonObject, names: readonly string[]) =>
    Object.fromEntries(Object.entries(properties).filter(([name]) => names.includes(name)));
  const packageCache = {
    type: 'object',
    additionalProperties: { type: 'object', properties: some(objectAt(source, 'properties'), fields) },
  };
  const properties = { ...some(objectAt(status, 'properties'), top), packageCache };
  return { ...schema, properties: { ...objectAt(schema, 'properties'), status: { ...status, properties } } };
}

const EVERYTHING = Object.keys(
  objectAt(schemaOf(), 'properties', 'status', 'properties', 'packageCache', 'additionalProperties', 'properties'),
);

function schemaOf(): JsonObject {
  const { versions } = objectAt(claimXrd(), 'spec');
  const [version] = isList(versions) ? versions.filter(isObject) : [];
  return objectAt(version ?? {}, 'schema', 'openAPIV3Schema');
}

const source = {
  name: 'cfg',
  url: 'oci://registry.example.com/acme/cfg',
  suspend: true,
  ignore: 'a',
  content: 'layer',
};

function asked(schema: JsonObject | undefined | null, status: JsonObject = {}) {
  return call(
    request({
      meta: { capabilities: CAPABILITIES },
      input: input({ defaults: { deletion: 'Force' } }),
      composite: {
        ...composite({ ...seedParameters, packageCache: { sources: [source] } }),
        metadata: { name: 'app' },
        status,
      },
      ...(schema === null ? {} : { requiredSchemas: { composite: schema } }),
    }),
  );
}

test('the schema is required if there are packages', async () => {
  expect((await asked(null)).requirements.schemas).toMatchObject({ composite: { kind: 'XWorkloadECRRepo' } });
});

test('the schema is no longer required once the whole status was recorded', async () => {
  const { requirements } = await asked(null, { packageCache: { other: { observedGeneration: 1 } } });
  expect(requirements.schemas ?? {}).not.toHaveProperty('composite');
});

test('all of the status is recorded where the XRD declares it', async () => {
  const { desired, conditions } = await asked(schemaWith(EVERYTHING, ['repositories', 'keptPackages']));
  const status = objectAt(desired.composite?.resource ?? {}, 'status');
  expect(status).toMatchObject({ packageCache: { cfg: { ready: false, history: [] } } });
  expect(conditions.map(({ type }) => type)).not.toContain('StatusRecorded');
});

test('an XRD that does not declare all fields of packages gets the fields that it declares, and the condition reports the others', async () => {
  const { desired, conditions } = await asked(schemaWith(['ready', 'reason', 'message'], ['repositories']));
  const status = objectAt(desired.composite?.resource ?? {}, 'status');
  expect(Object.keys(status)).toContain('repositories');
  expect(Object.keys(objectAt(status, 'packageCache', 'cfg'))).toEqual(['ready', 'reason', 'message']);
  expect(conditions.find(({ type }) => type === 'StatusRecorded')).toMatchObject({
    status: 3,
    reason: 'NotInSchema',
    message: expect.stringMatching(/does not declare status\.packageCache\.cfg\.history, so/),
  });
});

test('all of the status is written where Crossplane has no schema yet', async () => {
  const { desired } = await asked(undefined);
  expect(objectAt(desired.composite?.resource ?? {}, 'status', 'packageCache', 'cfg')).toMatchObject({ history: [] });
});
