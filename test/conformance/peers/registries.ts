import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { fail, type RegistryServer } from '../../oci/registry-server.ts';
import { type Parts, packageTar, putPackage, REPOSITORY, TAG } from './artifact.ts';
import type { Row } from './row.ts';

/** The login of the programs. */
export const LOGIN = { username: 'robot', password: 's3cret-of-robot' };

type Answer = (request: IncomingMessage, response: ServerResponse, registry: RegistryServer) => unknown;

/** A row of a registry with special responses for some requests; `false` selects the usual response. */
function row(name: string, answer: Answer, rest: Partial<Row> = {}, parts?: () => Promise<Parts>): Row {
  return {
    ...rest,
    name,
    async prepare(registry) {
      await putPackage(registry, await parts?.());
      registry.fault = (request, response) => answer(request, response, registry) !== false;
    },
  };
}

const isManifest = ({ url = '' }: IncomingMessage) => url.includes('/manifests/');
const isBlob = ({ url = '' }: IncomingMessage) => url.includes('/blobs/');
const isTagged = ({ url = '' }: IncomingMessage) => url.endsWith(`/manifests/${TAG}`);

/** Responds with `answer` the first time that `asked` is true; each program has a separate registry. */
function once(asked: (request: IncomingMessage) => boolean, answer: (response: ServerResponse) => unknown): Answer {
  const done = new WeakSet<RegistryServer>();
  return (request, response, registry) => {
    if (done.has(registry) || !asked(request)) return false;
    done.add(registry);
    return answer(response);
  };
}

/** Sends a manifest or blob with other headers or another body. */
function sendContent(
  request: IncomingMessage,
  response: ServerResponse,
  registry: RegistryServer,
  change: (headers: Record<string, string>, body: Buffer) => Buffer = (_, body) => body,
): unknown {
  const name = decodeURIComponent(request.url?.split('/').at(-1) ?? '');
  const at = name.startsWith('sha256:') ? `${REPOSITORY}@${name}` : `${REPOSITORY}:${name}`;
  const manifest = isManifest(request) ? registry.manifests.get(at) : undefined;
  const bytes = manifest?.bytes ?? registry.blobs.get(name);
  if (bytes === undefined) return false;
  const digest = [...registry.manifests].find(([key, { bytes: same }]) => key.includes('@') && same === bytes)?.[0];
  const headers: Record<string, string> = {
    'content-type': manifest?.mediaType ?? 'application/octet-stream',
    'content-length': String(bytes.byteLength),
    'docker-content-digest': digest?.split('@')[1] ?? name,
  };
  const body = change(headers, bytes);
  response.writeHead(200, headers).end(request.method === 'HEAD' ? undefined : body);
  return true;
}

const changed = (
  asked: (request: IncomingMessage) => boolean,
  change: (headers: Record<string, string>, body: Buffer) => Buffer | undefined,
): Answer => {
  return (request, response, registry) =>
    asked(request) && sendContent(request, response, registry, (headers, body) => change(headers, body) ?? body);
};
const without = (header: string) => (headers: Record<string, string>) => {
  delete headers[header];
  return undefined;
};
const withHeader = (header: string, value: string) => (headers: Record<string, string>) => {
  headers[header] = value;
  return undefined;
};

/** Sends blobs from another path, as registries with separate storage do. */
function redirected(status: number, locationOf: (registry: RegistryServer, digest: string) => string): Answer {
  return (request, response, registry) => {
    const url = request.url ?? '';
    const digest = url.split('/').at(-1)?.split('?')[0] ?? '';
    if (url.startsWith('/storage/')) {
      const isLoggedIn = request.headers.authorization !== undefined;
      if (isLoggedIn) return response.writeHead(400).end('Only one auth mechanism allowed');
      const bytes = registry.blobs.get(digest) ?? Buffer.of();
      return response.writeHead(200, { 'content-length': bytes.byteLength }).end(bytes);
    }
    if (!isBlob(request) || request.method !== 'GET') return false;
    return response.writeHead(status, { location: locationOf(registry, digest) }).end();
  };
}
const storage = (registry: RegistryServer, digest: string) =>
  `http://localhost:${registry.host.split(':')[1]}/storage/${digest}`;

