import { createHash } from 'node:crypto';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

/** A request as the registry saw it, for asserting what a client sent. */
export interface SeenRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
}

/** Answers a request in place of the registry when it returns true. */
export type Fault = (request: IncomingMessage, response: ServerResponse, count: number) => boolean;

/** How a test registry behaves. */
export interface RegistryServerOptions {
  /** `basic` and `bearer` want these credentials; `bearer` runs its own token server under /token. */
  readonly auth?: { readonly kind: 'basic' | 'bearer'; readonly username: string; readonly password: string };
  readonly tls?: { readonly key: string; readonly cert: string; readonly ca?: string };
  /** Answers the referrers API. Default true. */
  readonly referrers?: boolean;
  /** Most tags in one page, whatever `n` says. */
  readonly pageSize?: number;
}

/** A registry in this process over real HTTP: enough of the protocol to test a client against, and faults on demand. */
export interface RegistryServer {
  /** `127.0.0.1:port`. */
  readonly host: string;
  readonly requests: SeenRequest[];
  readonly blobs: Map<string, Buffer>;
  /** `repository:tag` and `repository@digest` to bytes and type. */
  readonly manifests: Map<string, { bytes: Buffer; mediaType: string }>;
  /** Asked first for every request; counts calls per fault. */
  fault: Fault | undefined;
  /** Gives the status for a manifest that is refused, after its bytes have come. */
  refuseManifest: ((bytes: Buffer) => number | undefined) | undefined;
  /** Tokens that are accepted. */
  readonly tokens: Set<string>;
  putManifest(repository: string, reference: string, bytes: Uint8Array, mediaType: string): string;
  close(): Promise<void>;
}

const digestOf = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** Starts a registry on a free port of the loopback interface. */
export async function startRegistry(options: RegistryServerOptions = {}): Promise<RegistryServer> {
  const state = {
    host: '',
    requests: [] as SeenRequest[],
    blobs: new Map<string, Buffer>(),
    manifests: new Map<string, { bytes: Buffer; mediaType: string }>(),
    fault: undefined as Fault | undefined,
    refuseManifest: undefined as RegistryServer['refuseManifest'],
    tokens: new Set<string>(),
    putManifest(repository: string, reference: string, bytes: Uint8Array, mediaType: string): string {
      const entry = { bytes: Buffer.from(bytes), mediaType };
      state.manifests.set(`${repository}@${digestOf(bytes)}`, entry);
      if (!reference.startsWith('sha256:')) state.manifests.set(`${repository}:${reference}`, entry);
      return digestOf(bytes);
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  let faults = 0;
  const handler = (request: IncomingMessage, response: ServerResponse) => {
    state.requests.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers });
    request.on('error', () => undefined);
    if (state.fault?.(request, response, faults)) {
      faults += 1;
      return;
    }
    serve(state, options, request, response).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  };
  const server =
    options.tls === undefined
      ? createHttpServer(handler)
      : createHttpsServer(
          {
            ...options.tls,
            requestCert: options.tls.ca !== undefined,
            rejectUnauthorized: options.tls.ca !== undefined,
          },
          handler,
        );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  state.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return state;
}

async function serve(
  registry: RegistryServer,
  options: RegistryServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', `http://${request.headers.host}`);
  if (url.pathname === '/token') return issueToken(registry, options, request, response, url);
  if (!isAllowed(registry, options, request)) return challenge(registry, options, url, request, response);
  if (url.pathname === '/v2/') return void response.writeHead(200).end('{}');
  const match = /^\/v2\/(.+)\/(manifests|blobs|tags|referrers)\/(.*)$/.exec(
    url.pathname.replace('/blobs/uploads/', '/blobs/uploads:'),
  );
  if (match === null) return fail(response, 404, 'NAME_UNKNOWN', 'no such path');
  const [, repository = '', kind = '', name = ''] = match;
  if (kind === 'manifests') return serveManifest(registry, request, response, repository, name);
  if (kind === 'tags') return serveTags(registry, options, response, repository, url);
  if (kind === 'referrers') return serveReferrers(registry, options, response, repository, name, url);
  return serveBlob(registry, request, response, repository, name, url);
}

function isAllowed(registry: RegistryServer, { auth }: RegistryServerOptions, request: IncomingMessage): boolean {
  if (auth === undefined) return true;
  const sent = request.headers.authorization ?? '';
  if (auth.kind === 'bearer') return registry.tokens.has(sent.replace('Bearer ', ''));
  return sent === `Basic ${Buffer.from(`${auth.username}:${auth.password}`).toString('base64')}`;
}

function challenge(
  registry: RegistryServer,
  { auth, tls }: RegistryServerOptions,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const repository = /^\/v2\/(.+?)\/(?:manifests|blobs|tags|referrers)\//.exec(url.pathname)?.[1];
  const actions = request.method === 'GET' || request.method === 'HEAD' ? 'pull' : 'pull,push';
  const scope = repository === undefined ? '' : `,scope="repository:${repository}:${actions}"`;
  const realm = `${tls === undefined ? 'http' : 'https'}://${registry.host}/token`;
  const bearer = `Bearer realm="${realm}",service="test-registry"${scope}`;
  response.setHeader('www-authenticate', auth?.kind === 'basic' ? 'Basic realm="test, registry"' : bearer);
  fail(response, 401, 'UNAUTHORIZED', 'authentication required');
}

