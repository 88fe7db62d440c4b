import { afterEach, describe, expect, test } from 'vitest';
import {
  type BlobSource,
  buildImage,
  buildIndex,
  bytesBlob,
  copyArtifact,
  createRegistryClient,
  type PushProgress,
  parseReference,
  pullArtifact,
  pullImage,
  pushArtifact,
  readConfig,
} from '../../../src/oci/index.ts';
import { collect, FAST_RETRY, pieces, rejection, smallImage } from '../fixtures.ts';
import { type RegistryServerOptions, startRegistry } from '../registry-server.ts';

const AUTH = { kind: 'bearer', username: 'robot', password: 'secret-password' } as const;
const AMD64 = { os: 'linux', architecture: 'amd64' };
const ARM64 = { os: 'linux', architecture: 'arm64' };

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function start(options: RegistryServerOptions = {}) {
  const registry = await startRegistry(options);
  const client = createRegistryClient({
    retry: FAST_RETRY,
    timeoutMs: 2000,
    credentials: { get: async () => ({ ...AUTH, kind: 'basic' }) },
  });
  closing.push(
    () => client.close(),
    () => registry.close(),
  );
  return { registry, client, reference: parseReference(`${registry.host}/acme/cfg:v1`) };
}

async function smallIndex() {
  return buildIndex([
    { artifact: await smallImage('one', { platform: ARM64 }), platform: ARM64 },
    { artifact: await smallImage('two', { platform: AMD64, format: 'oci' }), platform: AMD64 },
  ]);
}

const sent = (registry: { requests: readonly { method: string; url: string }[] }, method: string, part: string) =>
  registry.requests.filter((request) => request.method === method && request.url.includes(part)).length;

describe('pushArtifact and pullImage', () => {
  test.each([undefined, AUTH])('a pulled image equals the pushed one (auth: %s)', async (auth) => {
    const { client, reference } = await start(auth === undefined ? {} : { auth });
    const image = await smallImage('hello');
    await pushArtifact(client, reference, image);
    const { image: back, root } = await pullImage(client, reference);
    expect(back.document).toEqual(image.document);
    expect(root.digest).toBe(image.document.descriptor.digest);
    expect(await readConfig(back)).toEqual(await readConfig(image));
    expect(await collect(back.layers[0]?.open() ?? pieces())).toEqual(
      await collect(image.layers[0]?.open() ?? pieces()),
    );
  });

  test('the manifest for linux/amd64, or the requested platform, is selected from an index; the root is the index', async () => {
    const { client, reference } = await start();
    const index = await smallIndex();
    await pushArtifact(client, reference, index);
    const { image, root } = await pullImage(client, reference);
    expect(root).toEqual(index.document.descriptor);
    expect(image.document).toEqual(index.children[1]?.document);
    expect((await pullImage(client, reference, { platform: ARM64 })).image.document).toEqual(
      index.children[0]?.document,
    );
    await rejection(
      pullImage(client, reference, { platform: { os: 'windows', architecture: 'amd64' } }),
      'NO_PLATFORM',
    );
  });

  test('nested indexes are followed up to a maximum depth', async () => {
    const { client, reference } = await start();
    let nested = await smallIndex();
    for (let level = 0; level < 3; level += 1) nested = buildIndex([{ artifact: nested }]);
    await pushArtifact(client, reference, nested);
    expect((await pullImage(client, reference)).root).toEqual(nested.document.descriptor);
    expect((await pullArtifact(client, reference)).document).toEqual(nested.document);
    await pushArtifact(client, reference, buildIndex([{ artifact: nested }]));
    await rejection(pullImage(client, reference), 'TOO_LARGE');
    await rejection(pullArtifact(client, reference), 'TOO_LARGE');
  });

  test('nothing is sent twice, and the progress of each blob is reported', async () => {
    const { registry, client, reference } = await start();
    const [layer] = (await smallImage()).layers;
    if (layer === undefined) throw new Error('no layer');
    const image = await smallImage('', { layers: [layer, layer] });
    const progress: PushProgress[] = [];
    await pushArtifact(client, reference, image, { onProgress: (event) => progress.push(event) });
    expect(sent(registry, 'PUT', '/blobs/')).toBe(2);
    expect(progress.filter(({ state }) => state === 'sent').map(({ sentBytes, size }) => sentBytes === size)).toEqual([
      true,
      true,
    ]);
    progress.length = 0;
    await pushArtifact(client, reference, image, { onProgress: (event) => progress.push(event) });
    expect(sent(registry, 'PUT', '/blobs/')).toBe(2);
    expect(progress.map(({ state }) => state)).toEqual(['exists', 'exists']);
  });

  test('an empty image and an image without layers are pushed', async () => {
    const { client, reference } = await start();
    const image = await smallImage('', { layers: [] });
    await pushArtifact(client, reference, image);
    expect((await pullImage(client, reference)).image.layers).toEqual([]);
    const empty = buildImage({ config: new Uint8Array(), layers: [] });
    await pushArtifact(client, reference, empty);
    expect(await readConfig((await pullImage(client, reference)).image)).toHaveLength(0);
  });

  test('concurrent uploads are limited to the requested number', async () => {
    const { registry, client, reference } = await start();
    let open = 0;
    let most = 0;
    const slow = (text: string): BlobSource => {
      const blob = bytesBlob('x', Buffer.from(text));
      return {
        ...blob,
        async *open() {
          open += 1;
          most = Math.max(most, open);
          await new Promise((resolve) => setTimeout(resolve, 5));
          yield* blob.open();
          open -= 1;
        },
      };
    };
    const layers = Array.from({ length: 9 }, (_, index) => slow(`layer ${index}`));
    await pushArtifact(client, reference, buildImage({ config: Buffer.from('{}'), layers }), { concurrency: 2 });
    expect(most).toBe(2);
    expect(registry.blobs.size).toBe(10);
  });
});

