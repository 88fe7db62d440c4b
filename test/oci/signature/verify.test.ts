import { generateKeyPairSync, sign } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  bytesBlob,
  createRegistryClient,
  type Descriptor,
  digestOf,
  encodeManifest,
  MEDIA_TYPES,
  parseDigest,
  parsePublicKey,
  parseReference,
  pushArtifact,
  type RegistryClient,
  verifyImageSignature,
} from '../../../src/oci/index.ts';
import { judgeBundle, preAuthEncoding } from '../../../src/oci/signature/bundle.ts';
import { keyJudge } from '../../../src/oci/signature/judge.ts';
import { judgePayload, signatureTag } from '../../../src/oci/signature/legacy.ts';
import { FAST_RETRY, rejection, thrownCode } from '../fixtures.ts';
import { type RegistryServer, startRegistry } from '../registry-server.ts';

// Test vectors, checked with openssl and with cosign's own library.
const PEM = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEbt4AH/3h1zyUVHSLmh6lShHb2fgh
svbxXDF5eTmMW9fEvRXsRZVyQrRPugSHeK3l4MCrleTfoY11n/4jtamgKg==
-----END PUBLIC KEY-----
`;
const HINT = '89IA5QFDykhSpQnJHf+cAABa5BFoibFTqoF2Vc8AL+o=';
const KEY = parsePublicKey(PEM, 'cosign.pub');
const OTHER_PAIR = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const OTHER_KEY = parsePublicKey(OTHER_PAIR.publicKey.export({ type: 'spki', format: 'pem' }).toString(), 'other.pub');
const E = 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a';
const IMAGE = Buffer.from(
  `{"schemaVersion":2,"mediaType":"${MEDIA_TYPES.ociManifest}","config":{"mediaType":"${MEDIA_TYPES.ociEmpty}","digest":"${E}","size":2},` +
    `"layers":[{"mediaType":"${MEDIA_TYPES.ociEmpty}","digest":"${E}","size":2}]}`,
);
const D = parseDigest('sha256:9e3de1b778708e7c7d5d84e079a337dd7fe7d99eb7f56b625abdb7a3f6bc56c5');
const OTHER_D = parseDigest('sha256:6e2e04b565fbc7e17a740fd45412678865c38314f80015af2f13822f529cdb4f');
const PAYLOAD = Buffer.from(
  `{"critical":{"identity":{"docker-reference":"registry.localhost:5000/facts/sigdemo"},"image":{"docker-manifest-digest":"${D}"},` +
    '"type":"cosign container image signature"},"optional":null}',
);
const SIGNATURE = 'MEUCIC6qPpwTHJ3mdRv9LC3gPK/LZyCeXomFn8dwgl8VCQPtAiEAtuNxDSlPqT+6J4+S/Hf+4nioTL63B6uAVMm7ND/ZnYo=';
const STATEMENT = Buffer.from(
  `{"_type":"https://in-toto.io/Statement/v1","subject":[{"digest":{"sha256":"${D.slice(7)}"}}],` +
    '"predicateType":"https://sigstore.dev/cosign/sign/v1","predicate":{}}',
);
const BUNDLE_SIGNATURE =
  'MEUCIQCeg1NikDu4GEas8cYAdWH6/GywoAf0rrhj4u7652BDzQIgYhEJ8k27QSm1MTeAV7EXBG+x+DOixZRxrfylJELp9jc=';
const STATEMENT_TYPE = 'application/vnd.in-toto+json';
const BUNDLE_TYPE = 'application/vnd.dev.sigstore.bundle.v0.3+json';

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

describe('keys', () => {
  test.each([
    { name: 'text', pem: 'no key' },
    { name: 'nothing', pem: '' },
    { name: 'a private key', pem: OTHER_PAIR.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() },
    { name: 'a key with invalid content', pem: PEM.replace('MFkw', 'AAAA') },
    {
      name: 'an X25519 key',
      pem: generateKeyPairSync('x25519').publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    },
  ])('refuses $name', ({ pem }) => {
    expect(thrownCode(() => parsePublicKey(pem, 'x.pub'))).toBe('INVALID_KEY');
  });
});

describe('a legacy signature', () => {
  const layer = (signature: string) => ({ annotations: { 'dev.cosignproject.cosign/signature': signature } });
  const signed = (payload: Uint8Array) => layer(sign('sha256', payload, OTHER_PAIR.privateKey).toString('base64'));
  const both = [KEY, OTHER_KEY];

  test('by the key for the digest is valid', async () => {
    expect(await judgePayload(PAYLOAD, layer(SIGNATURE), D, await keyJudge([OTHER_KEY, KEY]))).toEqual({
      kind: 'verified',
      signer: 'cosign.pub',
    });
  });

  test('is read with any case of the keys in its payload', async () => {
    const payload = Buffer.from(PAYLOAD.toString().replace('docker-manifest-digest', 'Docker-manifest-digest'));
    expect(await judgePayload(payload, signed(payload), D, await keyJudge(both))).toEqual({
      kind: 'verified',
      signer: 'other.pub',
    });
  });

  test.each([
    {
      name: 'with an additional blank',
      payload: Buffer.concat([PAYLOAD, Buffer.from(' ')]),
      layer: layer(SIGNATURE),
      digest: D,
    },
    { name: 'of another image of the repository', payload: PAYLOAD, layer: layer(SIGNATURE), digest: OTHER_D },
    { name: 'without a signature', payload: PAYLOAD, layer: {}, digest: D },
    { name: 'that is not base64', payload: PAYLOAD, layer: layer('!'), digest: D },
    { name: 'that is empty', payload: PAYLOAD, layer: layer(''), digest: D },
    { name: 'of text that is not JSON', payload: Buffer.from('x'), layer: signed(Buffer.from('x')), digest: D },
    {
      name: 'of a payload without a digest',
      payload: Buffer.from('{"critical":{}}'),
      layer: signed(Buffer.from('{"critical":{}}')),
      digest: D,
    },
  ])('$name is invalid', async ({ payload, layer: given, digest }) => {
    expect((await judgePayload(payload, given, digest, await keyJudge(both))).kind).toBe('refused');
  });

  test('by another key is invalid', async () => {
    expect(await judgePayload(PAYLOAD, layer(SIGNATURE), D, await keyJudge([OTHER_KEY]))).toEqual({
      kind: 'refused',
      why: 'signed with another key',
    });
  });
});

const bundle = (changes: object = {}, envelope: object = {}) =>
  Buffer.from(
    JSON.stringify({
      mediaType: BUNDLE_TYPE,
      verificationMaterial: { publicKey: { hint: HINT } },
      dsseEnvelope: {
        payload: STATEMENT.toString('base64'),
        payloadType: STATEMENT_TYPE,
        signatures: [{ sig: BUNDLE_SIGNATURE, keyid: '' }],
        ...envelope,
      },
      ...changes,
    }),
  );

describe('a bundle', () => {
  const about = (statement: unknown) => {
    const body = Buffer.from(JSON.stringify(statement));
    const sig = sign('sha256', preAuthEncoding(STATEMENT_TYPE, body), OTHER_PAIR.privateKey).toString('base64');
    return bundle({}, { payload: body.toString('base64'), signatures: [{ sig }] });
  };
  const statement = JSON.parse(STATEMENT.toString());

  test('by the key for the digest is valid', async () => {
    expect(await judgeBundle(bundle(), D, await keyJudge([KEY]))).toEqual({ kind: 'verified', signer: 'cosign.pub' });
    expect(await judgeBundle(about(statement), D, await keyJudge([KEY, OTHER_KEY]))).toEqual({
      kind: 'verified',
      signer: 'other.pub',
    });
  });

  test.each([
    { name: 'about another digest', bytes: bundle(), digest: OTHER_D },
    {
      name: 'by another key, with a certificate',
      bytes: bundle(
        { verificationMaterial: { certificate: { rawBytes: 'AA==' } } },
        { signatures: [{ sig: SIGNATURE }] },
      ),
      digest: D,
    },
    {
      name: 'of version 0.2',
      bytes: bundle({ mediaType: 'application/vnd.dev.sigstore.bundle+json;version=0.2' }),
      digest: D,
    },
    {
      name: 'of version 0.4',
      bytes: bundle({ mediaType: 'application/vnd.dev.sigstore.bundle.v0.4+json' }),
      digest: D,
    },
    { name: 'without a signature', bytes: bundle({}, { signatures: [] }), digest: D },
    {
      name: 'with two signatures',
      bytes: bundle({}, { signatures: [{ sig: BUNDLE_SIGNATURE }, { sig: BUNDLE_SIGNATURE }] }),
      digest: D,
    },
    { name: 'of another payload type', bytes: bundle({}, { payloadType: 'text/plain' }), digest: D },
    {
      name: 'with an altered payload',
      bytes: bundle({}, { payload: Buffer.concat([STATEMENT, Buffer.from(' ')]).toString('base64') }),
      digest: D,
    },
    { name: 'that is not base64', bytes: bundle({}, { payload: '!' }), digest: D },
    {
      name: 'of a message, as for files',
      bytes: bundle({ dsseEnvelope: undefined, messageSignature: {} }),
      digest: D,
    },
    { name: 'that is not JSON', bytes: Buffer.from('x'), digest: D },
    { name: 'of an SBOM', bytes: about({ ...statement, predicateType: 'https://spdx.dev/Document' }), digest: D },
    { name: 'without a subject', bytes: about({ ...statement, subject: [] }), digest: D },
    {
      name: 'of another statement type',
      bytes: about({ ...statement, _type: 'https://in-toto.io/Statement/v0.1' }),
      digest: D,
    },
  ])('$name is invalid', async ({ bytes, digest }) => {
    expect((await judgeBundle(bytes, digest, await keyJudge([KEY, OTHER_KEY]))).kind).toBe('refused');
  });
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
