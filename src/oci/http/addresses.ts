import { lookup as lookupHost } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { OciError, quote } from '../errors.ts';

type Range = readonly [network: string, prefix: number, family: 'ipv4' | 'ipv6'];

const LOOPBACK: readonly Range[] = [
  ['127.0.0.0', 8, 'ipv4'],
  ['::1', 128, 'ipv6'],
];
// The cloud metadata services live in 169.254.0.0/16 and at fd00:ec2::254.
const LINK_LOCAL: readonly Range[] = [
  ['0.0.0.0', 8, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['::', 128, 'ipv6'],
  ['fe80::', 10, 'ipv6'],
  ['fd00:ec2::254', 128, 'ipv6'],
];
const PRIVATE: readonly Range[] = [
  ['10.0.0.0', 8, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['fc00::', 7, 'ipv6'],
];

const loopback = blockList(LOOPBACK);
const local = blockList([...LOOPBACK, ...LINK_LOCAL]);
const notPublic = blockList([...LOOPBACK, ...LINK_LOCAL, ...PRIVATE]);

/** True for a host (without port) that is this machine by name or address, or in `*.localhost` or `*.local`. */
export function isLocalName(host: string): boolean {
  const name = host.toLowerCase();
  return name === 'localhost' || name.endsWith('.localhost') || name.endsWith('.local') || holds(loopback, host);
}

/** True for an IP address of this machine or its link: loopback, link-local, unspecified, cloud metadata. */
export function isLocalAddress(address: string): boolean {
  return holds(local, address);
}

/** True for an IP address that is local or private (RFC 1918, RFC 4193). */
export function isPrivateAddress(address: string): boolean {
  return holds(notPublic, address);
}

/** Resolves host names as Node does, but refuses answers that are local addresses. */
export const lookupPublic: LookupFunction = (hostname, options, callback) => {
  lookupHost(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, []);
    const refused = addresses.find(({ address }) => isLocalAddress(address));
    if (refused) return callback(localAddressError(`${hostname} (${refused.address})`), []);
    if (options.all) return callback(null, addresses);
    const [first] = addresses;
    callback(null, first?.address ?? '', first?.family);
  });
};

/** The error for a host that must not be reached. */
export function localAddressError(host: string): OciError {
  return new OciError(
    'REFUSED_REDIRECT',
    `cannot connect to ${quote(host)}: loopback and link-local addresses are not allowed here`,
  );
}

function blockList(ranges: readonly Range[]): BlockList {
  const list = new BlockList();
  for (const [network, prefix, family] of ranges) list.addSubnet(network, prefix, family);
  return list;
}

function holds(list: BlockList, host: string): boolean {
  const address = host.replace(/^\[|\]$/g, '');
  const family = isIP(address);
  if (family === 0) return false;
  return list.check(address, family === 6 ? 'ipv6' : 'ipv4');
}
