import { type BlobSource, parseManifest, type RegistryClient } from '../../oci/index.ts';
import { isCacheError } from '../errors.ts';
import type { ContentStore } from '../store.ts';

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
      return { descriptor, open: () => openStored(store, blob) };
    },
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

/** A disk that is full or broken costs speed only: the registry has what it should have. */
async function orNothing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (isCacheError(error)) return undefined;
    throw error;
  }
}
