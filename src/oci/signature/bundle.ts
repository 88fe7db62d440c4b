import * as z from 'zod/mini';
import { decodeBase64 } from '../../internal/bytes/base64.ts';
import { parseJsonOrUndefined } from '../../internal/parse-json.ts';
import type { Descriptor } from '../image/descriptor.ts';
import { type Digest, digestHex } from '../name/digest.ts';
import type { Repository } from '../name/reference.ts';
import type { CallOptions } from '../registry/session.ts';
import type { RegistryClient } from '../registry/session-client.ts';
import { readAll } from '../storage/blob.ts';
import { type Judge, refused, type SignatureVerdict } from './judge.ts';
import { verdictOfError, verifyPayloads } from './legacy.ts';

const BUNDLE_TYPE = 'application/vnd.dev.sigstore.bundle';
const STATEMENT_TYPE = 'application/vnd.in-toto+json';
const SIGN_PREDICATE = 'https://sigstore.dev/cosign/sign/v1';
const MAX_BUNDLE_BYTES = 1024 * 1024;
/** The limit of referrers that are checked. */
const MAX_REFERRERS = 100;
/** The media type of Notary Project signatures (signature specification 1.0). */
const NOTATION_TYPE = 'application/vnd.cncf.notary.signature';

const bundleSchema = z.object({
  mediaType: z.string(),
  verificationMaterial: z.looseObject({}),
  dsseEnvelope: z.object({
    payload: z.string(),
    payloadType: z.string(),
    signatures: z.array(z.object({ sig: z.string() })),
  }),
});

const statementSchema = z.object({
  _type: z.literal('https://in-toto.io/Statement/v1'),
  predicateType: z.string(),
  subject: z.array(z.object({ digest: z.record(z.string(), z.string()) })),
});

/**
 * Checks the referrers of `digest`, beginning with the newest: sigstore bundles, and signatures in the legacy format that cosign stores in the
 * registry-referrers-mode oci-1-1. Types in the list of referrers can be missing or wrong, so the manifests decide.
 */
export async function* verifyReferrers(
  client: RegistryClient,
  repository: Repository,
  digest: Digest,
  judge: Judge,
  options: CallOptions,
): AsyncGenerator<SignatureVerdict, void, undefined> {
  const referrers = newestFirst(await client.listReferrers(repository, digest, options));
  if (referrers.length > MAX_REFERRERS) {
    yield refused(`only ${MAX_REFERRERS} of ${referrers.length} referrers were checked`);
  }
  for (const referrer of referrers.slice(0, MAX_REFERRERS)) {
    yield* verifyReferrer(client, repository, referrer, digest, judge, options);
  }
}

async function* verifyReferrer(
  client: RegistryClient,
  repository: Repository,
  { digest: referrer }: Descriptor,
  digest: Digest,
  judge: Judge,
  options: CallOptions,
): AsyncGenerator<SignatureVerdict, void, undefined> {
  try {
    const document = await client.fetchManifest({ ...repository, digest: referrer }, options);
    if (document.kind !== 'image') return;
    const { artifactType, config, layers } = document.manifest;
    const [layer] = layers;
    if (artifactType === NOTATION_TYPE || config.mediaType === NOTATION_TYPE) {
      yield refused('expected a cosign signature, got a Notation signature');
    } else if (layer === undefined || layers.length !== 1 || !layer.mediaType.startsWith(BUNDLE_TYPE)) {
      yield* verifyPayloads(client, repository, document, digest, judge, options);
    } else {
      const blob = client.blob(repository, layer, options);
      yield await judgeBundle(await readAll(blob.open(), MAX_BUNDLE_BYTES, 'the signature bundle'), digest, judge);
    }
  } catch (error) {
    yield verdictOfError(error, options);
  }
}

/** Sorts bundles first, then by the creation time in the annotation, newest first. Lists usually have the newest last. */
function newestFirst(referrers: readonly Descriptor[]): Descriptor[] {
  const isBundle = ({ artifactType }: Descriptor) => artifactType?.startsWith(BUNDLE_TYPE) === true;
  const created = ({ annotations }: Descriptor) => annotations?.['org.opencontainers.image.created'] ?? '';
  return [...referrers]
    .reverse()
    .sort(
      (a, b) =>
        Number(isBundle(b)) - Number(isBundle(a)) || (created(a) < created(b) ? 1 : created(a) > created(b) ? -1 : 0),
    );
}

/**
 * Judges a bundle (sigstore protobuf-specs, bundle v0.3): a DSSE envelope with exactly one signature and an in-toto statement in the format
 * that cosign writes for images, with the subject `digest`.
 */
export async function judgeBundle(bytes: Uint8Array, digest: Digest, judge: Judge): Promise<SignatureVerdict> {
  const json = parseJsonOrUndefined(bytes);
  const bundle = bundleSchema.safeParse(json).data;
  if (bundle === undefined) return refused('not a sigstore bundle with a DSSE envelope');
  if (!isVersion03(bundle.mediaType)) return refused('the bundle version must be 0.3');
  const { payload, payloadType, signatures } = bundle.dsseEnvelope;
  const [sig] = signatures;
  if (sig === undefined || signatures.length !== 1)
    return refused(`expected one signature in the bundle, got ${signatures.length}`);
  const body = decodeBase64(payload);
  const signature = decodeBase64(sig.sig);
  if (body === undefined || signature === undefined) return refused('payload and signature must be base64');
  if (payloadType !== STATEMENT_TYPE) return refused('the payload must be an in-toto statement');
  const message = preAuthEncoding(payloadType, body);
  const material = bundle.verificationMaterial;
  const isCertified = 'certificate' in material || 'x509CertificateChain' in material;
  const verdict = await judge({ message, body, signature, certified: isCertified ? () => json : undefined });
  const why = verdict.kind === 'verified' ? statementProblem(body, digest) : undefined;
  return why === undefined ? verdict : refused(why);
}

function statementProblem(body: Uint8Array, digest: Digest): string | undefined {
  const statement = statementSchema.safeParse(parseJsonOrUndefined(body)).data;
  if (statement === undefined) return 'the payload must be an in-toto statement v1';
  // Attestations have the same format, but an SBOM of an image does not approve the image.
  if (statement.predicateType !== SIGN_PREDICATE) return 'expected an image signature, got an attestation';
  const hasDigest = statement.subject.some((subject) => subject.digest.sha256 === digestHex(digest));
  return hasDigest ? undefined : 'signed for another digest';
}

/** Returns the bytes that DSSE signs: type and body with their lengths in bytes (secure-systems-lab/dsse, protocol.md). */
export function preAuthEncoding(type: string, body: Uint8Array): Buffer {
  const head = `DSSEv1 ${Buffer.byteLength(type)} ${type} ${body.byteLength} `;
  return Buffer.concat([Buffer.from(head), body]);
}

function isVersion03(mediaType: string): boolean {
  return /^application\/vnd\.dev\.sigstore\.bundle(?:\.v0\.3(?:\.\d+)?\+json|\+json;version=0\.3(?:\.\d+)?)$/.test(
    mediaType,
  );
}
