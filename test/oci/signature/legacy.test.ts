import { sign } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { keyJudge } from '../../../src/oci/signature/judge.ts';
import { judgePayload } from '../../../src/oci/signature/legacy.ts';
import { D, KEY, OTHER_D, OTHER_KEY, OTHER_PAIR, PAYLOAD, SIGNATURE } from './vectors.ts';

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
