import { describe, expect, test } from 'vitest';
import { createFunction } from '../../src/function/function.ts';
import { decodeResponse } from '../../src/protocol/caller/decode-response.ts';
import {
  composedResourcesOf,
  credentialData,
  encodeRequest,
  itemsOf,
  viewRequest,
} from '../../src/protocol/request.ts';
import { encodeResponse } from '../../src/protocol/response.ts';
import { decodeStruct } from '../../src/protocol/struct.ts';
import { type Bytes, WireError } from '../../src/protocol/wire.ts';
import { input } from '../function/call.ts';
import { delimited } from '../protocol/arbitraries.ts';

// Two kinds of attack: the author of a claim writes too many parameters, which is a fatal result that names the field; a peer
// sends too many bytes, which is a transport error.

const fields = (count: number, name = 'x') =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`${name}${index}`, 'v']));

function nested(depth: number, wrap: (inner: object) => object): object {
  let value: object = {};
  for (let level = 0; level < depth; level++) value = wrap(value);
  return value;
}

function claim(parameters: object): Bytes {
  const resource = {
    apiVersion: 'tap.vrabbi.cloud/v1alpha1',
    kind: 'XWorkloadECRRepo',
    metadata: { name: 'app' },
    spec: { claimRef: { namespace: 'default' }, parameters: JSON.parse(JSON.stringify(parameters)) },
  };
  // There are no observations of other composites' repositories here.
  return encodeRequest({ observed: { composite: { resource } }, input: input({ nameConflicts: 'Ignore' }) });
}

const good = { workloadName: 'app', region: 'eu-west-2', repoPrefix: 'tap', providerName: 'aws' };

describe('the author of a claim gets a fatal result that names the field, for', () => {
  const cases: [string, object, RegExp][] = [
    ['200,000 unknown parameters', fields(200_000), /^spec\.parameters: must have at most 262144 bytes, not \d+$/],
    ['10,000 misspelled parameters', fields(10_000, 'regio'), /^spec\.parameters: must have at most 1000 fields/],
    ['100,000 tags', { ...good, tags: fields(100_000) }, /^spec\.parameters: must have at most 262144 bytes/],
    ['10,000 tags', { ...good, tags: fields(10_000, 't') }, /^spec\.parameters\.tags: must have at most 1000 fields/],
    [
      '20,000 repositories',
      { ...good, repositories: Array.from({ length: 20_000 }, () => ({})) },
      /^spec\.parameters\.repositories: must have at most 1000 items/,
    ],
    [
      'many lists of many items',
      { ...good, repositories: Array.from({ length: 40 }, () => ({ tags: fields(500, '') })) },
      /^spec\.parameters: must have at most 10000 values in all/,
    ],
    [
      'one text of 1 MB',
      { ...good, workloadName: 'x'.repeat(1_000_000) },
      /^spec\.parameters: must have at most 262144/,
    ],
    ['one name of 1 MB', { ...good, ['x'.repeat(1_000_000)]: 1 }, /^spec\.parameters: must have at most 262144 bytes/],
    [
      'a hundred nested objects',
      nested(100, (inner) => ({ a: inner })),
      /^spec\.parameters(\.a){8}: must be nested at most/,
    ],
    [
      'a hundred nested lists',
      { tags: nested(100, (inner) => [inner]) },
      /^spec\.parameters\.tags.*: must be nested at most/,
    ],
  ];
  test.each(cases)('%s', async (_, parameters, message) => {
    const { response } = await createFunction()(claim(parameters));
    const { results, conditions, desired } = decodeResponse(response);
    expect(results.map(({ severity, reason }) => [severity, reason])).toEqual([
      [2, 'InvalidParameters'],
      [1, 'InvalidParameters'],
    ]);
    expect(results[1]?.message).toMatch(message);
    expect(results[1]?.message.length).toBeLessThan(300);
    expect(conditions).toMatchObject([{ type: 'ParametersValid', reason: 'InvalidParameters' }]);
    expect(desired.resources).toEqual({});
  });

  test('parameters that were valid before: the plan of that call is not used', async () => {
    const run = createFunction();
    expect(Object.keys(decodeResponse((await run(claim(good))).response).desired.resources ?? {})).toHaveLength(2);
    const { results } = decodeResponse((await run(claim({ ...good, ...fields(2_000) }))).response);
    expect(results.map(({ severity }) => severity)).toEqual([2, 1]);
  });

  test('but not for large ones within the limits', async () => {
    const policy = { Version: '2012-10-17', Statement: [{ Sid: 'x'.repeat(200_000) }] };
    const { response } = await createFunction()(claim({ ...good, elsewhere: policy, more: fields(900) }));
    expect(Object.keys(decodeResponse(response).desired.resources ?? {})).toHaveLength(2);
  });
});

