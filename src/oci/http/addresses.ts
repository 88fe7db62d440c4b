import { trimEnd } from '../../internal/trim.ts';

/**
 * The kind of network that an address or host name belongs to:
 * - `public`: the internet.
 * - `private`: networks of an organization or a cluster, such as RFC 1918.
 * - `local`: this machine, its link, and the metadata services of clouds, which return credentials.
 * - `reserved`: addresses without a host: documentation, multicast, unassigned, and text that is not an address.
 */
export type NetworkKind = 'public' | 'private' | 'local' | 'reserved';

/** The kinds of networks that connections are allowed to, in addition to public ones. Reserved ones are never allowed. */
export interface AllowedNetworks {
  readonly private: boolean;
  readonly local: boolean;
}

// https://www.iana.org/assignments/iana-ipv4-special-registry, and the metadata services of clouds. The longest prefix decides.
const IPV4 = ranges([
  ['0.0.0.0/0', 'public'],
  ['0.0.0.0/8', 'local'],
  ['10.0.0.0/8', 'private'],
  ['100.64.0.0/10', 'private'],
  // Alibaba Cloud
  ['100.100.100.200/32', 'local'],
  ['127.0.0.0/8', 'local'],
  // Azure
  ['168.63.129.16/32', 'local'],
  ['169.254.0.0/16', 'local'],
  ['172.16.0.0/12', 'private'],
  ['192.0.0.0/24', 'reserved'],
  // Oracle Cloud
  ['192.0.0.192/32', 'local'],
  ['192.0.2.0/24', 'reserved'],
  ['192.88.99.0/24', 'reserved'],
  ['192.168.0.0/16', 'private'],
  ['198.18.0.0/15', 'private'],
  ['198.51.100.0/24', 'reserved'],
  ['203.0.113.0/24', 'reserved'],
  ['224.0.0.0/4', 'reserved'],
  // Reserved, but used in clouds and clusters.
  ['240.0.0.0/4', 'private'],
  ['255.255.255.255/32', 'reserved'],
]);

// https://www.iana.org/assignments/iana-ipv6-special-registry; only 2000::/3 is assigned as global unicast.
const IPV6 = ranges([
  ['::/0', 'reserved'],
  ['::/128', 'local'],
  ['::1/128', 'local'],
  ['2000::/3', 'public'],
  ['2001::/23', 'reserved'],
  ['2001:db8::/32', 'reserved'],
  ['3fff::/20', 'reserved'],
  ['fc00::/7', 'private'],
  // Amazon, Google, Oracle and Scaleway
  ['fd00:ec2::/32', 'local'],
  ['fd20:ce::254/128', 'local'],
  ['fd00:c1::a9fe:a9fe/128', 'local'],
  ['fd00:42::42/128', 'local'],
  ['fe80::/10', 'local'],
  ['fec0::/10', 'private'],
]);

/** IPv6 networks whose addresses contain an IPv4 address from byte `at` on, with the least strict kind of their addresses. */
const EMBEDDED = [
  { prefix: prefixOf('::ffff:0:0/96'), at: 12, best: 'public' },
  { prefix: prefixOf('::/96'), at: 12, best: 'reserved' },
  { prefix: prefixOf('64:ff9b::/96'), at: 12, best: 'public' },
  { prefix: prefixOf('64:ff9b:1::/48'), at: 12, best: 'private' },
  { prefix: prefixOf('2002::/16'), at: 2, best: 'public' },
] as const;

const STRICTNESS: readonly NetworkKind[] = ['public', 'private', 'reserved', 'local'];

const LOCAL_NAMES = new Set([
  'localhost',
  'localdomain',
  'ip6-localhost',
  'ip6-loopback',
  'metadata',
  'metadata.goog',
  'metadata.google.internal',
  'metadata.azure.internal',
  'metadata.tencentyun.com',
  'instance-data',
  'instance-data.ec2.internal',
]);
/** Top-level domains that are never delegated (RFC 6761, RFC 6762 appendix G, RFC 8375), and the cluster's own. */
const PRIVATE_DOMAINS = ['local', 'internal', 'svc', 'home.arpa', 'intranet', 'private', 'corp', 'home', 'lan'];

/** Returns the kind of network of an IP address without brackets. A zone is ignored. */
export function addressKind(address: string): NetworkKind {
  const bytes = parseAddress(address);
  if (bytes === undefined) return 'reserved';
  if (bytes.length === 4) return longest(IPV4, bytes);
  if (IPV6.some(({ prefix, kind }) => prefix.bits === 128 && kind === 'local' && isIn(prefix, bytes))) return 'local';
  const holder = EMBEDDED.find(({ prefix }) => isIn(prefix, bytes));
  if (holder === undefined) return longest(IPV6, bytes);
  return strictest(holder.best, longest(IPV4, bytes.slice(holder.at, holder.at + 4)));
}

