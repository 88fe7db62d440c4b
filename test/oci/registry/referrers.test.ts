import { describe, expect, test } from 'vitest';
import { bytesBlob, encodeManifest, type Image, MEDIA_TYPES, pushArtifact } from '../../../src/oci/index.ts';
import { smallImage } from '../fixtures.ts';
import { clientSetup } from './client-setup.ts';

const { client, start } = clientSetup();

describe('referrers', () => {
  const attach = (subject: Image, text: string): Image => {
    const config = bytesBlob(MEDIA_TYPES.ociEmpty, Buffer.from('{}'));
    const layer = bytesBlob('text/spdx+json', Buffer.from(text));
    const document = encodeManifest({
      schemaVersion: 2,
      mediaType: MEDIA_TYPES.ociManifest,
      artifactType: 'text/spdx+json',
      config: config.descriptor,
      layers: [layer.descriptor],
      subject: subject.document.descriptor,
      annotations: { text },
    });
    return { kind: 'image', document, config, layers: [layer] };
  };

  test.each([
    { name: 'the API', referrers: true },
    { name: 'the fallback tag', referrers: false },
  ])('are pushed, and found by $name', async ({ referrers }) => {
    const { reference } = await start({ referrers });
    const caller = client();
    const image = await smallImage();
    const { digest } = image.document.descriptor;
    await pushArtifact(caller, reference, image);
    expect(await caller.listReferrers(reference, digest)).toEqual([]);
    for (const text of ['one', 'two', 'one']) {
      const artifact = attach(image, text);
      await pushArtifact(
        caller,
        { ...reference, tag: `sbom-${text}`, digest: artifact.document.descriptor.digest },
        artifact,
      );
    }
    const found = await caller.listReferrers(reference, digest);
    expect(found.map(({ annotations }) => annotations?.text).sort()).toEqual(['one', 'two']);
    expect(await caller.listReferrers(reference, digest, { artifactType: 'text/spdx+json' })).toHaveLength(2);
    expect(await caller.listReferrers(reference, digest, { artifactType: 'other' })).toEqual([]);
  });
});
