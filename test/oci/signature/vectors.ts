import { generateKeyPairSync } from 'node:crypto';
import { MEDIA_TYPES, parseDigest, parsePublicKey } from '../../../src/oci/index.ts';

// Test vectors, checked with openssl and with cosign's own library.
export const PEM = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEbt4AH/3h1zyUVHSLmh6lShHb2fgh
svbxXDF5eTmMW9fEvRXsRZVyQrRPugSHeK3l4MCrleTfoY11n/4jtamgKg==
-----END PUBLIC KEY-----
`;
export const HINT = '89IA5QFDykhSpQnJHf+cAABa5BFoibFTqoF2Vc8AL+o=';
export const KEY = parsePublicKey(PEM, 'cosign.pub');
export const OTHER_PAIR = generateKeyPairSync('ec', { namedCurve: 'P-256' });
export const OTHER_KEY = parsePublicKey(
  OTHER_PAIR.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  'other.pub',
);
const E = 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a';
export const IMAGE = Buffer.from(
  `{"schemaVersion":2,"mediaType":"${MEDIA_TYPES.ociManifest}","config":{"mediaType":"${MEDIA_TYPES.ociEmpty}","digest":"${E}","size":2},` +
    `"layers":[{"mediaType":"${MEDIA_TYPES.ociEmpty}","digest":"${E}","size":2}]}`,
);
export const D = parseDigest('sha256:9e3de1b778708e7c7d5d84e079a337dd7fe7d99eb7f56b625abdb7a3f6bc56c5');
export const OTHER_D = parseDigest('sha256:6e2e04b565fbc7e17a740fd45412678865c38314f80015af2f13822f529cdb4f');
export const PAYLOAD = Buffer.from(
  `{"critical":{"identity":{"docker-reference":"registry.localhost:5000/facts/sigdemo"},"image":{"docker-manifest-digest":"${D}"},` +
    '"type":"cosign container image signature"},"optional":null}',
);
export const SIGNATURE =
  'MEUCIC6qPpwTHJ3mdRv9LC3gPK/LZyCeXomFn8dwgl8VCQPtAiEAtuNxDSlPqT+6J4+S/Hf+4nioTL63B6uAVMm7ND/ZnYo=';
export const STATEMENT = Buffer.from(
  `{"_type":"https://in-toto.io/Statement/v1","subject":[{"digest":{"sha256":"${D.slice(7)}"}}],` +
    '"predicateType":"https://sigstore.dev/cosign/sign/v1","predicate":{}}',
);
export const BUNDLE_SIGNATURE =
  'MEUCIQCeg1NikDu4GEas8cYAdWH6/GywoAf0rrhj4u7652BDzQIgYhEJ8k27QSm1MTeAV7EXBG+x+DOixZRxrfylJELp9jc=';
export const STATEMENT_TYPE = 'application/vnd.in-toto+json';
export const BUNDLE_TYPE = 'application/vnd.dev.sigstore.bundle.v0.3+json';

export const bundle = (changes: object = {}, envelope: object = {}) =>
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
