import { quote } from '../../internal/quote.ts';
import {
  type CallOptions,
  type Digest,
  isDigest,
  isOciError,
  OciError,
  parseDigest,
  parsePublicKey,
  pullImage,
  type RegistryClient,
  type Signers,
  selectTag,
  verifyImageSignature,
} from '../../oci/index.ts';
import { type Content, splitContent } from '../sets/chunks.ts';
import type { ContentStore } from '../store.ts';
import { readContent } from './content/content.ts';
import { readPackageType } from './content/package-type.ts';
import { isDenial } from './failure.ts';
import type { SourceRequest, SourceSigners } from './request.ts';
import { type Fetched, metadataOf } from './state.ts';
import { orUndefined, storeClient, storedClient } from './stored-client.ts';

/** An artifact with its content. */
export interface FetchedArtifact {
  readonly fetched: Fetched;
  readonly content: Content;
}

/** The fields of a request that a fetch needs, without the tenant and the connection. */
export type FetchRequest = Pick<
  SourceRequest,
  'repository' | 'selection' | 'content' | 'signers' | 'platform' | 'chunkSize' | 'maxBytes'
>;

/** One fetch, as plain data. */
export interface FetchTask {
  readonly request: FetchRequest;
  /** The scope of the store that the fetch may read and write. */
  readonly scope: string;
  /** Identifies the request, including its tenant, credentials and signers. */
  readonly requester: string;
  readonly step: FetchQuery | { readonly kind: 'restore' };
}

/**
 * A step that sends requests to the registry. `find` resolves the source and fetches the result, unless it is the known revision. `fetch`
 * fetches the content of a revision that was resolved before. `restore`, in contrast, reads the revision that the requester last fetched
 * from the store; the result is 'unchanged' if the store does not have it.
 */
type FetchQuery =
  | { readonly kind: 'find'; readonly known: string | undefined }
  | { readonly kind: 'fetch'; readonly revision: string };

/** Runs fetches. */
export interface ArtifactFetcher {
  /** Fetches and verifies an artifact. Throws OciError, XpkgError and CacheError; any other error is a defect of this program. */
  run(client: RegistryClient, task: FetchTask, signal: AbortSignal): Promise<FetchedArtifact | 'unchanged'>;
  /** Ends all fetches. */
  close(): Promise<void>;
}

/** Returns a fetcher that runs in this thread, with a store of content that was fetched before. */
export function localFetcher(store: ContentStore): ArtifactFetcher {
  return {
    run: (client, { request, scope, requester, step }, signal) => {
      const own = noted(store.within(scope), requester);
      if (step.kind === 'restore') return restore(client, request, own, signal);
      return runQuery(client, request, step, own, signal);
    },
    close: async () => undefined,
  };
}

/** A store with the note of a requester: the revision that the registry last served to it. */
interface NotedStore {
  readonly store: ContentStore;
  readNote(): Promise<string | undefined>;
  writeNote(revision: string): Promise<void>;
  deleteNote(): Promise<void>;
}

function noted(store: ContentStore, requester: string): NotedStore {
  return {
    store,
    readNote: () => orUndefined(store.readNote(requester)),
    writeNote: (revision) => orUndefined(store.writeNote(requester, revision)),
    deleteNote: () => orUndefined(store.deleteNote(requester)),
  };
}

/** Sends a query to the registry, and notes the revision in the response. */
async function runQuery(
  client: RegistryClient,
  request: FetchRequest,
  query: FetchQuery,
  own: NotedStore,
  signal: AbortSignal,
): Promise<FetchedArtifact | 'unchanged'> {
  try {
    const result = await fetchIfChanged(storedClient(client, own.store), request, query, { signal });
    const before = query.kind === 'find' ? query.known : query.revision;
    const revision = result === 'unchanged' ? before : result.fetched.revision;
    if (revision !== undefined && (await own.readNote()) !== revision) await own.writeNote(revision);
    return result;
  } catch (error) {
    if (isDenial(error)) await own.deleteNote();
    throw error;
  }
}

/**
 * Restores an artifact from the store. Stored content does not prove access, as others may have fetched it; the note does: it records that
 * the registry served this revision to this requester. The signatures were verified then.
 */
async function restore(
  client: RegistryClient,
  request: FetchRequest,
  { store, readNote }: NotedStore,
  signal: AbortSignal,
): Promise<FetchedArtifact | 'unchanged'> {
  const revision = await readNote();
  if (revision === undefined) return 'unchanged';
  const unsigned = { ...request, signers: undefined };
  try {
    return await fetchContent(storeClient(client, store), unsigned, digestOfRevision(revision), revision, { signal });
  } catch (error) {
    if (isOciError(error, 'NOT_FOUND', 'INVALID_DIGEST')) return 'unchanged';
    throw error;
  }
}

async function fetchIfChanged(
  client: RegistryClient,
  request: FetchRequest,
  query: FetchQuery,
  options: CallOptions,
): Promise<FetchedArtifact | 'unchanged'> {
  if (query.kind === 'fetch') {
    const digest = digestOfRevision(query.revision);
    // The store may have the content, but only the registry decides who has access.
    await client.resolve({ ...request.repository, digest }, options);
    return fetchContent(client, request, digest, query.revision, options);
  }
  const { tag, digest } = await resolve(client, request, options);
  const revision = tag === undefined ? digest : `${tag}@${digest}`;
  return revision === query.known ? 'unchanged' : fetchContent(client, request, digest, revision, options);
}

async function fetchContent(
  client: RegistryClient,
  request: FetchRequest,
  digest: Digest,
  revision: string,
  options: CallOptions,
): Promise<FetchedArtifact> {
  const { repository, signers, platform, content: choice, maxBytes, chunkSize } = request;
  const reference = { ...repository, digest };
  if (signers !== undefined) await verifyImageSignature(client, reference, parseSigners(signers), options);
  const { image } = await pullImage(client, reference, platform === undefined ? options : { ...options, platform });
  const content = await readContent(image, repository, digest, choice, maxBytes, options.signal);
  const packageType = choice.kind === 'package' ? await readPackageType(content.bytes) : undefined;
  const { manifest } = splitContent(content, { base: '', chunkSize });
  const metadata = metadataOf(image.document.manifest.annotations);
  return { fetched: { revision, digest, manifest, packageType, metadata, leftOut: content.leftOut }, content };
}

function parseSigners(signers: SourceSigners): Signers {
  return 'keys' in signers ? { keys: signers.keys.map(({ name, pem }) => parsePublicKey(pem, name)) } : signers;
}

function digestOfRevision(revision: string): Digest {
  const text = revision.slice(revision.indexOf('@') + 1);
  if (isDigest(text)) return text;
  throw new OciError('INVALID_DIGEST', `invalid revision ${quote(revision)}: it must end with a digest`);
}

async function resolve(
  client: RegistryClient,
  { repository, selection }: FetchRequest,
  options: CallOptions,
): Promise<{ tag?: string; digest: Digest }> {
  if (selection.kind === 'digest') {
    // The store may have the content, but only the registry decides who has access.
    const { digest } = await client.resolve({ ...repository, digest: parseDigest(selection.digest) }, options);
    return { digest };
  }
  const tag =
    selection.kind === 'tag' ? selection.tag : await selectTag(await client.listTags(repository, options), selection);
  const { digest } = await client.resolve({ ...repository, tag }, options);
  return { tag, digest };
}