async function issueToken(
  registry: RegistryServer,
  { auth }: RegistryServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  const form = request.method === 'POST' ? new URLSearchParams((await readAll(request)).toString()) : url.searchParams;
  const basic = `Basic ${Buffer.from(`${auth?.username}:${auth?.password}`).toString('base64')}`;
  const isKnown = request.headers.authorization === basic || form.get('refresh_token') === auth?.password;
  if (!isKnown) return fail(response, 401, 'UNAUTHORIZED', 'wrong password');
  const token = createHash('sha256').update(`${registry.tokens.size}${form}`).digest('hex');
  registry.tokens.add(token);
  sendJson(response, 200, { token, expires_in: 300 });
}

async function serveManifest(
  registry: RegistryServer,
  request: IncomingMessage,
  response: ServerResponse,
  repository: string,
  reference: string,
): Promise<void> {
  const key = reference.startsWith('sha256:') ? `${repository}@${reference}` : `${repository}:${reference}`;
  if (request.method === 'PUT') {
    const bytes = await readAll(request);
    const refused = registry.refuseManifest?.(bytes);
    if (refused !== undefined) return fail(response, refused, 'MANIFEST_INVALID', 'manifest refused');
    const digest = registry.putManifest(repository, reference, bytes, request.headers['content-type'] ?? '');
    response
      .writeHead(201, { location: `/v2/${repository}/manifests/${digest}`, 'docker-content-digest': digest })
      .end();
    return;
  }
  const manifest = registry.manifests.get(key);
  if (manifest === undefined) return fail(response, 404, 'MANIFEST_UNKNOWN', 'manifest unknown');
  response.writeHead(200, {
    'content-type': manifest.mediaType,
    'content-length': manifest.bytes.byteLength,
    'docker-content-digest': digestOf(manifest.bytes),
  });
  response.end(request.method === 'HEAD' ? undefined : manifest.bytes);
}

function serveTags(
  registry: RegistryServer,
  { pageSize = Number.MAX_SAFE_INTEGER }: RegistryServerOptions,
  response: ServerResponse,
  repository: string,
  url: URL,
): void {
  const prefix = `${repository}:`;
  const all = [...registry.manifests.keys()]
    .filter((key) => key.startsWith(prefix))
    .map((key) => key.slice(prefix.length))
    .sort();
  if (all.length === 0) {
    fail(response, 404, 'NAME_UNKNOWN', 'repository name not known to registry');
    return;
  }
  const last = url.searchParams.get('last');
  const from = last === null ? 0 : all.indexOf(last) + 1;
  const size = Math.min(pageSize, Number(url.searchParams.get('n') ?? pageSize));
  const page = all.slice(from, from + size);
  if (from + size < all.length)
    response.setHeader('link', `</v2/${repository}/tags/list?n=${size}&last=${page.at(-1)}>; rel="next"`);
  sendJson(response, 200, { name: repository, tags: page });
}

function serveReferrers(
  registry: RegistryServer,
  { referrers = true }: RegistryServerOptions,
  response: ServerResponse,
  repository: string,
  digest: string,
  url: URL,
): void {
  if (!referrers) {
    fail(response, 404, 'NOT_FOUND', 'no such path');
    return;
  }
  const filter = url.searchParams.get('artifactType');
  const manifests = [...registry.manifests]
    .filter(([key]) => key.startsWith(`${repository}@`))
    .map(([, { bytes, mediaType }]) => ({ bytes, mediaType, json: JSON.parse(bytes.toString()) }))
    .filter(({ json }) => json.subject?.digest === digest && (filter === null || json.artifactType === filter))
    .map(({ bytes, mediaType, json }) => ({
      mediaType,
      size: bytes.byteLength,
      digest: digestOf(bytes),
      artifactType: json.artifactType ?? json.config?.mediaType,
      annotations: json.annotations,
    }));
  const mediaType = 'application/vnd.oci.image.index.v1+json';
  response.setHeader('content-type', mediaType);
  response.end(JSON.stringify({ schemaVersion: 2, mediaType, manifests }));
}

async function serveBlob(
  registry: RegistryServer,
  request: IncomingMessage,
  response: ServerResponse,
  repository: string,
  name: string,
  url: URL,
): Promise<void> {
  if (request.method === 'POST') {
    const mount = url.searchParams.get('mount');
    await readAll(request);
    if (mount !== null && registry.blobs.has(mount)) return void response.writeHead(201).end();
    return void response.writeHead(202, { location: `/v2/${repository}/blobs/uploads/one?_state=secret%3D%3D` }).end();
  }
  if (request.method === 'PUT') {
    const bytes = await readAll(request);
    const digest = url.searchParams.get('digest');
    if (digest !== digestOf(bytes)) return fail(response, 400, 'DIGEST_INVALID', 'digest differs');
    registry.blobs.set(digest, bytes);
    return void response.writeHead(201).end();
  }
  const blob = registry.blobs.get(name);
  if (blob === undefined) return fail(response, 404, 'BLOB_UNKNOWN', 'blob unknown');
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  if (from > 0) response.setHeader('content-range', `bytes ${from}-${blob.byteLength - 1}/${blob.byteLength}`);
  response.writeHead(from > 0 ? 206 : 200, { 'content-length': blob.byteLength - from });
  response.end(request.method === 'HEAD' ? undefined : blob.subarray(from));
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** Sends an error in the protocol's form. */
export function fail(response: ServerResponse, status: number, code: string, message: string): void {
  sendJson(response, status, { errors: [{ code, message }] });
}

/** Gives every request this status and no body. */
export function failWith(status: number): Fault {
  return (_, response) => {
    response.writeHead(status).end();
    return true;
  };
}
