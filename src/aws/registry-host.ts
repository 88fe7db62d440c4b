import { domainOf, PARTITIONS, type Partition } from './partition.ts';

/** The parts of the host name of a private ECR registry. */
export interface EcrRegistry {
  /** Twelve digits. */
  readonly account: string;
  readonly region: string;
  readonly fips: boolean;
  /** The domain of the partition, such as `amazonaws.com` or `amazonaws.com.cn`. */
  readonly domain: string;
}

// Each domain is valid only with the regions of its partition.
const REST = PARTITIONS.map(hostPattern).join('|');
// Anchored at both ends, since credentials are sent to hosts that match.
const HOST = new RegExp(`^([0-9]{12})\\.(?:${REST})$`);
const HOST_OF_ANY_ACCOUNT = new RegExp(`^([^./]+)\\.(?:${REST})$`);

/**
 * Parses the host of a private ECR registry: `ACCOUNT.dkr.ecr[-fips].REGION.DOMAIN`, or `ACCOUNT.dkr-ecr[-fips].REGION.on.DOMAIN` for dual-stack.
 * Returns undefined for other hosts, including ECR Public and hosts with a port.
 */
export function parseEcrHost(host: string): EcrRegistry | undefined {
  return parseWith(HOST, host);
}

/** True for the host of a private ECR registry. */
export function isEcrHost(host: string): boolean {
  return HOST.test(host);
}

/**
 * Returns the region of a host in the format of private ECR registries. The account can be a placeholder, as in manifests. The registry need
 * not exist.
 */
export function regionOfEcrHost(host: string): string | undefined {
  return parseWith(HOST_OF_ANY_ACCOUNT, host)?.region;
}

/** True for a host that is probably intended to be a private ECR registry, even if its format is invalid. */
export function looksLikeEcrHost(host: string): boolean {
  return /\.dkr[.-]ecr/.test(host);
}

/** Returns the host of a private ECR registry over IPv4. `account` can be a placeholder. */
export function ecrHostOf(account: string, region: string): string {
  return `${account}.dkr.ecr.${region}.${domainOf(region)}`;
}

function parseWith(expression: RegExp, host: string): EcrRegistry | undefined {
  const match = expression.exec(host);
  if (match === null) return undefined;
  const [account = '', fips, region = '', domain = ''] = match.slice(1).filter((part) => part !== undefined);
  return { account, region, fips: fips === '-fips', domain };
}

function hostPattern({ regions, domain, dualStackDomain }: Partition): string {
  const [ipv4, dualStack] = [domain, dualStackDomain].map((text) => text.replaceAll('.', '\\.'));
  return `dkr\\.ecr((?:-fips)?)\\.(${regions})\\.(${ipv4})|dkr-ecr((?:-fips)?)\\.(${regions})\\.(${dualStack})`;
}
