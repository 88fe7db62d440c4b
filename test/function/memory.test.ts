import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createFunction } from '../../src/function/function.ts';
import { createMemory } from '../../src/function/memory.ts';
import { decodeResponse } from '../../src/protocol/caller/decode-response.ts';
import type { RunFunctionRequest } from '../../src/protocol/messages.ts';
import { encodeRequest } from '../../src/protocol/request.ts';
import { AVAILABLE, composite, input, observedClassic, request, seedParameters } from './call.ts';

const TAG = createHash('sha256').update('request').digest('hex');
const NAME = 'tap/workloads/example-app-default';

const tagged = (fields: RunFunctionRequest, tag = TAG): RunFunctionRequest => ({ ...fields, meta: { tag } });
const readyRequest = (fields = {}) =>
  request({
    observed: { imagerepo: observedClassic(NAME, AVAILABLE), bundlerepo: observedClassic(`${NAME}-bundle`, AVAILABLE) },
    ...fields,
  });

describe('the memory of responses', () => {
  const ready = encodeRequest(tagged(readyRequest()));

  test('returns the same object for the same request, with the bytes of a call without memory', async () => {
    const run = createFunction();
    await run(ready);
    const again = await run(ready);
    expect(await run(ready)).toBe(again);
    expect(Buffer.from(again.response)).toEqual(Buffer.from((await createFunction()(ready)).response));
  });

  const cases: { name: string; first: RunFunctionRequest; same: boolean }[] = [
    { name: 'a request that is ready', first: tagged(readyRequest()), same: true },
    { name: 'a refused request', first: tagged(request({ composite: composite({ region: 7 }) })), same: true },
    { name: 'a request without a tag', first: readyRequest(), same: false },
    { name: 'a tag that is not a SHA-256', first: tagged(readyRequest(), 'seed'), same: false },
    {
      name: 'a request with required resources',
      first: tagged(readyRequest({ requiredResources: { other: [] } })),
      same: false,
    },
    {
      name: 'a request with a required schema',
      first: tagged(readyRequest({ requiredSchemas: { other: {} } })),
      same: false,
    },
    {
      name: 'an Input that sends requests to AWS',
      first: tagged(readyRequest({ input: input({ pullSecret: {} }) })),
      same: false,
    },
    {
      name: 'an Input that observes images',
      first: tagged(readyRequest({ input: input({ observe: { images: true } }) })),
      same: false,
    },
    {
      name: 'a claim with package sources',
      first: tagged(
        readyRequest({ composite: composite({ ...seedParameters, packageCache: { sources: [{ name: 'cfg' }] } }) }),
      ),
      same: false,
    },
  ];
  for (const { name, first, same } of cases) {
    test(`${same ? 'keeps' : 'does not keep'} the response to ${name}`, async () => {
      const run = createFunction();
      const bytes = encodeRequest(first);
      const before = await run(bytes);
      await run(bytes);
      const after = await run(bytes);
      expect(after === (await run(bytes))).toBe(same);
      expect(Buffer.from(after.response)).toEqual(Buffer.from(before.response));
    });
  }

  test('distinguishes requests of different sizes with the same tag', async () => {
    const run = createFunction();
    await run(ready);
    const other = encodeRequest(
      tagged(request({ composite: composite({ ...seedParameters, workloadName: 'longer-name' }) })),
    );
    const { response } = await run(other);
    expect(Buffer.from(response).includes('longer-name')).toBe(true);
  });

  // As Crossplane does (Tag in internal/xfn/utils.go): of the whole request, including the results of earlier steps.
  const tagOf = (fields: RunFunctionRequest) => createHash('sha256').update(encodeRequest(fields)).digest('hex');
  const CONTEXT = 'workload-ecr.fn.crossplane.io/steps';
  const names = ['imagerepo', 'bundlerepo'];
  for (const { what, fields, resources, fatal } of [
    { what: 'nothing', fields: {}, resources: names, fatal: false },
    {
      what: 'another prefix',
      fields: { input: input({ resourceNamePrefix: 'west-', nameConflicts: 'Ignore' }) },
      resources: names.map((name) => `west-${name}`),
      fatal: false,
    },
    {
      what: 'a desired resource of an earlier step',
      fields: { desired: { resources: { imagerepo: { resource: { kind: 'ConfigMap' } } } } },
      resources: ['imagerepo'],
      fatal: true,
    },
    {
      what: 'the context of an earlier step',
      fields: { context: { [CONTEXT]: [{ prefix: 'west-', repositories: [], conditions: [] }] } },
      resources: names,
      fatal: false,
    },
  ]) {
    test(`computes the response to a request that differs by ${what}, and remembers both`, async () => {
      const run = createFunction();
      await run(ready);
      const fieldsNow = readyRequest(fields);
      const bytes = encodeRequest(tagged(fieldsNow, tagOf(fieldsNow)));
      const first = await run(bytes);
      const decoded = decodeResponse(first.response);
      expect(Object.keys(decoded.desired.resources ?? {})).toEqual(resources);
      expect(decoded.results.some(({ severity }) => severity === 1)).toBe(fatal);
      await run(ready);
      expect(Buffer.from((await run(bytes)).response)).toEqual(Buffer.from(first.response));
    });
  }

  test('stays within its limit of bytes', () => {
    const memory = createMemory({ maxResponseBytes: 3_500 });
    const answered = {
      response: new Uint8Array(1_024),
      summary: { tag: '', composite: undefined, results: [], resources: 0 },
    };
    const requests = ['a', 'b', 'c'].map((letter) => encodeRequest({ meta: { tag: letter.repeat(64) } }));
    for (const request of requests) memory.keepResponse(request, answered);
    expect(requests.map((request) => memory.response(request) !== undefined)).toEqual([false, true, true]);
  });
});
