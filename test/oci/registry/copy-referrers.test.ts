import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type Artifact,
  bytesBlob,
  copyArtifact,
  copyReferrers,
  cosignTag,
  createRegistryClient,
  type Descriptor,
  encodeManifest,
  type Image,
  MEDIA_TYPES,
  parseReference,
  pullArtifact,
  pushArtifact,
  type RegistryClient,
} from '../../../src/oci/index.ts';
import { FAST_RETRY, rejection } from '../fixtures.ts';
import { fail, type RegistryServer, startRegistry } from '../registry-server.ts';

let client: RegistryClient;
const servers: RegistryServer[] = [];
beforeEach(() => {
  client = createRegistryClient({ retry: FAST_RETRY });
});
afterEach(async () => {
  await client.close();
  for (const server of servers.splice(0)) await server.close();
});

async function start(referrers: boolean): Promise<RegistryServer> {
  const server = await startRegistry({ referrers });
  servers.push(server);
  return server;
}

/** A manifest with one layer, which may refer to another one. */
function manifestOf(text: string, subject?: Descriptor): Image {
  const config = bytesBlob(MEDIA_TYPES.ociEmpty, Buffer.from('{}'));
  const layer = bytesBlob('text/plain', Buffer.from(text));
  const document = encodeManifest({
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.ociManifest,
    artifactType: `application/${text}`,
    config: config.descriptor,
    layers: [layer.descriptor],
    ...(subject === undefined ? {} : { subject }),
  });
  return { kind: 'image', document, config, layers: [layer] };
}

/** Pushes a package with an SBOM, a signature of the SBOM, and a signature and an attestation under cosign's tags. */
async function pushAll(host: string): Promise<Artifact> {
  const repository = parseReference(`${host}/a/b:v1`);
  const image = manifestOf('package');
  await pushArtifact(client, repository, image);
  const sbom = manifestOf('sbom', image.document.descriptor);
  const signature = manifestOf('signature', sbom.document.descriptor);
  for (const one of [sbom, signature]) {
    const { registry, repository: path } = repository;
    await pushArtifact(client, { registry, repository: path, digest: one.document.descriptor.digest }, one);
  }
  for (const suffix of ['sig', 'att'] as const) {
    const tag = cosignTag(image.document.descriptor.digest, suffix);
    await pushArtifact(client, { ...repository, tag }, manifestOf(suffix));
  }
  return pullArtifact(client, repository);
}

describe.each([
  [true, true],
  [true, false],
  [false, true],
  [false, false],
])('from a registry with a referrers API: %s, to one: %s', (there, here) => {
  test('the referrers and tags of an artifact are copied and found', async () => {
    const [source, target] = [await start(there), await start(here)];
    const artifact = await pushAll(source.host);
    const from = { client, reference: parseReference(`${source.host}/a/b:v1`) };
    const to = { client, reference: parseReference(`${target.host}/c/d:v2`) };
    await copyArtifact(from, to);
    expect(await copyReferrers(from, to, artifact)).toBe(4);
    const { digest } = artifact.document.descriptor;
    const [sbom, ...others] = await client.listReferrers(to.reference, digest);
    expect([sbom?.artifactType, others]).toEqual(['application/sbom', []]);
    if (sbom === undefined) return;
    expect((await client.listReferrers(to.reference, sbom.digest)).map((one) => one.artifactType)).toEqual([
      'application/signature',
    ]);
    for (const suffix of ['sig', 'att'] as const) {
      const tag = cosignTag(digest, suffix);
      expect(await client.resolve({ ...to.reference, tag })).toEqual(await client.resolve({ ...from.reference, tag }));
    }
    await rejection(client.resolve({ ...to.reference, tag: cosignTag(digest, 'sbom') }), 'NOT_FOUND');
    // Again: everything is there.
    expect(await copyReferrers(from, to, artifact)).toBe(4);
  });
});

test('the copy fails if the registry refuses to list referrers', async () => {
  const source = await start(true);
  const artifact = await pushAll(source.host);
  source.fault = ({ url = '' }, response) => {
    if (!url.endsWith('.sig')) return false;
    fail(response, 403, 'DENIED', 'no');
    return true;
  };
  const from = { client, reference: parseReference(`${source.host}/a/b:v1`) };
  const to = { client, reference: parseReference(`${source.host}/c/d:v2`) };
  await copyArtifact(from, to);
  await rejection(copyReferrers(from, to, artifact), 'DENIED');
});
