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
 * Resolves host names as `resolve` does, by default as Node does, and fails when any of the addresses is in a network that is not allowed. Node connects to the addresses
 * that it gets from here, so a name that resolves to another address a moment later changes nothing.
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

/** Throws `REFUSED_REDIRECT` for a host that is, by its spelling, in a network that is not allowed. `host` has no port. */
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
    `cannot connect to ${quote(host)}: ${NETWORKS[kind]} addresses are not allowed here`,
  );
}
