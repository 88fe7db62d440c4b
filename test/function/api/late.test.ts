import { expect, test } from 'vitest';
import * as z from 'zod/mini';
import { late } from '../../../src/function/api/late.ts';

function counted() {
  let made = 0;
  const field = late(() => {
    made += 1;
    return z.strictObject({ days: z.int('must be a whole number') }).check(z.describe('What it is for.'));
  });
  return { schema: z.partial(z.strictObject({ field, name: z.string() })), made: () => made };
}

test('a schema is made when its field is there, and once', () => {
  const { schema, made } = counted();
  expect(schema.parse({ name: 'a' })).toEqual({ name: 'a' });
  expect(schema.parse({ field: undefined })).toEqual({ field: undefined });
  expect(made()).toBe(0);
  expect(schema.parse({ field: { days: 1 } })).toEqual({ field: { days: 1 } });
  expect(schema.safeParse({ field: { days: 0.5 } }).error?.issues).toMatchObject([{ path: ['field', 'days'] }]);
  expect(made()).toBe(1);
});

test('it has a place in the schemas that are generated like any other', () => {
  const at = (schema: z.ZodMiniType) => z.toJSONSchema(schema, { io: 'input' }).properties;
  const plain = z.strictObject({ days: z.int() }).check(z.describe('What it is for.'));
  expect(at(counted().schema)).toEqual(at(z.partial(z.strictObject({ field: plain, name: z.string() }))));
});