/**
 * Returns the kind of network of a host, as in a URL or image reference but without a port. A name is not resolved: one that is `public`
 * can still resolve to any address.
 */
export function hostKind(host: string): NetworkKind {
  const name = normalHost(host);
  if (name === undefined) return 'reserved';
  if (isAddress(name)) return addressKind(name.replace(/^\[|\]$/g, ''));
  if (LOCAL_NAMES.has(name) || name.endsWith('.localhost') || name.endsWith('.localdomain')) return 'local';
  if (!name.includes('.') || PRIVATE_DOMAINS.some((domain) => name.endsWith(`.${domain}`))) return 'private';
  return 'public';
}

/** True when the host of a URL is an IP address and not a name. */
export function isAddress(hostname: string): boolean {
  return /^(?:\[.*\]|[\d.]+)$/.test(hostname);
}

/** True when connections to networks of this kind are allowed. */
export function isAllowed(kind: NetworkKind, allowed: AllowedNetworks): boolean {
  if (kind === 'public') return true;
  return kind !== 'reserved' && allowed[kind];
}

/** True when a host (without port) is a name or address of this machine, or in `*.localhost` or `*.local`. */
export function isLocalName(host: string): boolean {
  const name = normalHost(host) ?? '';
  if (name === '[::1]' || /^127\.[\d.]+$/.test(name)) return true;
  return name === 'localhost' || name.endsWith('.localhost') || name.endsWith('.local');
}

/** Normalizes a host as URLs do: lower case, ASCII, IPv4 addresses in four decimal parts. Removes a trailing dot. */
function normalHost(host: string): string | undefined {
  const bracketed = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
  const text = `http://${bracketed}/`;
  if (/[/?#@\\]/.test(host) || !URL.canParse(text)) return undefined;
  return trimEnd(new URL(text).hostname, '.') || undefined;
}

type Bytes = readonly number[];

interface Prefix {
  readonly network: Bytes;
  readonly bits: number;
}

interface NetworkRange {
  readonly prefix: Prefix;
  readonly kind: NetworkKind;
}

function ranges(list: readonly (readonly [cidr: string, kind: NetworkKind])[]): readonly NetworkRange[] {
  const parsed = list.map(([cidr, kind]) => ({ prefix: prefixOf(cidr), kind }));
  return parsed.sort((a, b) => b.prefix.bits - a.prefix.bits);
}

function prefixOf(cidr: string): Prefix {
  const [address = '', bits] = cidr.split('/');
  return { network: parseAddress(address) ?? [], bits: Number(bits) };
}

function longest(list: readonly NetworkRange[], address: Bytes): NetworkKind {
  return list.find(({ prefix }) => isIn(prefix, address))?.kind ?? 'reserved';
}

function isIn({ network, bits }: Prefix, address: Bytes): boolean {
  return network.every((byte, index) => {
    const significant = Math.min(8, Math.max(0, bits - index * 8));
    return byte >> (8 - significant) === (address[index] ?? 0) >> (8 - significant);
  });
}

function strictest(a: NetworkKind, b: NetworkKind): NetworkKind {
  return STRICTNESS.indexOf(a) > STRICTNESS.indexOf(b) ? a : b;
}

/** Parses an IP address to its 4 or 16 bytes. Returns undefined for other text. */
function parseAddress(text: string): Bytes | undefined {
  const address = text.replace(/%.*$/s, '');
  return address.includes(':') ? parseIpv6(address) : parseIpv4(address);
}

function parseIpv4(text: string): Bytes | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part))) return undefined;
  const bytes = parts.map(Number);
  return bytes.every((byte) => byte <= 255) ? bytes : undefined;
}

function parseIpv6(text: string): Bytes | undefined {
  const url = `http://[${text}]/`;
  // The URL parser accepts every spelling and returns that of RFC 5952, without an embedded IPv4 address.
  if (!/^[0-9a-fA-F:.]{2,45}$/.test(text) || !URL.canParse(url)) return undefined;
  const [head = '', tail] = new URL(url).hostname.slice(1, -1).split('::');
  const first = groupsOf(head);
  const last = groupsOf(tail ?? '');
  const zeros = Array.from({ length: 8 - first.length - last.length }, () => 0);
  return [...first, ...zeros, ...last].flatMap((group) => [group >> 8, group & 255]);
}

function groupsOf(text: string): number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
}
