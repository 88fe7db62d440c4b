import { sha256Hex } from '../../internal/bytes/hash.ts';
import { type BlobSource, formatReference, OciError, parseManifest, type RegistryClient } from '../../oci/index.ts';
import { isCacheError } from '../errors.ts';
import type { ContentStore } from '../store.ts';
import type { SourceRequest } from './request.ts';

/**
 * Returns the scope of the store that a request may read and write. Content belongs to the repository from which it was fetched: a registry
 * that names the digest of another repository's content does not prove access to it. A tenant that sets the trusted certificates or the
 * route to the registry controls its responses, and has its own scope.
 */
export function storeScope({ repository, connection, tenant }: SourceRequest): string {
  const source = formatReference(repository);
  if (connection.kind === 'platform' || isPlain(connection.transport)) return JSON.stringify([source]);
  return JSON.stringify([source, tenant, sha256Hex(JSON.stringify(connection.transport))]);
}

/** True when the connection has no settings of the tenant: it leads directly to the registry and trusts public certificate authorities. */
function isPlain(transport: Extract<SourceRequest['connection'], { kind: 'tenant' }>['transport']): boolean {
  // Covers all settings, including future ones.
  return Object.values(transport).every((value) => value === undefined || value === false);
}

/**
 * Returns a client that stores what it fetches by digest, and requests only what is not stored. The caller must check access by `resolve`,
 * which always sends a request to the registry.
 */
export function storedClient(client: RegistryClient, store: ContentStore): RegistryClient {
  return {
    ...client,
    async fetchManifest(reference, options) {
      const kept = reference.digest && (await orUndefined(store.get(reference.digest)));
      if (kept !== undefined) return parseManifest(kept);
      const document = await client.fetchManifest(reference, options);
      await orUndefined(store.put(document.bytes));
      return document;
    },
    blob(repository, descriptor, options) {
      const blob = client.blob(repository, descriptor, options);
      if (descriptor.size > store.maxBytes) return blob;
      return { descriptor, open: () => openStored(store, blob) };
    },
  };
}

/** Returns a client that reads from the store only, without requests to the registry. */
export function storeClient(client: RegistryClient, store: ContentStore): RegistryClient {
  const missing = () => new OciError('NOT_FOUND', 'not found in the store');
  const refuse = () => Promise.reject(missing());
  return {
    ...client,
    resolve: refuse,
    listTags: refuse,
    async fetchManifest({ digest }) {
      const kept = digest && (await orUndefined(store.get(digest)));
      if (kept === undefined) throw missing();
      return parseManifest(kept);
    },
    blob: (_, descriptor) => ({
      descriptor,
      async *open() {
        const kept = await orUndefined(store.get(descriptor.digest));
        if (kept === undefined) throw missing();
        yield kept;
      },
    }),
  };
}

/** Reads a blob from the store, or from the registry. Stores it only after its last byte, when its digest has been checked. */
async function* openStored(store: ContentStore, blob: BlobSource): AsyncGenerator<Uint8Array, void, undefined> {
  const kept = await orUndefined(store.get(blob.descriptor.digest));
  if (kept !== undefined) {
    yield kept;
    return;
  }
  const pieces: Uint8Array[] = [];
  for await (const piece of blob.open()) {
    pieces.push(Buffer.from(piece));
    yield piece;
  }
  await orUndefined(store.put(Buffer.concat(pieces)));
}

/** Returns the result of work on a store, or undefined if its disk is full or broken: the content is still in the registry. */
export async function orUndefined<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (isCacheError(error)) return undefined;
    throw error;
  }
}
