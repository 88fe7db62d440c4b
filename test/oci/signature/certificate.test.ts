import { describe, expect, test } from 'vitest';
import { isOciError } from '../../../src/oci/index.ts';
import { certificateJudge } from '../../../src/oci/signature/certificate.ts';
import { type Signing, signStatement } from '../sigstore/instance.ts';
import {
  D,
  identities,
  instance,
  judgeOf,
  later,
  ofBundle,
  ofPayload,
  statementAbout,
  trusted,
  verified,
} from './certificate-setup.ts';

describe('a valid signature by a certificate', () => {
  const cases: { name: string; signing: Signing; only?: 'bundle' | 'annotations' }[] = [
    { name: 'logged by the first version of Rekor', signing: {} },
    {
      name: 'logged by the second version of Rekor, with a timestamp',
      signing: { rekor: 2, stamped: true },
      only: 'bundle',
    },
    {
      name: 'logged by the second version of Rekor as dsse',
      signing: { rekor: 2, stamped: true, asDsse: true },
      only: 'bundle',
    },
    { name: 'logged and with a timestamp', signing: { stamped: true } },
    { name: 'whose certificate names the issuer as the first version of Fulcio does', signing: { oldIssuer: true } },
    { name: 'by a key of P-384 with its own hash', signing: { curve: 'P-384', hash: 'sha384' } },
    { name: 'made in the last minute of its certificate', signing: { at: later(9) } },
  ];
  for (const { name, signing, only } of cases) {
    if (only !== 'annotations') {
      test(`${name}, in a bundle`, async () => {
        expect(await ofBundle(signStatement(instance, statementAbout(D), signing))).toEqual(verified);
      });
    }
    if (only !== 'bundle') {
      test(`${name}, in annotations`, async () => {
        expect(await ofPayload(signing)).toEqual(verified);
      });
    }
  }

  test('of an email address', async () => {
    const holder = { issuer: 'https://issuer.test', subject: 'jane@acme.test' };
    const bundle = signStatement(instance, statementAbout(D), { holder });
    expect((await ofBundle(bundle, [{ issuer: 'issuer', subject: '@acme\\.test$' }])).kind).toBe('verified');
  });

  test('without a log if the root has only a timestamp authority', async () => {
    const root = { ...trusted, tlogs: [], ctlogs: [] };
    const signing = { rekor: undefined, stamped: true, log: undefined };
    expect(await ofBundle(signStatement(instance, statementAbout(D), signing), identities, root)).toEqual(verified);
    expect(await ofPayload(signing, identities, root)).toEqual(verified);
  });

  test('with a log entry and a timestamp of an unknown authority', async () => {
    const root = { ...trusted, timestampAuthorities: [] };
    expect(await ofPayload({ stamped: true }, identities, root)).toEqual(verified);
  });
});

describe('a trusted root', () => {
  test.each([
    { name: 'that is not JSON', root: '{', why: /must be the JSON/ },
    { name: 'that is null', root: 'null', why: /must be the JSON/ },
    { name: 'that is empty', root: '{}', why: /certificateAuthorities/ },
    {
      name: 'without any log or timestamp authority',
      root: JSON.stringify({ ...trusted, tlogs: [], timestampAuthorities: [] }),
      why: /must have tlogs or timestampAuthorities/,
    },
    {
      name: 'with an invalid certificate',
      root: JSON.stringify(trusted).replace(
        /"certificates":\[\{"rawBytes":"[^"]+/,
        '"certificates":[{"rawBytes":"AAAA',
      ),
      why: /must be the JSON/,
    },
    { name: 'that is too long', root: ' '.repeat(600_000), why: /must have at most 524288 characters/ },
  ])('$name cannot be used', async ({ root, why }) => {
    const error = await certificateJudge(identities, root).catch((thrown: unknown) => thrown);
    expect(isOciError(error, 'INVALID_TRUSTED_ROOT') && error.message).toMatch(why);
  });
});

test('an identity must be a valid RE2 expression', async () => {
  const error = await judgeOf([{ issuer: '(', subject: '.*' }]).catch((thrown: unknown) => thrown);
  expect(isOciError(error, 'INVALID_CONSTRAINT') && error.message).toMatch(/^invalid expression for issuers "\("/);
});
