/** What the host name of a private ECR registry says. */
export interface EcrRegistry {
  /** Twelve digits. */
  readonly account: string;
  readonly region: string;
  readonly fips: boolean;
  /** Domain of the partition, such as `amazonaws.com` or `amazonaws.com.cn`. */
  readonly domain: string;
}

const DOMAINS = [
  'amazonaws.com',
  'amazonaws.com.cn',
  'amazonaws.eu',
  'on.aws',
  'on.amazonwebservices.com.cn',
  'sc2s.sgov.gov',
  'c2s.ic.gov',
  'cloud.adc-e.uk',
  'csp.hci.ic.gov',
];
// Anchored at both ends: credentials go where this matches, so a host that only contains the name of a registry must not.
const HOST = new RegExp(
  `^([0-9]{12})\\.dkr[.-]ecr(-fips)?\\.([a-z0-9][a-z0-9-]*)\\.(${DOMAINS.map((domain) => domain.replaceAll('.', '\\.')).join('|')})$`,
);

/** Parses the host of a private ECR registry; undefined for every other host, ECR Public's among them, and for one with a port. */
export function parseEcrHost(host: string): EcrRegistry | undefined {
  const match = HOST.exec(host);
  if (match === null) return undefined;
  const [, account = '', fips, region = '', domain = ''] = match;
  return { account, region, fips: fips !== undefined, domain };
}