const basic = { auth: { kind: 'basic', ...LOGIN } } as const;
const bearer = { auth: { kind: 'bearer', ...LOGIN } } as const;
const token = (body: (usual: string) => object): Answer => {
  return (request, response, registry) => {
    if (!request.url?.startsWith('/token')) return false;
    registry.tokens.add('abc');
    return response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body('abc')));
  };
};
const challenged = (challenges: (registry: RegistryServer) => string | readonly string[]): Answer => {
  return (request, response, registry) => {
    const isOpen = request.url?.startsWith('/token') || request.headers.authorization !== undefined;
    if (isOpen) return false;
    const value = challenges(registry);
    response.setHeader('www-authenticate', typeof value === 'string' ? value : [...value]);
    return fail(response, 401, 'UNAUTHORIZED', 'authentication required');
  };
};
const bearerChallenge = ({ host }: RegistryServer) => `Bearer realm="http://${host}/token",service="test-registry"`;

/** Behaviour of registries, proxies and token servers. */
export const registryRows: readonly Row[] = [
  { name: 'asked by digest', prepare: (registry) => putPackage(registry), by: digestReference },
  { name: 'basic authentication', options: basic, prepare: (registry) => putPackage(registry) },
  { name: 'tokens', options: bearer, prepare: (registry) => putPackage(registry) },
  row(
    'tokens called access_token',
    token((access_token) => ({ access_token })),
    { options: bearer },
  ),
  row(
    'tokens with token: null',
    token((access_token) => ({ token: null, access_token })),
    { options: bearer },
  ),
  row(
    'tokens that expire in null seconds',
    token((value) => ({ token: value, expires_in: null })),
    { options: bearer },
  ),
  row(
    'tokens that expire at once',
    token((value) => ({ token: value, expires_in: 0 })),
    { options: bearer },
  ),
  row(
    'tokens issued in a year that is over',
    token((value) => ({ token: value, issued_at: '2009-01-01T00:00:00Z' })),
    { options: bearer },
  ),
  row(
    'a challenge in lower case',
    challenged((registry) => bearerChallenge(registry).replace('Bearer', 'bearer')),
    { options: bearer },
  ),
  row(
    'a challenge without quotes',
    challenged((registry) => bearerChallenge(registry).replaceAll('"', '')),
    { options: bearer },
  ),
  row(
    'two challenges, in two headers',
    challenged((registry) => ['Negotiate', bearerChallenge(registry)]),
    { options: bearer },
  ),
  row(
    'a challenge with an error beside it',
    challenged((registry) => `${bearerChallenge(registry)},error="invalid_token"`),
    { options: bearer },
  ),
  row('401 for /v2/ only', (request, response) => request.url === '/v2/' && fail(response, 401, 'UNAUTHORIZED', 'no')),
  row('404 for /v2/', (request, response) => request.url === '/v2/' && fail(response, 404, 'NOT_FOUND', 'no')),
  row('403 for HEAD', (request, response) => request.method === 'HEAD' && response.writeHead(403).end()),
  row('405 for HEAD', (request, response) => request.method === 'HEAD' && response.writeHead(405).end()),
  row('no Docker-Content-Digest', changed(isManifest, without('docker-content-digest'))),
  row(
    'another Docker-Content-Digest, asked by tag',
    changed(isTagged, withHeader('docker-content-digest', `sha256:${'0'.repeat(64)}`)),
    {
      reason: 'the stated digest is not that of the content',
    },
  ),
  row('a manifest without Content-Length', changed(isManifest, without('content-length'))),
  row('blobs without Content-Length', changed(isBlob, without('content-length'))),
  row(
    'a content type with a charset',
    changed(isManifest, (headers) => withHeader('content-type', `${headers['content-type']}; charset=utf-8`)(headers)),
  ),
  row('a content type of plain JSON', changed(isManifest, withHeader('content-type', 'application/json'))),
  row('no content type', changed(isManifest, without('content-type'))),
  row(
    'a content type in capitals',
    changed(isManifest, (headers) => withHeader('content-type', headers['content-type']?.toUpperCase() ?? '')(headers)),
  ),
  row(
    'a manifest of another digest, asked by digest',
    changed(
      (request) => isManifest(request) && !isTagged(request),
      (headers, body) => {
        const other = Buffer.concat([body, Buffer.from(' ')]);
        headers['content-length'] = String(other.byteLength);
        return other;
      },
    ),
    { by: digestReference },
  ),
  row(
    'HTML with status 200',
    (request, response) =>
      isManifest(request) && response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Log in</html>'),
  ),
  row(
    'HTML with status 404',
    (request, response) =>
      isManifest(request) && response.writeHead(404, { 'content-type': 'text/html' }).end('<html>Not found</html>'),
  ),
  row('blobs redirected to storage by 307', redirected(307, storage), { options: basic }),
  row('blobs redirected to storage by 302', redirected(302, storage), { options: basic }),
  row('blobs redirected to storage by 303', redirected(303, storage), { options: basic }),
  row(
    'blobs redirected to a path',
    redirected(307, (_, digest) => `/storage/${digest}`),
  ),
  row(
    'blobs redirected without end',
    redirected(307, (_, digest) => `/v2/${REPOSITORY}/blobs/${digest}?again`),
  ),
  row(
    'blobs redirected to a file of the client',
    redirected(307, () => 'file:///etc/passwd'),
  ),
  row(
    '429 once',
    once(isManifest, (response) => fail(response, 429, 'TOOMANYREQUESTS', 'slow down')),
  ),
  row(
    '503 once',
    once(isManifest, (response) => response.writeHead(503).end()),
  ),
  row(
    '500 once, for a blob',
    once(isBlob, (response) => response.writeHead(500).end()),
  ),
  row(
    'a connection that breaks once, before the answer',
    once(isManifest, (response) => response.destroy()),
  ),
  row(
    'a blob that breaks once, at its first byte',
    brokenBlob(() => 1),
  ),
  row(
    'a blob that breaks once, in the middle',
    brokenBlob((size) => size / 2),
    {},
    largeLayer,
  ),
  row('503 without end', (request, response) => isManifest(request) && response.writeHead(503).end()),
  row('403 for the manifest', (request, response) => isManifest(request) && fail(response, 403, 'DENIED', 'no')),
  row('a warning header', changed(isManifest, withHeader('warning', '299 - "this registry is going away"'))),
  row('cookies', changed(isManifest, withHeader('set-cookie', 'a=b'))),
];

function digestReference(registry: RegistryServer): string {
  const [key] = [...registry.manifests.keys()].filter((name) => name.includes('@'));
  return `@${key?.split('@')[1]}`;
}

/** Closes the connection once, while it sends a layer. */
function brokenBlob(bytesBefore: (size: number) => number): Answer {
  const done = new WeakSet<RegistryServer>();
  return (request, response, registry) => {
    const bytes = registry.blobs.get(request.url?.split('/').at(-1) ?? '');
    if (done.has(registry) || bytes === undefined || request.method !== 'GET' || bytes.includes('rootfs')) return false;
    done.add(registry);
    response.writeHead(200, { 'content-length': bytes.byteLength });
    // The pause lets the client receive the bytes.
    const close = () => setTimeout(() => response.destroy(), 100);
    response.write(bytes.subarray(0, bytesBefore(bytes.byteLength)), close);
    return true;
  };
}

/** A layer in several parts. */
async function largeLayer(): Promise<Parts> {
  return { layer: gzipSync(await packageTar([{ type: 'file', name: 'noise', content: randomBytes(1_000_000) }])) };
}
