import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { ed25519ph } from '@noble/curves/ed25519.js';
import { describe, expect, test } from 'vitest';
import { parsePublicKey, signatureCheck } from '../../../src/oci/signature/key.ts';
import { thrownCode } from '../fixtures.ts';
import { OTHER_PAIR, PEM } from './vectors.ts';

const MESSAGE = Buffer.from('what was signed');
const OTHER_MESSAGE = Buffer.from('what was not');

const curves = [
  { curve: 'P-256', hash: 'sha256', want: true },
  { curve: 'P-256', hash: 'sha384', want: false },
  { curve: 'P-256', hash: 'sha512', want: false },
  { curve: 'P-384', hash: 'sha256', want: true },
  { curve: 'P-384', hash: 'sha384', want: true },
  { curve: 'P-384', hash: 'sha512', want: false },
  { curve: 'P-521', hash: 'sha256', want: true },
  { curve: 'P-521', hash: 'sha512', want: true },
  { curve: 'P-521', hash: 'sha384', want: false },
];

for (const { curve, hash, want } of curves) {
  for (const dsaEncoding of ['der', 'ieee-p1363'] as const) {
    test(`${want ? 'takes' : 'refuses'} ${hash} by a key of ${curve}, ${dsaEncoding}`, async () => {
      const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: curve });
      const isSignature = await signatureCheck({ withEd25519ph: false });
      const signature = sign(hash, MESSAGE, { key: privateKey, dsaEncoding });
      expect(isSignature(publicKey, MESSAGE, signature)).toBe(want);
      expect(isSignature(publicKey, OTHER_MESSAGE, signature)).toBe(false);
    });
  }
}

describe('RSA and Ed25519', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const ed = generateKeyPairSync('ed25519');
  const other = generateKeyPairSync('ed25519').publicKey;
  const seed = Buffer.from(ed.privateKey.export({ format: 'jwk' }).d ?? '', 'base64url');
  const pkcs1 = rsa.publicKey.export({ type: 'pkcs1', format: 'pem' }).toString();

  test.each([
    { name: 'RSA', key: rsa.publicKey, signature: sign('sha256', MESSAGE, rsa.privateKey) },
    { name: 'PKCS #1', key: parsePublicKey(pkcs1, 'pkcs1').key, signature: sign('sha256', MESSAGE, rsa.privateKey) },
    { name: 'Ed25519', key: ed.publicKey, signature: sign(null, MESSAGE, ed.privateKey) },
    { name: 'Ed25519ph', key: ed.publicKey, signature: ed25519ph.sign(MESSAGE, seed) },
  ])('$name is verified, and other signatures are refused', async ({ key, signature }) => {
    const isSignature = await signatureCheck({ withEd25519ph: true });
    expect(isSignature(key, MESSAGE, signature)).toBe(true);
    expect(isSignature(key, OTHER_MESSAGE, signature)).toBe(false);
    expect(isSignature(key, MESSAGE, signature.subarray(1))).toBe(false);
    expect(isSignature(key, MESSAGE, Buffer.alloc(0))).toBe(false);
    expect(isSignature(other, MESSAGE, signature)).toBe(false);
  });

  test('the vector of RFC 8032, section 7.3, is verified', async () => {
    const x = Buffer.from('ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf', 'hex').toString(
      'base64url',
    );
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    const signature = Buffer.from(
      '98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae4131f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406',
      'hex',
    );
    const isSignature = await signatureCheck({ withEd25519ph: true });
    expect(isSignature(key, Buffer.from('abc'), signature)).toBe(true);
    expect((await signatureCheck({ withEd25519ph: false }))(key, Buffer.from('abc'), signature)).toBe(false);
  });
});

test('a signature by a key of another type is refused', async () => {
  const { publicKey } = generateKeyPairSync('x25519');
  expect((await signatureCheck({ withEd25519ph: true }))(publicKey, MESSAGE, Buffer.alloc(64))).toBe(false);
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
