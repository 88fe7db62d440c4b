import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { formatPublicGoodRoot } from '../../../package/generate/public-good-root.ts';
import { type Identity, parseDigest } from '../../../src/oci/index.ts';
import { judgeBundle, preAuthEncoding } from '../../../src/oci/signature/bundle.ts';
import { certificateJudge } from '../../../src/oci/signature/certificate.ts';
import { judgePayload } from '../../../src/oci/signature/legacy.ts';
import { PUBLIC_GOOD_ROOT } from '../../../src/oci/signature/public-good-root.ts';
import { newInstance, trustedRootOf } from '../sigstore/instance.ts';

const ROOT_FILE = join(import.meta.dirname, '../../../src/oci/signature/public-good-root.ts');
const GITHUB = '^https://token\\.actions\\.githubusercontent\\.com$';
const ANYBODY: Identity[] = [{ issuer: '.*', subject: '.*' }];
const judgeOf = (identities: readonly Identity[], root: string = PUBLIC_GOOD_ROOT.json) =>
  certificateJudge(identities, root);
const read = (name: string): unknown =>
  JSON.parse(readFileSync(join(import.meta.dirname, '../sigstore/public-good', name), 'utf8'));

const bundleSchema = z.object({
  dsseEnvelope: z.object({
    payload: z.string(),
    payloadType: z.string(),
    signatures: z.array(z.object({ sig: z.string() })),
  }),
});
const signatureSchema = z.object({ payload: z.string(), annotations: z.record(z.string(), z.string()) });

test('the file is as the generator writes it', () => {
  const { json, sha256, ...release } = PUBLIC_GOOD_ROOT;
  expect(createHash('sha256').update(json).digest('hex')).toBe(sha256);
  const made = formatPublicGoodRoot(release, JSON.stringify(JSON.parse(json), undefined, 2));
  const [header = '', , , data = ''] = made.split('\n');
  expect(readFileSync(ROOT_FILE, 'utf8').split('\n')[0]).toBe(header);
  expect(JSON.parse(/= (.*);$/.exec(data)?.[1] ?? '')).toEqual(PUBLIC_GOOD_ROOT);
});

test('the page names the release of the root', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../examples/reference/signatures.md'), 'utf8');
  expect(page.replaceAll(/\s+/g, ' ')).toContain(
    `\`@sigstore/tuf\` ${PUBLIC_GOOD_ROOT.version} of ${PUBLIC_GOOD_ROOT.published}`,
  );
});

describe('statements signed with the public instance', () => {
  const statements = [
    {
      file: 'npm-provenance.json',
      subject: '^https://github\\.com/sigstore/sigstore-js/\\.github/workflows/release\\.yml@',
    },
    { file: 'statement.json', subject: '^https://github\\.com/sigstore-conformance/' },
  ];
  const signedOf = (file: string, change: (statement: string) => string = (same) => same) => {
    const bundle = read(file);
    const { payload, payloadType, signatures } = bundleSchema.parse(bundle).dsseEnvelope;
    const body = Buffer.from(change(Buffer.from(payload, 'base64').toString()));
    const signature = Buffer.from(signatures[0]?.sig ?? '', 'base64');
    return { message: preAuthEncoding(payloadType, body), body, signature, certified: () => bundle };
  };
  for (const { file, subject } of statements) {
    test(`${file} is valid`, async () => {
      const judge = await judgeOf([{ issuer: GITHUB, subject }]);
      expect((await judge(signedOf(file))).kind).toBe('verified');
    });

    test(`${file} is invalid with another subject`, async () => {
      const judge = await judgeOf([{ issuer: GITHUB, subject }]);
      const altered = signedOf(file, (statement) => statement.replace(/"sha(\d+)":"./, '"sha$1":"x'));
      expect(altered.body).not.toEqual(signedOf(file).body);
      expect((await judge(altered)).kind).toBe('refused');
    });

    test(`${file} is invalid for another signer or another root`, async () => {
      const other = await judgeOf([{ issuer: GITHUB, subject: '^https://github\\.com/acme/' }]);
      expect(await other(signedOf(file))).toMatchObject({ why: expect.stringContaining('not an expected signer') });
      const foreign = await judgeOf(ANYBODY, JSON.stringify(trustedRootOf(newInstance())));
      expect(await foreign(signedOf(file))).toMatchObject({
        why: expect.stringContaining('invalid certificate'),
      });
    });
  }

  test('other signed content is not an image signature', async () => {
    const judge = await judgeOf(ANYBODY);
    const bytes = Buffer.from(JSON.stringify(read('statement.json')));
    const why = 'expected an image signature, got an attestation';
    expect(await judgeBundle(bytes, parseDigest(`sha256:${'ab'.repeat(32)}`), judge)).toEqual({ kind: 'refused', why });
  });
});

describe("cosign's signature of a public image", () => {
  const { payload, annotations } = signatureSchema.parse(read('image-signature.json'));
  const D = parseDigest('sha256:c05263d2ff654c3a94243662440913f045075d59c436e2c69e9145ec2b87a321');
  const other = parseDigest(`sha256:${'ab'.repeat(32)}`);
  const acme = [{ issuer: GITHUB, subject: '^https://github\\.com/salrashid123/go-bazel-github-workflow/' }];

  test('counts', async () => {
    expect((await judgePayload(Buffer.from(payload), { annotations }, D, await judgeOf(acme))).kind).toBe('verified');
  });

  test.each([
    { name: 'for another image', text: payload, digest: other, why: `signed for ${D}` },
    {
      name: 'with another subject',
      text: payload.replace(D, other),
      digest: other,
      why: 'invalid log entry',
    },
  ])('is invalid $name', async ({ text, digest, why }) => {
    const verdict = await judgePayload(Buffer.from(text), { annotations }, digest, await judgeOf(acme));
    expect(verdict).toMatchObject({ kind: 'refused', why: expect.stringContaining(why) });
  });
});
