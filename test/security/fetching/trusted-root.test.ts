import { createPublicKey } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { parseDigest, parsePublicKey } from '../../../src/oci/index.ts';
import { judgeBundle } from '../../../src/oci/signature/bundle.ts';
import { certificateJudge } from '../../../src/oci/signature/certificate.ts';
import { type Certificate, makeAuthority, newKey } from '../../oci/sigstore/certificates.ts';
import { HOLDER, type Instance, newInstance, signStatement, trustedRootOf } from '../../oci/sigstore/instance.ts';

// A tenant may supply the trusted root and the signature, and has their keys: all signatures are valid, and may take long to verify.
// A verification cannot be interrupted, and its thread is ended after a time, together with the fetches of others.

const YEARS = { notBefore: new Date('2020-01-01T00:00:00Z'), notAfter: new Date('2040-01-01T00:00:00Z') };
const D = parseDigest(`sha256:${'ab'.repeat(32)}`);
const STATEMENT = Buffer.from(
  `{"_type":"https://in-toto.io/Statement/v1","subject":[{"digest":{"sha256":"${D.slice(7)}"}}],` +
    '"predicateType":"https://sigstore.dev/cosign/sign/v1","predicate":{}}',
);
const ANYBODY = [{ issuer: '.', subject: '.' }];
const rawBytesOf = ({ der }: Certificate) => ({ rawBytes: der.toString('base64') });

/** An instance whose chain has two certificates with one key on each level, so that each level doubles the paths to the root. */
function ladder(levels: number): { readonly instance: Instance; readonly chain: readonly Certificate[] } {
  const instance = newInstance();
  let issuing = instance.root;
  const chain = [issuing];
  for (let level = 0; level < levels; level += 1) {
    const keys = newKey();
    const [one, other] = [1, 2].map((serial) => makeAuthority(`level ${level}`, YEARS, issuing, { keys, serial }));
    if (one === undefined || other === undefined) throw new TypeError('there are two');
    chain.unshift(one, other);
    issuing = one;
  }
  return { instance: { ...instance, issuing }, chain };
}

function rootOf({ instance, chain }: ReturnType<typeof ladder>, authorities = 1): string {
  const root = trustedRootOf(instance);
  const [authority] = root.certificateAuthorities;
  const wide = { ...authority, certChain: { certificates: chain.map(rawBytesOf) } };
  return JSON.stringify({ ...root, certificateAuthorities: Array.from({ length: authorities }, () => wide) });
}

describe('a trusted root of a tenant is refused without being read, with', () => {
  const { instance } = ladder(0);
  const root = trustedRootOf(instance);
  const cases: readonly [string, string, RegExp][] = [
    ['a chain of 2^16 paths', rootOf(ladder(16)), /a chain must have at most 6 certificates$/],
    ['many chains', rootOf(ladder(1), 11), /must have at most 32 certificates$/],
    ['many logs', JSON.stringify({ ...root, tlogs: Array(33).fill(root.tlogs[0]) }), /must have at most 32 logs$/],
  ];
  for (const [what, text, message] of cases) {
    test(what, async () => {
      await expect(certificateJudge(ANYBODY, text)).rejects.toThrow(message);
    });
  }
});

test('a trusted root at the limits is verified', async () => {
  const most = ladder(2);
  const judge = await certificateJudge(ANYBODY, rootOf(most, 6));
  const bundle = signStatement(most.instance, STATEMENT);
  const verdict = await judgeBundle(Buffer.from(JSON.stringify(bundle)), D, judge);
  expect(verdict).toEqual({ kind: 'verified', signer: `${HOLDER.subject} of ${HOLDER.issuer}` });
});

describe('a public key of a tenant is refused with', () => {
  const base64url = (bytes: number, first: number) =>
    Buffer.concat([Buffer.of(first), Buffer.alloc(bytes - 1, 0xff)]).toString('base64url');
  const cases: readonly [string, { readonly n: string; readonly e: string }, RegExp][] = [
    ['16,384 bits', { n: base64url(2_048, 0xff), e: 'AQAB' }, /it has 16384 bits, the limit is 4096$/],
    [
      'an exponent of 2,000 bits',
      { n: base64url(256, 0xff), e: base64url(250, 1) },
      /an exponent of more than 32 bits$/,
    ],
  ];
  for (const [what, numbers, message] of cases) {
    test(what, () => {
      const key = createPublicKey({ key: { kty: 'RSA', ...numbers }, format: 'jwk' });
      const pem = key.export({ type: 'spki', format: 'pem' }).toString();
      expect(() => parsePublicKey(pem, 'evil.pub')).toThrow(message);
    });
  }
});
