import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isObject, type Json, type JsonObject } from '../../src/json/value.ts';
import { Severity } from '../../src/protocol/messages.ts';
import { call, composite, input, request, seedParameters } from './call.ts';
import { flavors, isNamespaced, settings } from './settings-table.ts';

const json: fc.Arbitrary<Json> = fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.parse(JSON.stringify(value)));

/** Valid settings with an arbitrary value in one place. */
const spoiled = fc
  .tuple(fc.constantFrom(...Object.values(settings)), fc.nat(), json)
  .map(([setting, at, value]) => ({ ...seedParameters, ...spoil(setting, at, value) }));

function spoil(object: JsonObject, at: number, value: Json): JsonObject {
  const entries = Object.entries(object);
  const chosen = entries[at % Math.max(entries.length, 1)];
  if (!chosen) return object;
  const [key, inner] = chosen;
  const deeper = at % 3 !== 0 && isObject(inner) ? spoil(inner, Math.floor(at / 3), value) : value;
  return { ...object, [key]: deeper };
}

test('any parameters result in resources or one fatal result with the path', async () => {
  await fc.assert(
    fc.asyncProperty(spoiled, fc.constantFrom(...Object.values(flavors)), async (parameters, provider) => {
      const namespaced = isNamespaced(provider);
      const fields = input({ provider, repositories: [{ name: 'image' }] });
      const { results, desired, conditions } = await call(request({ input: fields, composite: composite(parameters) }));
      const fatal = results.filter(({ severity }) => severity === Severity.FATAL);
      expect(fatal.length, namespaced ? 'namespaced' : 'cluster').toBe(desired.resources?.imagerepo ? 0 : 1);
      for (const { message } of fatal)
        expect(message).toMatch(/^(\d+ problems: \(1\) )?(spec\.parameters|input|metadata)/);
      expect(conditions[0]?.type).toBe('ParametersValid');
    }),
    { numRuns: 300 },
  );
});

test('any Input is accepted, or refused with the path', async () => {
  const whole = fc.dictionary(
    fc.constantFrom(
      'ttl',
      'nameTemplate',
      'provider',
      'defaults',
      'enforced',
      'allowed',
      'repositories',
      'pullSecret',
      'observe',
    ),
    json,
  );
  await fc.assert(
    fc.asyncProperty(whole, async (fields) => {
      const { results, desired } = await call(request({ input: input(fields) }));
      const fatal = results.find(({ severity }) => severity === Severity.FATAL);
      if (fatal) expect(fatal.message).toMatch(/^(\d+ problems: \(1\) )?(spec\.parameters|input|metadata)/);
      else expect(Object.keys(desired.resources ?? {}).length).toBeGreaterThan(0);
    }),
    { numRuns: 300 },
  );
});

test('equal requests have equal responses, for any order of keys', async () => {
  for (const setting of Object.values(settings)) {
    const own = { ...seedParameters, ...setting };
    const reversed = Object.fromEntries(Object.entries(own).reverse());
    const provider = flavors['ecr.aws.upbound.io v1beta2'] ?? {};
    const answers = [own, reversed].map((parameters) => {
      return call(request({ input: input({ provider }), composite: composite(parameters) }));
    });
    const [one, other] = await Promise.all(answers);
    expect(JSON.stringify(other)).toBe(JSON.stringify(one));
  }
});
