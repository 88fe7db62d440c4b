import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { JsonObject } from '../../src/json/value.ts';
import { type RunFunctionRequest, Severity, Status } from '../../src/protocol/messages.ts';
import { call, composite, input, request, seedParameters } from './call.ts';
import { type Confusion, inInput, inParameters, inSpec } from './confusions/index.ts';

type ToRequest = (written: JsonObject) => RunFunctionRequest;

const tables: readonly [about: string, rows: readonly Confusion[], toRequest: ToRequest][] = [
  ['in spec.parameters', inParameters, (own) => request({ composite: composite({ ...seedParameters, ...own }) })],
  ['in spec', inSpec, (spec) => request({ composite: ofSpec(spec) })],
  ['in the Input', inInput, (fields) => request({ input: input(fields) })],
];

describe.each(tables)('%s', (_about, rows, toRequest) => {
  test.each(rows.map(([written, ...answers]) => ({ written, answers })))('$written', async ({ written, answers }) => {
    const response = await call(toRequest(read(written)));
    const warnings = response.results.filter(({ severity }) => severity === Severity.WARNING);
    expect(warnings.map(({ message }) => message)).toEqual(answers);
    const isRefused = response.results.some(({ severity }) => severity === Severity.FATAL);
    const condition = response.conditions.find(({ type }) => type === (isRefused ? 'ParametersValid' : 'FieldsKnown'));
    expect(condition).toMatchObject({ status: Status.FALSE, message: answers.join('; ') });
  });
});

describe('fields that nothing reads', () => {
  const withTeam = composite({ ...seedParameters, team: 'x' });

  test('change nothing but the warning', async () => {
    const { desired } = await call(request({ composite: withTeam }));
    expect(desired).toEqual((await call(request())).desired);
  });

  test('cause one event, and a condition until they are removed', async () => {
    const known = { conditions: [{ type: 'FieldsKnown', status: 'False', reason: 'UnknownField' }] };
    const later = await call(request({ composite: { ...withTeam, status: known } }));
    expect(later.results.filter(({ severity }) => severity === Severity.WARNING)).toEqual([]);
    expect(later.conditions.find(({ type }) => type === 'FieldsKnown')?.status).toBe(Status.FALSE);
    const gone = await call(request({ composite: { ...composite(), status: known } }));
    expect(gone.conditions.find(({ type }) => type === 'FieldsKnown')?.status).toBe(Status.TRUE);
  });

  test('are ignored with fieldValidation: Ignore', async () => {
    const response = await call(request({ input: input({ fieldValidation: 'Ignore' }), composite: withTeam }));
    expect(response.results.filter(({ severity }) => severity !== Severity.NORMAL)).toEqual([]);
    expect(response.conditions.map(({ type }) => type)).not.toContain('FieldsKnown');
  });

  test('are refused with fieldValidation: Strict', async () => {
    const spec = { ...ofSpec({ parameters: { ...seedParameters, team: 'x' }, deletion: 'Force' }) };
    const response = await call(request({ input: input({ fieldValidation: 'Strict' }), composite: spec }));
    expect(response.results.at(-1)).toMatchObject({
      severity: Severity.FATAL,
      message:
        '2 problems: (1) spec.parameters.team: unknown field, which this function does not read; remove it, unless another step of the Composition reads it; (2) spec.deletion: unknown field; it belongs in spec.parameters; indent it below parameters',
    });
  });

  test('are listed up to twenty in messages', async () => {
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`other${index}`, index]));
    const response = await call(request({ composite: composite({ ...seedParameters, ...many }) }));
    expect(response.results.filter(({ severity }) => severity === Severity.WARNING)).toHaveLength(20);
  });

  test('are not reported where Crossplane writes all of the spec', async () => {
    const spec = {
      parameters: seedParameters,
      compositionRef: { name: 'x' },
      compositeDeletePolicy: 'Background',
      resourceRefs: [],
      writeConnectionSecretToRef: { name: 'x', namespace: 'y' },
      crossplane: {},
    };
    const response = await call(request({ composite: ofSpec(spec) }));
    expect(response.results.filter(({ severity }) => severity === Severity.WARNING)).toEqual([]);
  });
});

test('a region that is not in the list requires additionalRegions', async () => {
  const parameters = { ...seedParameters, region: 'eu-west-9', repoPrefix: 'tap' };
  const fields = (additionalRegions: string[]) =>
    request({ input: input({ additionalRegions }), composite: composite(parameters) });
  const refused = await call(fields([]));
  expect(refused.results.at(-1)?.message).toBe(
    'spec.parameters.region: must be an AWS region, not "eu-west-9"; did you mean eu-west-1? (newer regions must be listed in additionalRegions of the Composition\'s input)',
  );
  const allowed = await call(fields(['eu-west-9']));
  expect(allowed.results.some(({ severity }) => severity === Severity.FATAL)).toBe(false);
});

test('the condition names two of many repositories', async () => {
  const repositories = Array.from({ length: 9 }, (_, index) => ({ name: `r${index}` }));
  const { conditions } = await call(request({ input: input({ repositories }) }));
  expect(conditions.find(({ type }) => type === 'RepositoriesReady')?.message).toBe(
    '0 of 9 ready, waiting for r0repo, r1repo and 7 more',
  );
});

/** Reads YAML as Kubernetes does. */
function read(written: string): JsonObject {
  return parse(written, { version: '1.1' });
}

function ofSpec(spec: JsonObject): JsonObject {
  return { ...composite(), spec: { claimRef: { namespace: 'default' }, ...spec } };
}
