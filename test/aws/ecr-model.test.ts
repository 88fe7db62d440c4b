import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatModel } from '../../package/generate/ecr-model.ts';
import { ECR_MODEL } from '../../src/aws/ecr-model.ts';
import { type Constraints, ELSEWHERE, isOfShape, ROWS } from './ecr-model-rows.ts';

test('the table has a row for every shape of the model', () => {
  const named = [...ROWS.map(({ shape }) => shape), ...Object.keys(ELSEWHERE)];
  expect(named.sort()).toEqual(Object.keys(ECR_MODEL.shapes).sort());
});

describe.each(ROWS)('$field and $shape', ({ shape, takes, stricter, like }) => {
  const { max = 1, pattern, enum: words }: Constraints = ECR_MODEL.shapes[shape];
  const ofPattern = pattern === undefined ? fc.constant('') : fc.stringMatching(new RegExp(`^(?:${pattern})$`));
  const values = words ? fc.constantFrom(...words) : (like ?? ofPattern);
  const isRefused = (value: string) => stricter?.refuses(value) ?? false;

  test(`accepts what ECR accepts${stricter ? `, except: ${stricter.because}` : ''}`, () => {
    let taken = 0;
    fc.assert(
      fc.property(values, (value) => {
        const wanted = isOfShape(shape, value) && !isRefused(value);
        taken += Number(wanted);
        expect(takes(value), value).toBe(wanted);
      }),
    );
    expect(taken).toBeGreaterThan(0);
  });

  test('refuses what ECR refuses', () => {
    const anything = fc.string({
      unit: fc.constantFrom('a', '1', '-', '_', '.', '/', '*', ':', 'A', ' '),
      maxLength: 40,
    });
    const tooLong = values.map((value) => value.padEnd(max + 1, 'a'));
    fc.assert(fc.property(fc.oneof(anything, tooLong), (value) => !takes(value) || isOfShape(shape, value)));
  });
});

test('the generator keeps the constraints of the shapes and the partitions', () => {
  const shapes = Object.fromEntries(
    Object.entries(ECR_MODEL.shapes).map(([name, shape]) => [
      name,
      { type: 'string', documentation: '<p/>', ...shape },
    ]),
  );
  const partitions = ECR_MODEL.partitions.map(({ dnsSuffix, dualStackDnsSuffix, regions, ...rest }) => ({
    ...rest,
    outputs: { name: rest.id, dnsSuffix, dualStackDnsSuffix, supportsFIPS: true },
    regions: Object.fromEntries([...regions, `${rest.id}-global`].map((region) => [region, { description: '' }])),
  }));
  const json = /ECR_MODEL = (.*) as const;/.exec(formatModel(ECR_MODEL.botocore, { shapes }, { partitions }))?.[1];
  expect(JSON.parse(json ?? '')).toEqual(ECR_MODEL);
  expect(() => formatModel('0', { shapes: {} }, { partitions })).toThrow('botocore has no shapes.RepositoryName');
});
