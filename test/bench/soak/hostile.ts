import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { encodeJson, gzip, MEDIA_TYPES, writeTar } from '../../../src/oci/index.ts';
import { collect } from '../../oci/fixtures.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const MEBIBYTE = 1_048_576;
const TAGS = 100_000;
const DRIP_MS = 500;

const digestOf = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** What registries that mean harm answer to everything but `/v2/`, by the name of the attack. */
export async function hostileAnswers(): Promise<Readonly<Record<string, Answer>>> {
  const bomb = packageOf(await collect(gzip(writeTar([bombFile]), 9)));
  const large = packageOf(Buffer.alloc(60 * MEBIBYTE, 'x'));
  const wrong = packageOf(Buffer.from('x'.repeat(1_000)));
  const heavy = heavyManifest();
  const tags = JSON.stringify({ tags: Array.from({ length: TAGS }, (_, index) => `1.${index}.0-a.b.c`) });
  return {
    trickle: (_, response) =>
      drip(response.writeHead(200, { 'content-type': MEDIA_TYPES.ociManifest, 'content-length': 5_000 })),
    silent: () => undefined,
    bomb: (request, response) => serve(bomb, request, response),
    large: (request, response) => serve(large, request, response),
    wrong: (request, response) => {
      if (!isBlob(request)) return serve(wrong, request, response);
      response.writeHead(200, { 'content-length': 1_000 }).end('y'.repeat(1_000));
    },
    heavy: (request, response) => serve(heavy, request, response),
    tags: (request, response) => {
      if (request.url?.includes('/tags/')) response.writeHead(200, { 'content-type': 'application/json' }).end(tags);
      else serve(wrong, request, response);
    },
    limited: (_, response) => response.writeHead(429, { 'retry-after': '999999999' }).end(),
    redirect: (_, response) => response.writeHead(307, { location: 'http://169.254.169.254/latest/meta-data/' }).end(),
    token: (request, response) => {
      if (request.url?.startsWith('/token'))
        return drip(response.writeHead(200, { 'content-type': 'application/json' }));
      const realm = `http://${request.headers.host}/token`;
      response.writeHead(401, { 'www-authenticate': `Bearer realm="${realm}",service="x"` }).end();
    },
  };
}

interface Package {
  readonly manifest: Buffer;
  readonly blobs: ReadonlyMap<string, Buffer>;
}

/** A package.yaml of nearly as much as Crossplane reads, of which a thousandth is left when it is compressed. */
const bombFile = {
  type: 'file',
  name: 'package.yaml',
  content: {
    size: 190 * MEBIBYTE,
    async *open() {
      for (let index = 0; index < 190; index += 1) yield Buffer.alloc(MEBIBYTE, '\n');
    },
  },
} as const;

/** An image whose only layer is marked as the package. */
function packageOf(layer: Buffer): Package {
  const config = encodeJson({ architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [] } });
  const manifest = encodeJson({
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.ociManifest,
    config: { mediaType: MEDIA_TYPES.ociConfig, size: config.length, digest: digestOf(config) },
    layers: [
      {
        mediaType: MEDIA_TYPES.ociLayerGzip,
        size: layer.length,
        digest: digestOf(layer),
        annotations: { 'io.crossplane.xpkg': 'base' },
      },
    ],
  });
  return { manifest, blobs: new Map([config, layer].map((bytes) => [digestOf(bytes), bytes])) };
}

/** A manifest of just under 4 MiB with as many layers as fit. */
function heavyManifest(): Package {
  const layer = { mediaType: MEDIA_TYPES.ociLayerGzip, size: 1, digest: digestOf(Buffer.from('x')) };
  const config = { mediaType: MEDIA_TYPES.ociConfig, size: 2, digest: digestOf(Buffer.from('{}')) };
  const count = Math.floor((4 * MEBIBYTE - 1_000) / (JSON.stringify(layer).length + 1));
  const layers = Array.from({ length: count }, () => layer);
  const manifest = encodeJson({ schemaVersion: 2, mediaType: MEDIA_TYPES.ociManifest, config, layers });
  return { manifest, blobs: new Map([[config.digest, Buffer.from('{}')]]) };
}

function serve({ manifest, blobs }: Package, request: IncomingMessage, response: ServerResponse): void {
  const digest = /sha256:[0-9a-f]{64}$/.exec(request.url ?? '')?.[0] ?? '';
  const bytes = isBlob(request) ? blobs.get(digest) : manifest;
  if (bytes === undefined) return void response.writeHead(404).end();
  const type = isBlob(request) ? 'application/octet-stream' : MEDIA_TYPES.ociManifest;
  response.writeHead(200, {
    'content-type': type,
    'content-length': bytes.length,
    ...(!isBlob(request) && { 'docker-content-digest': digestOf(manifest) }),
  });
  response.end(request.method === 'HEAD' ? undefined : bytes);
}

function isBlob({ url = '' }: IncomingMessage): boolean {
  return url.includes('/blobs/');
}

function drip(response: ServerResponse): void {
  const timer = setInterval(() => response.write(' '), DRIP_MS);
  response.on('close', () => clearInterval(timer));
}
