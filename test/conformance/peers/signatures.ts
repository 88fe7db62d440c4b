import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { MEDIA_TYPES } from '../../../src/oci/index.ts';
import { preAuthEncoding } from '../../../src/oci/signature/bundle.ts';
import { fail, type RegistryServer } from '../../oci/registry-server.ts';
import { digestOf, putBlob, putPackage, REPOSITORY } from './artifact.ts';
import type { Row } from './row.ts';

const PAIR = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const OTHER = generateKeyPairSync('ec', { namedCurve: 'P-256' });
/** The key with which the programs verify. */
export const PUBLIC_KEY = PAIR.publicKey.export({ type: 'spki', format: 'pem' }).toString();

const OLD_TYPE = 'application/vnd.dev.cosign.simplesigning.v1+json';
const BUNDLE_TYPE = 'application/vnd.dev.sigstore.bundle.v0.3+json';
const STATEMENT_TYPE = 'application/vnd.in-toto+json';
const SIGN = 'https://sigstore.dev/cosign/sign/v1';

type Descriptor = Awaited<ReturnType<typeof putPackage>>;

/** The layer of a signature of the old form. */
function oldLayer(registry: RegistryServer, digest: string, key: KeyObject = PAIR.privateKey, hash = 'sha256') {
  const critical = {
    identity: { 'docker-reference': '' },
    image: { 'docker-manifest-digest': digest },
    type: 'cosign container image signature',
  };
  const payload = Buffer.from(JSON.stringify({ critical, optional: null }));
  const signature = sign(hash, payload, key).toString('base64');
  return {
    mediaType: OLD_TYPE,
    ...putBlob(registry, payload),
    annotations: { 'dev.cosignproject.cosign/signature': signature },
  };
}

function bundleLayer(
  registry: RegistryServer,
  digest: string,
  key: KeyObject = PAIR.privateKey,
  fields: object = {},
  predicateType = SIGN,
) {
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ digest: { sha256: digest.slice(7) } }],
    predicateType,
    predicate: {},
  };
  const body = Buffer.from(JSON.stringify(statement));
  const sig = sign('sha256', preAuthEncoding(STATEMENT_TYPE, body), key).toString('base64');
  const hint = Buffer.from(digestOf(PAIR.publicKey.export({ type: 'spki', format: 'der' })).slice(7), 'hex');
  const bundle = {
    mediaType: BUNDLE_TYPE,
    verificationMaterial: { publicKey: { hint: hint.toString('base64') } },
    dsseEnvelope: { payload: body.toString('base64'), payloadType: STATEMENT_TYPE, signatures: [{ sig, keyid: '' }] },
    ...fields,
  };
  return { mediaType: BUNDLE_TYPE, ...putBlob(registry, Buffer.from(JSON.stringify(bundle))) };
}

function putManifest(registry: RegistryServer, at: string, layers: readonly object[], fields: object = {}) {
  const config = { mediaType: MEDIA_TYPES.ociConfig, ...putBlob(registry, Buffer.from('{}')) };
  const manifest = { schemaVersion: 2, mediaType: MEDIA_TYPES.ociManifest, config, layers, ...fields };
  const bytes = Buffer.from(JSON.stringify(manifest));
  const digest = registry.putManifest(REPOSITORY, at === '' ? digestOf(bytes) : at, bytes, MEDIA_TYPES.ociManifest);
  return { mediaType: MEDIA_TYPES.ociManifest, digest, size: bytes.byteLength };
}

const tagOf = (digest: string) => digest.replace(':', '-');
const putOld = (registry: RegistryServer, { digest }: Descriptor, layers: readonly object[]) =>
  putManifest(registry, `${tagOf(digest)}.sig`, layers);
const putReferrer = (registry: RegistryServer, subject: Descriptor, layer: { mediaType: string }) =>
  putManifest(registry, '', [layer], {
    artifactType: layer.mediaType,
    subject,
    config: { mediaType: MEDIA_TYPES.ociEmpty, ...putBlob(registry, Buffer.from('{}')) },
  });

/** The list of referrers for a registry without the referrers API. */
function putList(registry: RegistryServer, { digest }: Descriptor, manifests: readonly object[]): void {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests }));
  registry.putManifest(REPOSITORY, tagOf(digest), bytes, MEDIA_TYPES.ociIndex);
}

function row(
  name: string,
  prepare: (registry: RegistryServer, image: Descriptor) => unknown,
  rest: Partial<Row> = {},
): Row {
  return {
    ...rest,
    name,
    async prepare(registry) {
      await prepare(registry, await putPackage(registry));
    },
  };
}

