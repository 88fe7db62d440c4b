import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { ECR_MODEL } from '../../src/aws/ecr-model.ts';
import { PARTITIONS, partitionOf } from '../../src/aws/partition.ts';
import { parseEcrHost } from '../../src/aws/registry-host.ts';

test.each([
  { region: 'us-east-1', want: 'aws' },
  { region: 'ap-southeast-7', want: 'aws' },
  { region: 'mx-central-1', want: 'aws' },
  { region: 'us-gov-west-1', want: 'aws-us-gov' },
  { region: 'cn-northwest-1', want: 'aws-cn' },
  { region: 'eusc-de-east-1', want: 'aws-eusc' },
  { region: 'us-iso-west-1', want: 'aws-iso' },
  { region: 'us-isob-east-1', want: 'aws-iso-b' },
  { region: 'eu-isoe-west-1', want: 'aws-iso-e' },
  { region: 'us-isof-south-1', want: 'aws-iso-f' },
  { region: 'nz-north-1', want: 'aws' },
])('$region is in $want', ({ region, want }) => {
  expect(partitionOf(region)).toBe(want);
});

// The SDK exports no list, so the test imports the module that contains it.
const SDK = join(
  import.meta.dirname,
  '../../node_modules/@aws-sdk/core/dist-es/submodules/client/util-endpoints/lib/aws/partitions.js',
);
const schema = z.object({
  partitions: z.array(
    z.object({
      id: z.string(),
      outputs: z.object({ dnsSuffix: z.string(), dualStackDnsSuffix: z.string() }),
      regions: z.record(z.string(), z.unknown()),
    }),
  ),
});
const { partitionsInfo } = await import(SDK);
const { partitions } = schema.parse(partitionsInfo);

test('the partitions are those of the AWS SDK', () => {
  const dualStack = (domain: string) => domain.replace(/^api\./, 'on.');
  const theirs = partitions.map(({ id, outputs }) => [id, outputs.dnsSuffix, dualStack(outputs.dualStackDnsSuffix)]);
  expect(PARTITIONS.map(({ id, domain, dualStackDomain }) => [id, domain, dualStackDomain]).sort()).toEqual(
    theirs.sort(),
  );
});

test.each(
  partitions.flatMap(({ id, regions, outputs }) =>
    // A region without a number represents global services of the partition.
    Object.keys(regions)
      .filter((region) => /\d$/.test(region))
      .map((region) => ({ id, region, domain: outputs.dnsSuffix })),
  ),
)('$region is in $id, as in the AWS SDK', ({ id, region, domain }) => {
  expect(partitionOf(region)).toBe(id);
  expect(parseEcrHost(`123456789012.dkr.ecr.${region}.${domain}`)).toMatchObject({ region, domain });
});

describe('partitions', () => {
  test.each(ECR_MODEL.partitions)(
    '$id: each of its regions belongs to it alone, and has registries',
    ({ id, regions, dnsSuffix }) => {
      for (const region of regions) {
        expect(partitionOf(region)).toBe(id);
        expect(PARTITIONS.filter((one) => new RegExp(`^${one.regions}$`).test(region)).map((one) => one.id)).toEqual([
          id,
        ]);
        expect(parseEcrHost(`111122223333.dkr.ecr.${region}.${dnsSuffix}`)).toMatchObject({
          region,
          domain: dnsSuffix,
        });
      }
    },
  );

  test('a region is in a partition only if botocore agrees', () => {
    const regions = fc.oneof(
      ...ECR_MODEL.partitions.map(({ regionRegex }) => fc.stringMatching(new RegExp(regionRegex))),
      fc.stringMatching(/^[a-z]{2,4}(-[a-z]{2,6}){1,3}-[0-9]{1,3}$/),
    );
    fc.assert(
      fc.property(regions, (region) => {
        const ours = PARTITIONS.filter((one) => new RegExp(`^${one.regions}$`).test(region)).map(({ id }) => id);
        const theirs = ECR_MODEL.partitions.filter(({ regionRegex }) => new RegExp(regionRegex).test(region));
        expect(theirs.map(({ id }) => id)).toEqual(expect.arrayContaining(ours));
        // Ours is narrower: a matching region is part of the names of hosts to which logins are sent.
        if (/^[a-z-]+-[0-9]{1,2}$/.test(region)) expect(ours).toEqual(theirs.map(({ id }) => id));
      }),
    );
  });
});
