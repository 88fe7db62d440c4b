import * as z from 'zod/mini';
import { decodeBase64 } from '../../internal/bytes/base64.ts';
import { parseJson } from '../../internal/parse-json.ts';
import { isOciError, type OciErrorCode } from '../errors.ts';
import type { Descriptor } from '../image/descriptor.ts';
import type { ManifestDocument } from '../image/manifest.ts';
import type { Digest } from '../name/digest.ts';
import type { Repository } from '../name/reference.ts';
import { cosignTag } from '../registry/referrers.ts';
import type { CallOptions } from '../registry/session.ts';
import type { RegistryClient } from '../registry/session-client.ts';
import { readAll } from '../storage/blob.ts';
import { type Judge, refused, type SignatureVerdict } from './judge.ts';
import { bundleOfAnnotations, isCertified } from './legacy-bundle.ts';

const PAYLOAD_TYPE = 'application/vnd.dev.cosign.simplesigning.v1+json';
const SIGNATURE_ANNOTATION = 'dev.cosignproject.cosign/signature';
const MAX_PAYLOAD_BYTES = 1024 * 1024;
const MAX_SIGNATURES = 100;

const payloadSchema = z.object({
  critical: z.object({ image: z.object({ 'docker-manifest-digest': z.string() }) }),
});

/** Returns cosign's tag for the signatures of a manifest (cosign, specs/SIGNATURE_SPEC.md). */
export function signatureTag(digest: Digest): string {
  return cosignTag(digest, 'sig');
}

/** Checks the signatures with the `.sig` tag, beginning with the newest. */
export async function* verifyLegacy(
  client: RegistryClient,
  repository: Repository,
  digest: Digest,
  judge: Judge,
  options: CallOptions,
): AsyncGenerator<SignatureVerdict, void, undefined> {
  const manifest = await fetchSignatures(client, repository, digest, options);
  if (manifest?.kind === 'image') yield* verifyPayloads(client, repository, manifest, digest, judge, options);
}

/** Checks the signatures in the layers of a manifest, beginning with the newest, which cosign appends. */
export async function* verifyPayloads(
  client: RegistryClient,
  repository: Repository,
  { manifest }: Extract<ManifestDocument, { kind: 'image' }>,
  digest: Digest,
  judge: Judge,
  options: CallOptions,
): AsyncGenerator<SignatureVerdict, void, undefined> {
  const layers = manifest.layers.filter(({ mediaType }) => mediaType === PAYLOAD_TYPE).reverse();
  if (layers.length > MAX_SIGNATURES) {
    yield refused(`only the newest ${MAX_SIGNATURES} of ${layers.length} signatures were checked`);
  }
  for (const layer of layers.slice(0, MAX_SIGNATURES)) {
    try {
      const blob = client.blob(repository, layer, options);
      const payload = await readAll(blob.open(), MAX_PAYLOAD_BYTES, 'the signature payload');
      yield await judgePayload(payload, layer, digest, judge);
    } catch (error) {
      yield verdictOfError(error, options);
    }
  }
}

/** The errors about a signature itself. Others, about the registry or the connection, may be temporary. */
const CONTENT_ERRORS: ReadonlySet<OciErrorCode> = new Set([
  'NOT_FOUND',
  'TOO_LARGE',
  'INVALID_MANIFEST',
  'INVALID_DIGEST',
  'DIGEST_MISMATCH',
  'UNSUPPORTED_MEDIA_TYPE',
]);

/** Converts an error to a verdict, so that other signatures are checked. Rethrows it if the caller has aborted. */
export function verdictOfError(error: unknown, { signal }: CallOptions): SignatureVerdict {
  if (!isOciError(error) || signal?.aborted) throw error;
  return CONTENT_ERRORS.has(error.code) ? refused(`cannot be read: ${error.message}`) : { kind: 'failed', error };
}

/** Judges a payload, whose signature is in the annotations of its layer. The payload must contain `digest`. */
export async function judgePayload(
  payload: Uint8Array,
  { annotations = {} }: Pick<Descriptor, 'annotations'>,
  digest: Digest,
  judge: Judge,
): Promise<SignatureVerdict> {
  const signature = decodeBase64(annotations[SIGNATURE_ANNOTATION] ?? '');
  if (signature === undefined || signature.byteLength === 0) return refused('the signature annotation must be base64');
  const certified = isCertified(annotations) ? () => bundleOfAnnotations(payload, signature, annotations) : undefined;
  const verdict = await judge({ message: payload, body: payload, signature, certified });
  if (verdict.kind !== 'verified') return verdict;
  const signed = signedDigest(payload);
  // Otherwise a signature of any image of the repository would be valid for all of them.
  return signed === digest ? verdict : refused(`signed for ${signed ?? 'no digest'}`);
}

async function fetchSignatures(
  client: RegistryClient,
  { registry, repository }: Repository,
  digest: Digest,
  options: CallOptions,
): Promise<ManifestDocument | undefined> {
  try {
    return await client.fetchManifest({ registry, repository, tag: signatureTag(digest) }, options);
  } catch (error) {
    if (isOciError(error, 'NOT_FOUND')) return undefined;
    throw error;
  }
}

/** Reads the digest in a payload. Go ignores the case of JSON keys, and cosign's specification has an upper-case letter in one. */
function signedDigest(payload: Uint8Array): string | undefined {
  try {
    const json = lowerKeys(parseJson(payload), DIGEST_DEPTH);
    return payloadSchema.safeParse(json).data?.critical.image['docker-manifest-digest'];
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The number of objects that contain the digest in a payload. */
const DIGEST_DEPTH = 3;

function lowerKeys(value: unknown, depth: number): unknown {
  if (depth === 0 || typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key.toLowerCase(), lowerKeys(inner, depth - 1)]),
  );
}
