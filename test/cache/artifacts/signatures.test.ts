import { generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { buildImage, bytesBlob, encodeJson } from '../../../src/oci/index.ts';
import { smallImage } from '../../oci/fixtures.ts';
import { sourceSetup, YAML } from './source-setup.ts';

const env = sourceSetup();
const { failure, get, push } = env;

describe('signatures', () => {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = (keys: typeof pair) => keys.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const signers = { keys: [{ name: 'cosign.pub', pem: pem(pair) }] };

  async function signAs(digest: string, signed = digest): Promise<void> {
    const critical = {
      identity: { 'docker-reference': '' },
      image: { 'docker-manifest-digest': signed },
      type: 'cosign container image signature',
    };
    const payload = Buffer.from(JSON.stringify({ critical, optional: null }));
    const signature = sign('sha256', payload, pair.privateKey).toString('base64');
    const blob = bytesBlob('application/vnd.dev.cosign.simplesigning.v1+json', payload, {
      'dev.cosignproject.cosign/signature': signature,
    });
    const config = encodeJson({ architecture: '', os: '', rootfs: { type: 'layers', diff_ids: [] } });
    await push(`acme/cfg:${digest.replace(':', '-')}.sig`, buildImage({ config, layers: [blob], format: 'oci' }));
  }

  test('by the right key for the digest are accepted', async () => {
    const digest = await push('acme/cfg:v1.0.0', await smallImage(YAML));
    await signAs(digest);
    expect((await get({ signers })).fetched?.digest).toBe(digest);
  });

  test('that are missing, by another key, or for another digest are refused, and the earlier result is kept', async () => {
    const digest = await push('acme/cfg:v1.0.0', await smallImage(YAML));
    await signAs(digest);
    await get({ signers });
    const moved = await push('acme/cfg:v1.0.0', await smallImage(`${YAML}# moved\n`));
    env.clock = 60_000;
    expect(await get({ signers })).toMatchObject({ fetched: { digest }, failure: { reason: 'VerifyFailed' } });
    await signAs(moved, digest);
    env.clock = 200_000;
    expect(await get({ signers })).toMatchObject({ fetched: { digest }, failure: { reason: 'VerifyFailed' } });
    const others = { keys: [{ name: 'other.pub', pem: pem(other) }] };
    expect((await failure({ signers: others }))?.reason).toBe('VerifyFailed');
    expect((await failure({ signers: { keys: [{ name: 'bad.pub', pem: 'no key' }] } }))?.reason).toBe('VerifyFailed');
  });
});
