import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  bytesBlob,
  createRegistryClient,
  type Descriptor,
  digestOf,
  encodeManifest,
  MEDIA_TYPES,
  parseReference,
  pushArtifact,
  type RegistryClient,
  verifyImageSignature,
} from '../../../src/oci/index.ts';
import { preAuthEncoding } from '../../../src/oci/signature/bundle.ts';
import { signatureTag } from '../../../src/oci/signature/legacy.ts';
import { FAST_RETRY, rejection } from '../fixtures.ts';
import { type RegistryServer, startRegistry } from '../registry-server.ts';
import {
  BUNDLE_TYPE,
  bundle,
  D,
  HINT,
  IMAGE,
  KEY,
  OTHER_D,
  OTHER_KEY,
  PAYLOAD,
  SIGNATURE,
  STATEMENT,
  STATEMENT_TYPE,
} from './vectors.ts';

test('the test vectors are valid', () => {
  expect([IMAGE.byteLength, digestOf(IMAGE)]).toEqual([380, D]);
  expect([PAYLOAD.byteLength, digestOf(PAYLOAD)]).toEqual([
    253,
    'sha256:8e113dcc3a85791c7da7c8f579d192c092b20a1bebb2743a0f0443e33ab70da1',
  ]);
  const encoded = preAuthEncoding(STATEMENT_TYPE, STATEMENT);
  expect([STATEMENT.byteLength, encoded.byteLength, digestOf(encoded)]).toEqual([
    213,
    256,
    'sha256:25fffb3f9c7c5677a57dfa84ac152dfc28f004f08ed374a84abca6156dca044c',
  ]);
  const der = KEY.key.export({ type: 'spki', format: 'der' });
  expect(Buffer.from(digestOf(der).slice(7), 'hex').toString('base64')).toBe(HINT);
  expect(signatureTag(D)).toBe('sha256-9e3de1b778708e7c7d5d84e079a337dd7fe7d99eb7f56b625abdb7a3f6bc56c5.sig');
});

