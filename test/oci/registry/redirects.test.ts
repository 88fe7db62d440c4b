import { beforeEach, describe, expect, test } from 'vitest';
import type { Reference } from '../../../src/oci/index.ts';
import { collect, rejection } from '../fixtures.ts';
import type { RegistryServer } from '../registry-server.ts';
import { AUTH, clientSetup, LOGIN, shown } from './client-setup.ts';

const { client, start, startEmpty } = clientSetup();

describe('redirects', () => {
  let other: RegistryServer;
  beforeEach(async () => {
    other = await startEmpty();
  });

  test('are followed to another host and back without credentials', async () => {
    const { registry, image, reference } = await start({ auth: { kind: 'basic', ...AUTH } });
    const { digest } = image.config.descriptor;
    const content = await collect(image.config.open());
    other.fault = (request, response) =>
      request.url === '/storage?signature=abc' && Boolean(response.writeHead(200).end(content));
    registry.fault = (request, response) =>
      Boolean(request.headers.authorization) &&
      request.url?.endsWith(digest) === true &&
      Boolean(response.writeHead(307, { location: `http://${other.host}/storage?signature=abc` }).end());
    const blob = client({ credentials: LOGIN }).blob(reference, image.config.descriptor);
    expect(await collect(blob.open())).toEqual(content);
    const seen = other.requests.find(({ url }) => url.startsWith('/storage'));
    expect(seen?.headers.authorization).toBeUndefined();
  });

  test('that end in an error mask the signature of their URL', async () => {
    const { registry, image, reference } = await start();
    registry.fault = (request, response) =>
      request.url?.includes('/blobs/') === true &&
      Boolean(response.writeHead(302, { location: `http://${other.host}/gone?X-Amz-Signature=top-secret` }).end());
    other.fault = (request, response) => request.url?.startsWith('/gone') === true && Boolean(response.destroy());
    const blob = client().blob(reference, image.config.descriptor);
    expect(shown(await rejection(collect(blob.open()), 'CONNECTION'))).not.toContain('top-secret');
    other.fault = undefined;
    expect(shown(await rejection(collect(blob.open()), 'NOT_FOUND'))).not.toContain('top-secret');
  });

  test.each([
    { name: 'in a loop', location: (host: string) => `http://${host}/v2/acme/cfg/manifests/v1` },
    { name: 'to plain http on a host that is not local', location: () => 'http://example.com/x' },
    { name: 'to a file', location: () => 'file:///etc/passwd' },
  ])('$name are refused', async ({ location }) => {
    const { registry, reference } = await start();
    registry.fault = (request, response) =>
      request.url !== '/v2/' && Boolean(response.writeHead(302, { location: location(registry.host) }).end());
    await rejection(client().fetchManifest(reference), 'REFUSED_REDIRECT');
  });

  test('to this machine are refused if local addresses are not allowed, as are requests to it', async () => {
    const { reference } = await start();
    await rejection(client({ networks: { local: false, private: true } }).fetchManifest(reference), 'REFUSED_REDIRECT');
    const byName: Reference = { ...reference, registry: reference.registry.replace('127.0.0.1', 'localhost') };
    const error = await client({ networks: { local: false, private: true } })
      .fetchManifest(byName)
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'OciError', code: 'REFUSED_REDIRECT' });
  });
});
