import * as z from 'zod/mini';
import { decodeBase64 } from '../../internal/bytes/base64.ts';
import { parseJson } from '../../internal/parse-json.ts';
import { isOciError } from '../errors.ts';
import type { Descriptor } from '../image/descriptor.ts';
import type { ManifestDocument } from '../image/manifest.ts';
import { type Digest, digestHex } from '../name/digest.ts';
import type { Repository } from '../name/reference.ts';
import type { CallOptions } from '../registry/session.ts';
import type { RegistryClient } from '../registry/session-client.ts';
import { readAll } from '../storage/blob.ts';
import { type VerificationKey, verifySignature } from './key.ts';

/** The outcome of checking one signature. */
export type Verdict =
  | { readonly kind: 'verified'; readonly key: string }
  /** The reason it does not count. */
  | { readonly kind: 'refused'; readonly why: string };

const PAYLOAD_TYPE = 'application/vnd.dev.cosign.simplesigning.v1+json';
const SIGNATURE_ANNOTATION = 'dev.cosignproject.cosign/signature';
const MAX_PAYLOAD_BYTES = 1024 * 1024;
const MAX_SIGNATURES = 100;

const payloadSchema = z.object({
  critical: z.object({ image: z.object({ 'docker-manifest-digest': z.string() }) }),
});

/** The tag under which cosign keeps a manifest's signatures (cosign, specs/SIGNATURE_SPEC.md). */
export function signatureTag(digest: Digest): string {
  return `sha256-${digestHex(digest)}.sig`;
}

/** Checks the signatures under the `.sig` tag one by one, until one is good. An empty list when there are none. */
export async function verifyLegacy(
  client: RegistryClient,
  repository: Repository,
  digest: Digest,
  keys: readonly VerificationKey[],
  options: CallOptions,
): Promise<Verdict[]> {
  const manifest = await fetchSignatures(client, repository, digest, options);
  if (manifest?.kind !== 'image') return [];
  const verdicts: Verdict[] = [];
  for (const layer of manifest.manifest.layers.slice(0, MAX_SIGNATURES)) {
    if (layer.mediaType !== PAYLOAD_TYPE) continue;
    const payload = await readAll(
      client.blob(repository, layer, options).open(),
      MAX_PAYLOAD_BYTES,
      'the signature payload',
    );
    verdicts.push(judgePayload(payload, layer, digest, keys));
    if (verdicts.at(-1)?.kind === 'verified') break;
  }
  return verdicts;
}

/** Judges one payload: its signature must be by one of the keys, and it must be about `digest`. */
export function judgePayload(
  payload: Uint8Array,
  layer: Pick<Descriptor, 'annotations'>,
  digest: Digest,
  keys: readonly VerificationKey[],
): Verdict {
  const signature = decodeBase64(layer.annotations?.[SIGNATURE_ANNOTATION] ?? '');
  if (signature === undefined || signature.byteLength === 0) return refused('it carries no base64 signature');
  const key = keys.find((candidate) => verifySignature(candidate, payload, signature));
  if (key === undefined) return refused('it is by another key');
  const signed = signedDigest(payload);
  // Without this, a signature of any image of the repository would do for all of them.
  if (signed !== digest) return refused(`it is about ${signed ?? 'no digest'}`);
  return { kind: 'verified', key: key.name };
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

/** Go reads JSON keys in any case, and cosign's specification writes one of them with a capital. */
function signedDigest(payload: Uint8Array): string | undefined {
  try {
    const json = lowerKeys(parseJson(payload), DIGEST_DEPTH);
    return payloadSchema.safeParse(json).data?.critical.image['docker-manifest-digest'];
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Objects around the digest in a payload. */
const DIGEST_DEPTH = 3;

function lowerKeys(value: unknown, depth: number): unknown {
  if (depth === 0 || typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key.toLowerCase(), lowerKeys(inner, depth - 1)]),
  );
}

function refused(why: string): Verdict {
  return { kind: 'refused', why };
}
