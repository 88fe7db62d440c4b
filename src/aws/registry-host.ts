import { domainOf, PARTITIONS, type Partition } from './partition.ts';

/** The parts of the host name of a private ECR registry. */
export interface EcrRegistry {
  /** Twelve digits. */
  readonly account: string;
  readonly region: string;
  readonly fips: boolean;
  /** Domain of the partition, such as `amazonaws.com` or `amazonaws.com.cn`. */
  readonly domain: string;
}

// Each domain goes with the regions of its own partition only.
const REST = PARTITIONS.map(hostPattern).join('|');
// Anchored at both ends: credentials are sent to hosts that match.
const HOST = new RegExp(`^([0-9]{12})\\.(?:${REST})$`);
const HOST_OF_ANY_ACCOUNT = new RegExp(`^([^./]+)\\.(?:${REST})$`);

/**
 * Parses the host of a private ECR registry: `ACCOUNT.dkr.ecr[-fips].REGION.DOMAIN`, or for dual-stack `ACCOUNT.dkr-ecr[-fips].REGION.on.DOMAIN`.
 * Gives undefined for any other host, including ECR Public and hosts with a port.
 */
export function parseEcrHost(host: string): EcrRegistry | undefined {
  return parseWith(HOST, host);
}

/** True for the host of a private ECR registry. */
export function isEcrHost(host: string): boolean {
  return HOST.test(host);
}

/**
 * The region of a host with the form of a private ECR registry, whatever stands in place of the account: manifests have placeholders there.
 * Says nothing about whether such a registry exists.
 */
export function regionOfEcrHost(host: string): string | undefined {
  return parseWith(HOST_OF_ANY_ACCOUNT, host)?.region;
}

/** True for a host that is meant as one of a private ECR registry, with or without the right form. */
export function looksLikeEcrHost(host: string): boolean {
  return /\.dkr[.-]ecr/.test(host);
}

/** The host of a private ECR registry over IPv4. `account` may be a placeholder. */
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