describe('verifyImageSignature', () => {
  let registry: RegistryServer;
  let client: RegistryClient;
  beforeEach(async () => {
    registry = await startRegistry({ referrers: false });
    client = createRegistryClient({ retry: FAST_RETRY });
    registry.putManifest('facts/sigdemo', 'v1', IMAGE, MEDIA_TYPES.ociManifest);
  });
  afterEach(async () => {
    await client.close();
    await registry.close();
  });
  const reference = (digest = D) => ({ ...parseReference(`${registry.host}/facts/sigdemo:v1`), digest });

  async function attach(
    content: Uint8Array,
    layerType: string,
    changes: { annotations?: Record<string, string>; subject?: Descriptor; tag?: string },
  ) {
    const config = bytesBlob(MEDIA_TYPES.ociEmpty, Buffer.from('{}'));
    const layer = bytesBlob(layerType, content, changes.annotations);
    const document = encodeManifest({
      schemaVersion: 2,
      mediaType: MEDIA_TYPES.ociManifest,
      ...(changes.subject === undefined ? {} : { artifactType: layerType, subject: changes.subject }),
      config: config.descriptor,
      layers: [layer.descriptor],
    });
    const { registry: host, repository } = reference();
    const target = changes.tag === undefined ? { digest: document.descriptor.digest } : { tag: changes.tag };
    await pushArtifact(
      client,
      { registry: host, repository, ...target },
      { kind: 'image', document, config, layers: [layer] },
    );
  }
  const attachLegacy = (digest = D) =>
    attach(PAYLOAD, 'application/vnd.dev.cosign.simplesigning.v1+json', {
      annotations: { 'dev.cosignproject.cosign/signature': SIGNATURE },
      tag: signatureTag(digest),
    });
  const subject = { mediaType: MEDIA_TYPES.ociManifest, size: IMAGE.byteLength, digest: D };

  test('finds a signature under the .sig tag', async () => {
    await attachLegacy();
    expect(await verifyImageSignature(client, reference(), { keys: [OTHER_KEY, KEY] })).toBe('cosign.pub');
  });

  test('finds a bundle that refers to the image', async () => {
    await attach(bundle(), BUNDLE_TYPE, { subject });
    expect(await verifyImageSignature(client, reference(), { keys: [KEY] })).toBe('cosign.pub');
  });

  test('ignores an invalid bundle if there is a valid signature', async () => {
    await attach(Buffer.from('no bundle'), BUNDLE_TYPE, { subject });
    await attach(Buffer.from('an SBOM'), 'text/spdx+json', { subject });
    await attachLegacy();
    expect(await verifyImageSignature(client, reference(), { keys: [KEY] })).toBe('cosign.pub');
  });

  test('reports missing signatures, invalid signatures, and missing keys', async () => {
    await rejection(verifyImageSignature(client, reference(), { keys: [KEY] }), 'NO_SIGNATURE');
    await attachLegacy();
    await rejection(verifyImageSignature(client, reference(), { keys: [OTHER_KEY] }), 'INVALID_SIGNATURE');
    await rejection(verifyImageSignature(client, reference(), { keys: [] }), 'INVALID_KEY');
  });

  test("refuses the signature of another image that was copied under this one's tag", async () => {
    await attachLegacy(OTHER_D);
    const error = await rejection(
      verifyImageSignature(client, reference(OTHER_D), { keys: [KEY] }),
      'INVALID_SIGNATURE',
    );
    expect(error.message).toContain(D);
  });

  test('distinguishes a registry that is down from one without signatures', async () => {
    await attachLegacy();
    registry.fault = (request, response) =>
      request.url?.includes('.sig') === true && Boolean(response.writeHead(500).end());
    await rejection(verifyImageSignature(client, reference(), { keys: [KEY] }), 'REGISTRY_ERROR');
  });

  describe('a registry that refuses one of the requests', () => {
    const refuses = (part: string, status: number) => {
      registry.fault = (request, response) =>
        request.url?.includes(part) === true && Boolean(response.writeHead(status).end());
    };
    for (const status of [400, 401, 403, 404, 405, 406, 500, 501]) {
      test(`the signature is found if the referrers API returns ${status}`, async () => {
        await attachLegacy();
        refuses('/referrers/', status);
        expect(await verifyImageSignature(client, reference(), { keys: [KEY] })).toBe('cosign.pub');
      });

      test(`the bundle is found under the referrers tag if the API returns ${status}`, async () => {
        await attach(bundle(), BUNDLE_TYPE, { subject });
        refuses('/referrers/', status);
        expect(await verifyImageSignature(client, reference(), { keys: [KEY] })).toBe('cosign.pub');
      });
    }

    test('the bundle is found if the .sig tag returns 403', async () => {
      await attach(bundle(), BUNDLE_TYPE, { subject });
      refuses('.sig', 403);
      expect(await verifyImageSignature(client, reference(), { keys: [KEY] })).toBe('cosign.pub');
    });

    test.each([
      { part: '/referrers/', status: 403, code: 'DENIED' },
      { part: '/referrers/', status: 501, code: 'REGISTRY_ERROR' },
      { part: '.sig', status: 403, code: 'DENIED' },
    ] as const)(
      'the refusal is reported if no signature is valid: $part returns $status',
      async ({ part, status, code }) => {
        refuses(part, status);
        await rejection(verifyImageSignature(client, reference(), { keys: [KEY] }), code);
      },
    );
  });

  /** Rewrites the list of referrers that was pushed under the tag. */
  function rewriteList(change: (entry: Descriptor) => object): void {
    const tag = `sha256-${D.slice(7)}`;
    const stored = registry.manifests.get(`facts/sigdemo:${tag}`);
    const index = JSON.parse(Buffer.from(stored?.bytes ?? '').toString());
    const bytes = Buffer.from(JSON.stringify({ ...index, manifests: index.manifests.map(change) }));
    registry.putManifest('facts/sigdemo', tag, bytes, MEDIA_TYPES.ociIndex);
  }

  test.each([
    { name: 'of the empty type', artifactType: 'application/vnd.oci.empty.v1+json' },
    { name: 'without a type', artifactType: undefined },
    { name: 'of another type', artifactType: 'text/spdx+json' },
  ])('finds a bundle that is listed $name', async ({ artifactType }) => {
    await attach(bundle(), BUNDLE_TYPE, { subject });
    rewriteList((entry) => ({ ...entry, artifactType }));
    expect(await verifyImageSignature(client, reference(), { keys: [KEY] })).toBe('cosign.pub');
  });

  test('finds a signature in the legacy format that refers to the image', async () => {
    await attach(PAYLOAD, 'application/vnd.dev.cosign.simplesigning.v1+json', {
      annotations: { 'dev.cosignproject.cosign/signature': SIGNATURE },
      subject,
    });
    expect(await verifyImageSignature(client, reference(), { keys: [KEY] })).toBe('cosign.pub');
  });

  test('refuses a signature of Notation with its name', async () => {
    await attach(Buffer.from('{}'), 'application/vnd.cncf.notary.signature', { subject });
    const error = await rejection(verifyImageSignature(client, reference(), { keys: [KEY] }), 'INVALID_SIGNATURE');
    expect(error.message).toContain('expected a cosign signature, got a Notation signature');
  });

  test('ignores a deleted referrer', async () => {
    await attach(bundle(), BUNDLE_TYPE, { subject });
    rewriteList((entry) => ({ ...entry, digest: OTHER_D }));
    await attachLegacy();
    expect(await verifyImageSignature(client, reference(), { keys: [KEY] })).toBe('cosign.pub');
  });

  test('checks the newest signatures first, and reports the limit', async () => {
    const blob = bytesBlob('application/vnd.dev.cosign.simplesigning.v1+json', PAYLOAD);
    const config = bytesBlob(MEDIA_TYPES.ociEmpty, Buffer.from('{}'));
    registry.blobs.set(blob.descriptor.digest, PAYLOAD);
    const layer = (signature: string): Descriptor => ({
      ...blob.descriptor,
      annotations: { 'dev.cosignproject.cosign/signature': signature },
    });
    const put = (layers: readonly Descriptor[]) => {
      const common = { schemaVersion: 2, mediaType: MEDIA_TYPES.ociManifest } as const;
      const { bytes } = encodeManifest({ ...common, config: config.descriptor, layers });
      registry.putManifest('facts/sigdemo', signatureTag(D), bytes, MEDIA_TYPES.ociManifest);
    };
    const others = Array.from({ length: 100 }, () => layer('AAAA'));
    put([...others, layer(SIGNATURE)]);
    expect(await verifyImageSignature(client, reference(), { keys: [KEY] })).toBe('cosign.pub');
    put([layer(SIGNATURE), ...others]);
    const error = await rejection(verifyImageSignature(client, reference(), { keys: [KEY] }), 'INVALID_SIGNATURE');
    expect(error.message).toContain('only the newest 100 of 101 signatures were checked');
  });
});
