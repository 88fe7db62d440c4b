import { generateKeyPairSync, sign } from 'node:crypto';
import { expect, test } from 'vitest';
import { parsePublicKey, verifySignature } from '../../../src/oci/signature/key.ts';

const MESSAGE = Buffer.from('what was signed');

const cases = [
  { curve: 'P-256', hash: 'sha256', want: true },
  { curve: 'P-256', hash: 'sha384', want: false },
  { curve: 'P-384', hash: 'sha256', want: true },
  { curve: 'P-384', hash: 'sha384', want: true },
  { curve: 'P-384', hash: 'sha512', want: false },
  { curve: 'P-521', hash: 'sha256', want: true },
  { curve: 'P-521', hash: 'sha512', want: true },
  { curve: 'P-521', hash: 'sha384', want: false },
];

for (const { curve, hash, want } of cases) {
  for (const dsaEncoding of ['der', 'ieee-p1363'] as const) {
    test(`${want ? 'takes' : 'refuses'} ${hash} by a key of ${curve}, ${dsaEncoding}`, () => {
      const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: curve });
      const key = parsePublicKey(publicKey.export({ type: 'spki', format: 'pem' }).toString(), 'test.pub');
      const signature = sign(hash, MESSAGE, { key: privateKey, dsaEncoding });
      expect(verifySignature(key, MESSAGE, signature)).toBe(want);
      expect(verifySignature(key, Buffer.from('another message'), signature)).toBe(false);
    });
  }
}
