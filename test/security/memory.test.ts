import { describe, expect, test } from 'vitest';
import { createMemory } from '../../src/function/memory.ts';
import { readComposite } from '../../src/function/observed/composite.ts';
import { encodeStruct } from '../../src/protocol/struct.ts';
import { composite, input, seedParameters } from '../function/call.ts';

// A claim of the largest size that is read takes a megabyte once it is decoded: a thousand of them would end the service.

/** Plans claims with so many unknown fields, and returns for each whether its plan is still cached. */
function remembered(maxPlanBytes: number, claims: readonly { readonly namespace: string; readonly fields: number }[]) {
  const memory = createMemory({ maxPlanBytes });
  const ofPlatform = memory.input(encodeStruct(input()));
  const plans = () =>
    claims.map(({ namespace, fields }, index) => {
      const unknown = Object.fromEntries(Array.from({ length: fields }, (_, field) => [`field${field}`, 'x']));
      const metadata = { name: `app-${index}`, uid: `uid-${index}` };
      const spec = { claimRef: { namespace, name: 'app' }, parameters: { ...seedParameters, unknown } };
      return memory.plan(readComposite(encodeStruct({ ...composite(), metadata, spec })), ofPlatform);
    });
  const first = plans();
  return plans().map((plan, index) => plan === first[index]);
}

describe('the cache of plans', () => {
  const large = { namespace: 'evil', fields: 1_000 };
  const small = { namespace: 'good', fields: 0 };

  test('stays within its limit of bytes, even with few plans', () => {
    expect(remembered(1_000_000, [large, large])).toEqual([true, true]);
    expect(remembered(300_000, [large])).toEqual([true]);
    expect(remembered(200_000, [large])).toEqual([false]);
  });

  test('evicts plans of the namespace that has the most', () => {
    const many = Array.from({ length: 20 }, () => large);
    expect(remembered(1_000_000, [small, ...many])[0]).toBe(true);
  });
});