describe('a push that fails', () => {
  test.each([
    { name: '500', fault: (response: import('node:http').ServerResponse) => response.writeHead(500).end() },
    { name: 'a broken connection', fault: (response: import('node:http').ServerResponse) => response.destroy() },
  ])('$name during an upload restarts it from the beginning', async ({ fault }) => {
    const { registry, client, reference } = await start();
    registry.fault = (request, response, count) => request.method === 'PUT' && count < 2 && Boolean(fault(response));
    const image = await smallImage();
    await pushArtifact(client, reference, image);
    expect((await pullImage(client, reference)).image.document).toEqual(image.document);
  });

  test('no manifest is pushed if a layer differs from its descriptor', async () => {
    const { registry, client, reference } = await start();
    const { layers } = await smallImage();
    const [layer] = layers;
    if (layer === undefined) throw new Error('no layer');
    const content = await collect(layer.open());
    content[20] = (content[20] ?? 0) ^ 1;
    const { verifyContent } = await import('../../../src/oci/index.ts');
    const broken = { ...layer, open: () => verifyContent(pieces(content), layer.descriptor) };
    await rejection(
      pushArtifact(client, reference, buildImage({ config: Buffer.from('{}'), layers: [broken] })),
      'DIGEST_MISMATCH',
    );
    expect(registry.manifests.size).toBe(0);
    expect(registry.blobs.has(layer.descriptor.digest)).toBe(false);
  });

  test('the first failure aborts the others and is reported', async () => {
    const { registry, client, reference } = await start();
    registry.fault = (request, response) => request.method === 'POST' && Boolean(response.writeHead(403).end());
    await rejection(pushArtifact(client, reference, await smallImage()), 'DENIED');
    expect(registry.manifests.size).toBe(0);
  });

  test('a caller can cancel', async () => {
    const { registry, client, reference } = await start();
    const controller = new AbortController();
    registry.fault = (request) => {
      if (request.method === 'POST') controller.abort();
      return request.method === 'POST';
    };
    await rejection(pushArtifact(client, reference, await smallImage(), { signal: controller.signal }), 'CANCELED');
  });

  test('a response without an upload location, or with another digest, is an error', async () => {
    const { registry, client, reference } = await start();
    registry.fault = (request, response) => request.method === 'POST' && Boolean(response.writeHead(202).end());
    await rejection(pushArtifact(client, reference, await smallImage()), 'INVALID_RESPONSE');
    registry.fault = (request, response) =>
      request.url?.includes('/manifests/') === true &&
      Boolean(response.writeHead(201, { 'docker-content-digest': `sha256:${'0'.repeat(64)}` }).end());
    await rejection(pushArtifact(client, reference, await smallImage()), 'DIGEST_MISMATCH');
  });
});

describe('copyArtifact', () => {
  test('copies an index byte for byte to another registry', async () => {
    const from = await start({ auth: AUTH });
    const to = await start({ auth: AUTH });
    const index = await smallIndex();
    await pushArtifact(from.client, from.reference, index);
    const copied = await copyArtifact(from, to);
    expect(copied.document).toEqual(index.document);
    expect(to.registry.manifests.get('acme/cfg:v1')?.bytes).toEqual(index.document.bytes);
    expect(to.registry.blobs).toEqual(from.registry.blobs);
  });

  test('mounts within one registry, and uploads if mounting is refused', async () => {
    const { registry, client, reference } = await start({ auth: AUTH });
    const image = await smallImage();
    await pushArtifact(client, reference, image);
    const to = { client, reference: { ...reference, repository: 'acme/copy' } };
    registry.fault = (request, response) =>
      request.method === 'HEAD' && request.url?.includes('/copy/') === true && Boolean(response.writeHead(404).end());
    const uploads = sent(registry, 'PUT', '/blobs/');
    await copyArtifact({ client, reference }, to);
    expect(sent(registry, 'PUT', '/blobs/')).toBe(uploads);
    const mount = registry.requests.find(({ url }) => url.includes('mount='));
    expect(mount?.url).toContain('from=acme%2Fcfg');
    const missing = registry.fault;
    registry.fault = (request, response, count) =>
      (request.url?.includes('mount=') === true && Boolean(response.writeHead(403).end())) ||
      missing(request, response, count);
    await copyArtifact({ client, reference }, to);
    expect(sent(registry, 'PUT', '/blobs/')).toBe(uploads + 2);
  });
});
