import { type LookupAddress, type LookupOptions, lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { OciError, quote } from '../errors.ts';
import { type AllowedNetworks, addressKind, hostKind, isAllowed, type NetworkKind } from './addresses.ts';

/** Resolves a host name to all its addresses. */
export type ResolveHost = (
  hostname: string,
  options: LookupOptions & { readonly all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/**
 * Creates a function that resolves host names with `resolve` (default: Node's lookup), and fails if one of the addresses is in a network
 * that is not allowed. Node connects to the addresses that this function returns, so a later change of the DNS record has no effect.
 */
export function guardedLookup(allowed: AllowedNetworks, resolve: ResolveHost = lookup): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, []);
      const refused = addresses.find(({ address }) => !isAllowed(addressKind(address), allowed));
      if (refused) {
        const host = `${hostname} (${refused.address})`;
        return callback(networkError(host, addressKind(refused.address)), []);
      }
      if (options.all) return callback(null, addresses);
      const [first] = addresses;
      callback(null, first?.address ?? '', first?.family);
    });
  };
}

/** Throws `REFUSED_REDIRECT` if the spelling of a host (without port) means a network that is not allowed. */
export function checkHost(host: string, allowed: AllowedNetworks): void {
  const kind = hostKind(host);
  if (!isAllowed(kind, allowed)) throw networkError(host, kind);
}

const NETWORKS: Readonly<Record<NetworkKind, string>> = {
  public: 'public',
  private: 'private',
  local: 'loopback, link-local and metadata',
  reserved: 'reserved',
};

function networkError(host: string, kind: NetworkKind): OciError {
  return new OciError(
    'REFUSED_REDIRECT',
    `cannot connect to ${quote(host)}: ${NETWORKS[kind]} addresses are not allowed`,
  );
}
