import { ECR_MODEL } from './ecr-model.ts';

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

/** The partitions of AWS. */
export const PARTITIONS: readonly Partition[] = ECR_MODEL.partitions.map((partition) => ({
  id: partition.id,
  regions: regionsOf(partition.regionRegex),
  domain: partition.dnsSuffix,
  // The model has the domain of APIs; registries have one of their own beside it.
  dualStackDomain: partition.dualStackDnsSuffix.replace(/^api\./, 'on.'),
}));

const BY_REGION = PARTITIONS.map((partition) => ({ partition, region: new RegExp(`^${partition.regions}$`) }));

/** The regions of all partitions, as AWS's model lists them. */
export const REGIONS: readonly string[] = ECR_MODEL.partitions.flatMap(({ regions }) => regions);

/** The id of the partition of a region, for ARNs. A region of no known partition counts as one of `aws`. */
export function partitionOf(region: string): string {
  return partitionWith(region)?.id ?? 'aws';
}

/** The domain of services in a region. A region of no known partition counts as one of `aws`. */
export function domainOf(region: string): string {
  return partitionWith(region)?.domain ?? 'amazonaws.com';
}

function partitionWith(region: string): Partition | undefined {
  return BY_REGION.find((one) => one.region.test(region))?.partition;
}

/** Narrows the model's expression to parts of host names: logins are sent to hosts that match, and `\w` would allow `_` and upper case. */
function regionsOf(regionRegex: string): string {
  return regionRegex
    .replace(/^\^|\$$/g, '')
    .replaceAll('\\-', '-')
    .replaceAll('(', '(?:')
    .replaceAll('\\w+', '[a-z]+')
    .replaceAll('\\d+', '[0-9]{1,2}');
}
