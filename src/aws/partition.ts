/** An AWS partition: its regions and the domains of its services. */
export interface Partition {
  /** As ARNs name it. */
  readonly id: string;
  /** Source of an expression that matches the partition's regions and no other text; without groups. */
  readonly regions: string;
  /** Domain of services over IPv4, such as `amazonaws.com`. */
  readonly domain: string;
  /** Domain of container registries over IPv4 and IPv6, such as `on.aws`. */
  readonly dualStackDomain: string;
}

/** The partitions of the AWS SDKs' partitions.json, with the shape of region names that it states for each. */
export const PARTITIONS: readonly Partition[] = [
  {
    id: 'aws',
    regions: '(?:us|eu|ap|sa|ca|me|af|il|mx)-[a-z]+-[0-9]{1,2}',
    domain: 'amazonaws.com',
    dualStackDomain: 'on.aws',
  },
  { id: 'aws-us-gov', regions: 'us-gov-[a-z]+-[0-9]{1,2}', domain: 'amazonaws.com', dualStackDomain: 'on.aws' },
  {
    id: 'aws-cn',
    regions: 'cn-[a-z]+-[0-9]{1,2}',
    domain: 'amazonaws.com.cn',
    dualStackDomain: 'on.amazonwebservices.com.cn',
  },
  {
    id: 'aws-eusc',
    regions: 'eusc-de-[a-z]+-[0-9]{1,2}',
    domain: 'amazonaws.eu',
    dualStackDomain: 'on.amazonwebservices.eu',
  },
  { id: 'aws-iso', regions: 'us-iso-[a-z]+-[0-9]{1,2}', domain: 'c2s.ic.gov', dualStackDomain: 'on.aws.ic.gov' },
  { id: 'aws-iso-b', regions: 'us-isob-[a-z]+-[0-9]{1,2}', domain: 'sc2s.sgov.gov', dualStackDomain: 'on.aws.scloud' },
  {
    id: 'aws-iso-e',
    regions: 'eu-isoe-[a-z]+-[0-9]{1,2}',
    domain: 'cloud.adc-e.uk',
    dualStackDomain: 'on.cloud-aws.adc-e.uk',
  },
  {
    id: 'aws-iso-f',
    regions: 'us-isof-[a-z]+-[0-9]{1,2}',
    domain: 'csp.hci.ic.gov',
    dualStackDomain: 'on.aws.hci.ic.gov',
  },
];

const BY_REGION = PARTITIONS.map(({ id, regions }) => ({ id, region: new RegExp(`^${regions}$`) }));

/** The id of the partition of a region, for ARNs. A region of no known partition counts as one of `aws`. */
export function partitionOf(region: string): string {
  return BY_REGION.find((partition) => partition.region.test(region))?.id ?? 'aws';
}
