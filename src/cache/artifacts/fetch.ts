import { quote } from '../../internal/quote.ts';
import {
  type CallOptions,
  type Digest,
  isDigest,
  OciError,
  parseDigest,
  parsePublicKey,
  pullImage,
  type RegistryClient,
  selectTag,
  verifyImageSignature,
} from '../../oci/index.ts';
import type { Content } from '../sets/chunks.ts';
import { splitContent } from '../sets/chunks.ts';
import { readContent } from './content.ts';
import { readPackageType } from './package-type.ts';
import type { SourceRequest } from './request.ts';
import { type Fetched, metadataOf } from './state.ts';

/** An artifact with its content. */
export interface Artifact {
  readonly fetched: Fetched;
  readonly content: Content;
}

/**
 * Looks up what a source means now, and fetches and verifies it unless it is what `before` is. Throws OciError, XpkgError and
 * CacheError.
 */
export async function fetchArtifact(
  client: RegistryClient,
  request: SourceRequest,
  before: Fetched | undefined,
  options: CallOptions,
): Promise<Artifact | 'unchanged'> {
  const { tag, digest } = await resolve(client, request, options);
  const revision = tag === undefined ? digest : `${tag}@${digest}`;
  if (before?.revision === revision) return 'unchanged';
  return fetchContent(client, request, digest, revision, options);
}

/** Fetches the content of a digest that was looked up before. */
export async function fetchContent(
  client: RegistryClient,
  request: SourceRequest,
  digest: Digest,
  revision: string,
  options: CallOptions,
): Promise<Artifact> {
  const { repository, keys, platform, content: choice, maxBytes, chunkSize } = request;
  const reference = { ...repository, digest };
  if (keys !== undefined) {
    const parsed = keys.map(({ name, pem }) => parsePublicKey(pem, name));
    await verifyImageSignature(client, reference, parsed, options);
  }
  const { image } = await pullImage(client, reference, platform === undefined ? options : { ...options, platform });
  const content = await readContent(image, repository, digest, choice, maxBytes);
  const packageType = choice.kind === 'package' ? await readPackageType(content.bytes) : undefined;
  const { manifest } = splitContent(content, { base: '', chunkSize });
  const metadata = metadataOf(image.document.manifest.annotations);
  return { fetched: { revision, digest, manifest, packageType, metadata }, content };
}

/** The digest inside a revision. */
export function digestOfRevision(revision: string): Digest {
  const text = revision.slice(revision.indexOf('@') + 1);
  if (isDigest(text)) return text;
  throw new OciError('INVALID_DIGEST', `cannot find a digest in the revision ${quote(revision)}`);
}

async function resolve(
  client: RegistryClient,
  { repository, selection }: SourceRequest,
  options: CallOptions,
): Promise<{ tag?: string; digest: Digest }> {
  if (selection.kind === 'digest') {
    // The store may have it, but only the registry knows who may see it.
    const { digest } = await client.resolve({ ...repository, digest: parseDigest(selection.digest) }, options);
    return { digest };
  }
  const tag =
    selection.kind === 'tag' ? selection.tag : await selectTag(await client.listTags(repository, options), selection);
  const { digest } = await client.resolve({ ...repository, tag }, options);
  return { tag, digest };
}
