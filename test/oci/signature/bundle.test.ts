import { sign } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { judgeBundle, preAuthEncoding } from '../../../src/oci/signature/bundle.ts';
import { keyJudge } from '../../../src/oci/signature/judge.ts';
import {
  BUNDLE_SIGNATURE,
  bundle,
  D,
  KEY,
  OTHER_D,
  OTHER_KEY,
  OTHER_PAIR,
  SIGNATURE,
  STATEMENT,
  STATEMENT_TYPE,
} from './vectors.ts';

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