/** A registry that returns a status for requests of such paths. */
function refuses(part: string, status: number, put: (registry: RegistryServer, image: Descriptor) => unknown) {
  return (registry: RegistryServer, image: Descriptor) => {
    put(registry, image);
    registry.fault = ({ url = '' }, response) => {
      if (!url.includes(part)) return false;
      fail(response, status, 'UNSUPPORTED', 'no');
      return true;
    };
  };
}
const old = (registry: RegistryServer, image: Descriptor) =>
  putOld(registry, image, [oldLayer(registry, image.digest)]);
const bundle = (registry: RegistryServer, image: Descriptor) =>
  putReferrer(registry, image, bundleLayer(registry, image.digest));
const noApi = { options: { referrers: false } };

/** Forms of signatures, and registries with special behavior. */
export const signatureRows: readonly Row[] = [
  row('a signature under the tag .sig', old),
  row('a bundle that refers to the image', bundle),
  row('a signature of the old form that refers to the image', (registry, image) =>
    putReferrer(registry, image, oldLayer(registry, image.digest)),
  ),
  row(
    'a bundle in the tag of referrers',
    (registry, image) => putList(registry, image, [{ ...bundle(registry, image), artifactType: BUNDLE_TYPE }]),
    noApi,
  ),
  row(
    'a bundle that the tag of referrers calls empty',
    (registry, image) => putList(registry, image, [{ ...bundle(registry, image), artifactType: MEDIA_TYPES.ociEmpty }]),
    noApi,
  ),
  row(
    'a bundle that the tag of referrers gives no type',
    (registry, image) => putList(registry, image, [bundle(registry, image)]),
    noApi,
  ),
  row('two signatures under the tag, the first by another key', (registry, image) =>
    putOld(registry, image, [oldLayer(registry, image.digest, OTHER.privateKey), oldLayer(registry, image.digest)]),
  ),
  row('two bundles, the first by another key', (registry, image) => {
    putReferrer(registry, image, bundleLayer(registry, image.digest, OTHER.privateKey));
    bundle(registry, image);
  }),
  row('a bundle by another key, and a good signature under the tag', (registry, image) => {
    putReferrer(registry, image, bundleLayer(registry, image.digest, OTHER.privateKey));
    old(registry, image);
  }),
  row('an SBOM that refers to the image, and a signature under the tag', (registry, image) => {
    putReferrer(registry, image, { mediaType: 'text/spdx+json', ...putBlob(registry, Buffer.from('SPDX')) });
    old(registry, image);
  }),
  row('no signature', () => undefined),
  row('a signature by another key', (registry, image) =>
    putOld(registry, image, [oldLayer(registry, image.digest, OTHER.privateKey)]),
  ),
  row('a bundle by another key', (registry, image) =>
    putReferrer(registry, image, bundleLayer(registry, image.digest, OTHER.privateKey)),
  ),
  row('the signature of another image', (registry, image) =>
    putOld(registry, image, [oldLayer(registry, digestOf(Buffer.from('another')))]),
  ),
  row('the bundle of another image', (registry, image) =>
    putReferrer(registry, image, bundleLayer(registry, digestOf(Buffer.from('another')))),
  ),
  row('a signature that is hashed with SHA-512', (registry, image) =>
    putOld(registry, image, [oldLayer(registry, image.digest, PAIR.privateKey, 'sha512')]),
  ),
  row('a bundle of version 0.2', (registry, image) =>
    putReferrer(
      registry,
      image,
      bundleLayer(registry, image.digest, PAIR.privateKey, {
        mediaType: 'application/vnd.dev.sigstore.bundle+json;version=0.2',
      }),
    ),
  ),
  row(
    'an attestation',
    (registry, image) =>
      putReferrer(
        registry,
        image,
        bundleLayer(registry, image.digest, PAIR.privateKey, {}, 'https://spdx.dev/Document'),
      ),
    {
      reason: 'an SBOM of an image does not approve the image',
    },
  ),
  row('a signature of Notation', (registry, image) =>
    putReferrer(registry, image, { mediaType: 'application/jose+json', ...putBlob(registry, Buffer.from('{}')) }),
  ),
  ...[400, 401, 403, 404, 405, 500, 501].map((status) =>
    row(`a signature under the tag, ${status} for the referrers API`, refuses('/referrers/', status, old)),
  ),
  row('a bundle, 403 for the tag .sig', refuses('.sig', 403, bundle)),
  row('a bundle, 500 for the tag .sig', refuses('.sig', 500, bundle)),
];
