import { ECR_MODEL } from './ecr-model.ts';

/** An AWS partition: its regions and the domains of its services. */
export interface Partition {
  /** The id in ARNs. */
  readonly id: string;
  /** The source of a regular expression without groups that matches the partition's regions only. */
  readonly regions: string;
  /** The domain of services over IPv4, such as `amazonaws.com`. */
  readonly domain: string;
  /** The domain of container registries over IPv4 and IPv6, such as `on.aws`. */
  readonly dualStackDomain: string;
}

/** The partitions of AWS. */
export const PARTITIONS: readonly Partition[] = ECR_MODEL.partitions.map((partition) => ({
  id: partition.id,
  regions: regionsOf(partition.regionRegex),
  domain: partition.dnsSuffix,
  // The model contains the domain of APIs; registries have another one.
  dualStackDomain: partition.dualStackDnsSuffix.replace(/^api\./, 'on.'),
}));

const BY_REGION = PARTITIONS.map((partition) => ({ partition, region: new RegExp(`^${partition.regions}$`) }));

/** The regions of all partitions in AWS's model. */
export const REGIONS: readonly string[] = ECR_MODEL.partitions.flatMap(({ regions }) => regions);

/** Returns the id of the partition of a region, for ARNs. The partition of an unknown region is `aws`. */
export function partitionOf(region: string): string {
  return partitionWith(region)?.id ?? 'aws';
}

/** Returns the domain of services in a region. The partition of an unknown region is `aws`. */
export function domainOf(region: string): string {
  return partitionWith(region)?.domain ?? 'amazonaws.com';
}

function partitionWith(region: string): Partition | undefined {
  return BY_REGION.find((one) => one.region.test(region))?.partition;
}

/** Restricts the model's expression to valid host names, since logins are sent to hosts that match: `\w` would match `_` and upper case. */
function regionsOf(regionRegex: string): string {
  return regionRegex
    .replace(/^\^|\$$/g, '')
    .replaceAll('\\-', '-')
    .replaceAll('(', '(?:')
    .replaceAll('\\w+', '[a-z]+')
    .replaceAll('\\d+', '[0-9]{1,2}');
}