const EMPTY = Buffer.alloc(0);
const entry = (field: number, key: string, value: Uint8Array = EMPTY) =>
  delimited(field, Buffer.concat([delimited(1, Buffer.from(key)), delimited(2, value)]));
const many = (count: number, make: (index: number) => Uint8Array) =>
  Buffer.concat(Array.from({ length: count }, (_, index) => make(index)));
const resource = delimited(1, EMPTY);

describe('a peer’s request is refused with', () => {
  const cases: [string, () => unknown][] = [
    ['a million required resources', () => viewRequest(many(1_000_000, (index) => entry(8, String(index))))],
    ['a million required resources of the older name', () => viewRequest(many(1_000_000, (i) => entry(6, String(i))))],
    ['a million required schemas', () => viewRequest(many(1_000_000, (index) => entry(9, String(index))))],
    ['a million credentials', () => viewRequest(many(1_000_000, (index) => entry(7, String(index))))],
    [
      'a Secret of a million entries',
      () =>
        credentialData(
          delimited(
            1,
            many(1_000_000, (i) => entry(1, String(i))),
          ),
        ),
    ],
    ['a million found resources', () => itemsOf(many(1_000_000, () => delimited(1, resource)))],
    [
      'a million resources that look like the function’s own',
      () =>
        composedResourcesOf(
          many(300_000, (index) => entry(2, `own-${index}`, resource)),
          [],
          ['own-'],
        ),
    ],
  ];
  test.each(cases)('%s', (_, read) => {
    expect(read).toThrow(expect.objectContaining({ name: 'WireError', code: 'TOO_MANY' }));
  });

  test('deeply nested objects, wherever they are', async () => {
    let value: Uint8Array = EMPTY;
    for (let level = 0; level < 5_000; level++) value = delimited(5, delimited(1, delimited(2, value)));
    const object = delimited(1, Buffer.concat([delimited(1, Buffer.from('spec')), delimited(2, value)]));
    const input = delimited(4, object);
    const composite = delimited(
      2,
      delimited(1, delimited(1, entry(1, 'spec', delimited(5, entry(1, 'parameters', value))))),
    );
    for (const request of [input, composite]) {
      await expect(createFunction()(request)).rejects.toMatchObject({ name: 'WireError', code: 'TOO_DEEP' });
    }
  });

  test('more entries than the maximum; the maximum is accepted', () => {
    const required = (count: number) => viewRequest(many(count, (index) => entry(8, String(index))));
    expect(required(10_000).requiredResources.size).toBe(10_000);
    expect(() => required(10_001)).toThrow(WireError);
    // Entries with the same key count once.
    expect(viewRequest(many(30_000, () => entry(8, 'same'))).requiredResources.size).toBe(1);
  });
});

describe('a peer’s request costs no more than its size, with', () => {
  const names = Array.from({ length: 200 }, (_, index) => `imagerepo-name-${index}`);
  const state = many(300_000, (index) => entry(2, `imagerepo-nam${index}`));

  test('a state of resources with names similar to the function’s own', () => {
    expect(composedResourcesOf(state, names).size).toBe(0);
    const resources = new Map(names.map((name) => [name, { resource: {} }]));
    const response = encodeResponse(viewRequest(delimited(3, state)), { resources, results: [], conditions: [] });
    expect(response.length).toBeGreaterThan(state.length);
  });

  test('millions of capabilities, of which the possible ones are kept', () => {
    const numbers = Buffer.alloc(3_000_000);
    for (let at = 0; at < numbers.length; at += 3) {
      const number = at / 3;
      numbers.set([(number & 127) | 128, ((number >> 7) & 127) | 128, (number >> 14) & 127], at);
    }
    const { capabilities } = viewRequest(delimited(1, delimited(2, numbers)));
    expect(capabilities?.size).toBe(256);
  });

  test('one key, a million times', () => {
    expect(decodeStruct(many(1_000_000, () => entry(1, 'a')))).toEqual({ a: null });
  });

  test('unknown fields, a million times', () => {
    const request = many(1_000_000, () => delimited(100, Buffer.from('x')));
    expect(viewRequest(request)).toMatchObject({ tag: '' });
  });

  test('keys with a meaning in JavaScript', () => {
    const object = decodeStruct(
      Buffer.concat(['__proto__', 'constructor', 'toString', 'length'].map((key) => entry(1, key))),
    );
    expect(Object.keys(object)).toEqual(['__proto__', 'constructor', 'toString', 'length']);
    expect(Object.getPrototypeOf(object)).toBe(Object.prototype);
  });
});
