import { describe, expect, test } from 'vitest';
import type { Identity } from '../../../src/oci/index.ts';
import { judgePayload } from '../../../src/oci/signature/legacy.ts';
import { makeLeaf, newKey, newLogKey } from '../sigstore/certificates.ts';
import { HOLDER, signPayload, signStatement } from '../sigstore/instance.ts';
import {
  D,
  foreign,
  instance,
  judgeOf,
  later,
  OTHER_D,
  ofBundle,
  payloadAbout,
  statementAbout,
  trusted,
} from './certificate-setup.ts';

describe('an invalid signature by a certificate', () => {
  const statement = statementAbout(D);
  const good = () => signStatement(instance, statement, { stamped: true });
  const another = () => makeLeaf(HOLDER, instance.issuing, { ...newKey(), ...YEAR, log: instance.certificateLog });
  const YEAR = { notBefore: later(0), notAfter: later(10) };
  /** Replaces what is at a path of a bundle. */
  const changed = (
    bundle: object,
    path: readonly (string | number)[],
    change: (before: unknown) => unknown,
  ): object => {
    const copy: unknown = structuredClone(bundle);
    const parent = path.slice(0, -1).reduce((at: unknown, key) => Reflect.get(Object(at), key), copy);
    const last = path.at(-1) ?? '';
    Reflect.set(Object(parent), last, change(Reflect.get(Object(parent), last)));
    return Object(copy);
  };
  const ENTRY = ['verificationMaterial', 'tlogEntries', 0] as const;
  const flipped = (base64: unknown) => {
    const bytes = Buffer.from(String(base64), 'base64');
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    return bytes.toString('base64');
  };

  const cases: { name: string; bundle: () => object; why: RegExp; root?: object; who?: Identity[] }[] = [
    {
      name: 'of an unexpected subject',
      bundle: good,
      who: [{ issuer: '.*', subject: '^https://git\\.test/other/' }],
      why: /^signed by "https:\/\/git.test\/acme\/.*" of "https:\/\/issuer.test", who is not an expected signer$/,
    },
    {
      name: 'of an unexpected issuer',
      bundle: good,
      who: [{ issuer: '^https://other\\.test$', subject: '.*' }],
      why: /who is not an expected signer$/,
    },
    {
      name: 'whose issuer and subject match different entries',
      bundle: good,
      who: [
        { issuer: '^https://other\\.test$', subject: 'acme' },
        { issuer: 'issuer', subject: 'nobody' },
      ],
      why: /who is not an expected signer$/,
    },
    {
      name: 'of an authority that is not trusted',
      bundle: () => signStatement(foreign, statement),
      why: /certificate path/,
    },
    {
      name: 'that is not for code signing',
      bundle: () => signStatement(instance, statement, { usage: '1.3.6.1.5.5.7.3.2' }),
      why: /^the certificate is not for code signing$/,
    },
    {
      name: 'that is in no certificate log',
      bundle: () => signStatement(instance, statement, { log: undefined }),
      why: /expected 1 SCTs, got 0/,
    },
    {
      name: 'that is in another certificate log',
      bundle: () => signStatement(instance, statement, { log: newLogKey() }),
      why: /SCT verification failed/,
    },
    {
      name: 'made before the certificate was valid',
      bundle: () => signStatement(instance, statement, { at: later(-1) }),
      why: /not valid or expired/,
    },
    {
      name: 'made after the certificate was valid',
      bundle: () => signStatement(instance, statement, { at: later(11) }),
      why: /not valid or expired/,
    },
    {
      name: 'with only a timestamp if the root has logs',
      bundle: () => signStatement(instance, statement, { rekor: undefined, stamped: true }),
      why: /expected 1 tlog entries, got 0/,
    },
    {
      name: 'in the second version of Rekor without a timestamp',
      bundle: () => signStatement(instance, statement, { rekor: 2 }),
      why: /^the signing time is not proven: expected 1 timestamps, got 0/,
    },
    {
      name: 'in another log',
      bundle: () => {
        const { tlogEntries } = signStatement(foreign, statement).verificationMaterial;
        return changed(good(), ['verificationMaterial', 'tlogEntries'], () => tlogEntries);
      },
      why: /invalid log entry|SCT|promise/,
    },
    {
      name: 'whose log entry is that of another signature',
      bundle: () => changed(good(), ENTRY, () => good().verificationMaterial.tlogEntries[0]),
      why: /invalid log entry: tlog entry signature mismatch/,
    },
    {
      name: 'whose log entry names another certificate',
      bundle: () => signStatement(instance, statement, { logged: another() }),
      why: /^the log entry is for another certificate$/,
    },
    {
      name: 'whose entry the second version of Rekor has under another certificate',
      bundle: () => signStatement(instance, statement, { logged: another(), rekor: 2, stamped: true }),
      why: /^the log entry is for another certificate$/,
    },
    {
      name: 'whose signed certificate timestamp is forged',
      bundle: () => changed(good(), [...ENTRY, 'inclusionPromise', 'signedEntryTimestamp'], flipped),
      why: /inclusion promise could not be verified/,
    },
    {
      name: 'whose log time is forged',
      bundle: () => changed(good(), [...ENTRY, 'integratedTime'], (at) => String(Number(at) + 1)),
      why: /inclusion promise could not be verified/,
    },
    {
      name: 'whose proof of inclusion is forged',
      bundle: () => changed(good(), [...ENTRY, 'inclusionProof', 'hashes', 0], flipped),
      why: /calculated root hash does not match/,
    },
    {
      name: 'whose checkpoint is forged',
      bundle: () =>
        changed(good(), [...ENTRY, 'inclusionProof', 'checkpoint', 'envelope'], (note) =>
          String(note).replace('\n', ' 2\n'),
        ),
      why: /invalid checkpoint signature/,
    },
    {
      name: 'whose checkpoint names its log by a regular expression',
      bundle: () =>
        changed(good(), [...ENTRY, 'inclusionProof', 'checkpoint', 'envelope'], (note) =>
          String(note).replace(/\u2014 \S+/, '\u2014 ((.*)*)*x'),
        ),
      why: /^the checkpoint of a log entry is malformed$/,
    },
    {
      name: 'whose timestamp is forged',
      bundle: () =>
        changed(
          good(),
          ['verificationMaterial', 'timestampVerificationData', 'rfc3161Timestamps', 0, 'signedTimestamp'],
          flipped,
        ),
      why: /^the signing time is not proven: timestamp could not be verified/,
    },
    {
      name: 'whose timestamp is that of another signature',
      bundle: () => {
        const { timestampVerificationData } = good().verificationMaterial;
        return changed(good(), ['verificationMaterial', 'timestampVerificationData'], () => timestampVerificationData);
      },
      why: /timestamp could not be verified/,
    },
    {
      name: 'whose signature is forged',
      bundle: () => {
        const other = signStatement(instance, statement, { rekor: undefined, stamped: true });
        const { certificate } = signStatement(instance, statement).verificationMaterial;
        return changed(other, ['verificationMaterial', 'certificate'], () => certificate);
      },
      root: { ...trusted, tlogs: [] },
      why: /^not signed with the certificate's key$/,
    },
    {
      name: 'about another digest',
      bundle: () => signStatement(instance, statementAbout(OTHER_D)),
      why: /^signed for another digest$/,
    },
    {
      name: 'that is an attestation',
      bundle: () => signStatement(instance, Buffer.from(String(statement).replace('cosign/sign', 'cosign/sbom'))),
      why: /^expected an image signature, got an attestation/,
    },
    {
      name: 'without any certificate',
      bundle: () => changed(good(), ['verificationMaterial', 'certificate'], () => undefined),
      why: /./,
    },
    {
      name: 'with a chain, which version 0.3 does not have',
      bundle: () =>
        changed(good(), ['verificationMaterial'], (material) => {
          const { certificate, ...rest } = Object(material);
          return { ...rest, x509CertificateChain: { certificates: [certificate] } };
        }),
      why: /^malformed/,
    },
    {
      name: 'by a bare key',
      bundle: () => changed(good(), ['verificationMaterial'], () => ({ publicKey: { hint: 'x' } })),
      why: /^signed with a key, expected a certificate$/,
    },
    {
      name: 'with more proofs than allowed',
      bundle: () =>
        changed(good(), ['verificationMaterial', 'tlogEntries'], (entries) => Array(5).fill(Object(entries)[0])),
      why: /^must have at most 4 log entries and 4 timestamps$/,
    },
    {
      name: 'with an index of a million digits',
      bundle: () => changed(good(), [...ENTRY, 'inclusionProof', 'logIndex'], () => '9'.repeat(1e6)),
      why: /must be numbers$/,
    },
  ];
  for (const { name, bundle, why, root, who } of cases) {
    test(name, async () => {
      const verdict = await ofBundle(bundle(), who, root);
      expect(verdict).toEqual({ kind: 'refused', why: expect.stringMatching(why) });
    });
  }

  test('in annotations: of another payload, without a proof, with proofs that are not JSON', async () => {
    const judge = await judgeOf();
    const judged = (payload: Buffer, annotations: Record<string, string>) =>
      judgePayload(payload, { annotations }, D, judge);
    const [payload, other] = [payloadAbout(D), payloadAbout(OTHER_D)];
    expect(await judged(payload, signPayload(instance, other))).toEqual({
      kind: 'refused',
      why: expect.stringMatching(/mismatch/),
    });
    expect(await judged(other, signPayload(instance, other))).toEqual({
      kind: 'refused',
      why: `signed for ${OTHER_D}`,
    });
    const bare = { kind: 'refused', why: expect.stringMatching(/the signing time is not proven/) };
    expect(await judged(payload, signPayload(instance, payload, { rekor: undefined }))).toEqual(bare);
    const broken = { ...signPayload(instance, payload), 'dev.sigstore.cosign/bundle': '{' };
    expect(await judged(payload, broken)).toEqual(bare);
    const noCertificate = { ...signPayload(instance, payload), 'dev.sigstore.cosign/certificate': 'x' };
    expect(await judged(payload, noCertificate)).toEqual({
      kind: 'refused',
      why: expect.stringMatching(/^malformed/),
    });
  });

  test.each(['certificate', 'tlogEntries'])('whatever its %s is', async (field) => {
    for (const value of [null, 1, 'x', [], {}, [{}], { rawBytes: 'AA==' }, { rawBytes: 'MIIB' }]) {
      expect((await ofBundle(changed(good(), ['verificationMaterial', field], () => value))).kind).toBe('refused');
    }
  });
});
