import { sha256Hex } from '../../internal/bytes/hash.ts';
import { type BlobSource, formatReference, OciError, parseManifest, type RegistryClient } from '../../oci/index.ts';
import { isCacheError } from '../errors.ts';
import type { ContentStore } from '../store.ts';
import type { SourceRequest } from './request.ts';

/**
 * The scope of the store that a request may read and write. Content belongs to the repository that it came from: a registry that names the
 * digest of another repository's content proves no access to it. A tenant that chose whom to trust or how to get to the registry can make
 * it say anything, and has a scope of its own.
 */
export function storeScope({ repository, connection, tenant }: SourceRequest): string {
  const source = formatReference(repository);
  if (connection.kind === 'platform' || isPlain(connection.transport)) return JSON.stringify([source]);
  return JSON.stringify([source, tenant, sha256Hex(JSON.stringify(connection.transport))]);
}

/** True when the connection is one that anybody would get: straight to the registry, with certificates of the public authorities. */
function isPlain(transport: Extract<SourceRequest['connection'], { kind: 'tenant' }>['transport']): boolean {
  // Every setting counts, also one that is added later.
  return Object.values(transport).every((value) => value === undefined || value === false);
}

/**
 * A client that keeps what it fetches by digest in a store and asks the registry only for what is not there. Whether the caller may
 * see it is for the caller to find out: `resolve` always asks the registry.
 */
export function storedClient(client: RegistryClient, store: ContentStore): RegistryClient {
  return {
    ...client,
    async fetchManifest(reference, options) {
      const kept = reference.digest && (await orNothing(store.get(reference.digest)));
      if (kept !== undefined) return parseManifest(kept);
      const document = await client.fetchManifest(reference, options);
      await orNothing(store.put(document.bytes));
      return document;
    },
    blob(repository, descriptor, options) {
      const blob = client.blob(repository, descriptor, options);
      if (descriptor.size > store.maxBytes) return blob;
      return { descriptor, open: () => openStored(store, blob) };
    },
  };
}

/** A client that has what is in the store, and nothing else: the registry is not asked. */
export function storeClient(client: RegistryClient, store: ContentStore): RegistryClient {
  const missing = () => new OciError('NOT_FOUND', 'it is not in the store');
  const refuse = () => Promise.reject(missing());
  return {
    ...client,
    resolve: refuse,
    listTags: refuse,
    async fetchManifest({ digest }) {
      const kept = digest && (await orNothing(store.get(digest)));
      if (kept === undefined) throw missing();
      return parseManifest(kept);
    },
    blob: (_, descriptor) => ({
      descriptor,
      async *open() {
        const kept = await orNothing(store.get(descriptor.digest));
        if (kept === undefined) throw missing();
        yield kept;
      },
    }),
  };
}

/** Bytes are kept only once their end was seen, and with it that they are right. */
async function* openStored(store: ContentStore, blob: BlobSource): AsyncGenerator<Uint8Array, void, undefined> {
  const kept = await orNothing(store.get(blob.descriptor.digest));
  if (kept !== undefined) {
    yield kept;
    return;
  }
  const pieces: Uint8Array[] = [];
  for await (const piece of blob.open()) {
    pieces.push(Buffer.from(piece));
    yield piece;
  }
  await orNothing(store.put(Buffer.concat(pieces)));
}

/** The result of work with a store, or nothing where its disk is full or broken: the registry has what it should have. */
export async function orNothing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (isCacheError(error)) return undefined;
    throw error;
  }
}
