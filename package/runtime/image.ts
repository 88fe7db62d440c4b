import { createHash } from 'node:crypto';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  buildImage,
  createDigester,
  type Digest,
  diffIdOf,
  encodeJson,
  fileBlob,
  type Image,
  type Layer,
  MEDIA_TYPES,
  readRange,
  type TarInput,
  writeLayer,
  writeTar,
} from '../../src/oci/index.ts';
import { type ImageEntry, readDebianFiles } from './debian.ts';
import { type Architecture, type DebianPackage, fetchDebian, fetchNode } from './fetch.ts';
import { readNode } from './node-binary.ts';
import { MALLOC_SETTINGS, NODE_FLAGS } from './node-flags.ts';

/** The user the function runs as unless the cluster says otherwise. */
export const USER = 65532;

/** What the image is made for. */
export interface RuntimeOptions {
  readonly architecture: Architecture;
  /** Where downloads and finished layers are kept. */
  readonly cache: string;
  /** Files of the program, by their paths in the image. */
  readonly program: readonly ImageEntry[];
  /** Labels of the image. */
  readonly labels: Readonly<Record<string, string>>;
}

/** An image that runs the function, and what went into it. */
export interface Runtime {
  readonly image: Image;
  readonly debian: readonly DebianPackage[];
  readonly strippedBy: string | undefined;
}

/** Puts the image together: libraries and certificates, then Node, then the program, so that a release changes the last layer only. */
export async function buildRuntime({ architecture, cache, program, labels }: RuntimeOptions): Promise<Runtime> {
  await mkdir(cache, { recursive: true });
  const debian = await fetchDebian(architecture, cache);
  const node = await readNode(await fetchNode(architecture, cache), architecture);
  const layers = [
    await keptLayer(cache, await systemFiles(debian, architecture)),
    await keptLayer(cache, node.entries),
    await keptLayer(cache, program),
  ];
  const config = encodeJson({
    architecture,
    created: NEVER,
    history: layers.map((_, index) => ({ created: NEVER, comment: COMMENTS[index] })),
    os: 'linux',
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    config: {
      Entrypoint: ['/usr/local/bin/node', ...NODE_FLAGS, '/function/main.js'],
      Env: [
        'PATH=/usr/local/bin',
        'NODE_ENV=production',
        'SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt',
        ...Object.entries(MALLOC_SETTINGS).map(([name, value]) => `${name}=${value}`),
      ],
      ExposedPorts: { '8080/tcp': {}, '9443/tcp': {} },
      Labels: labels,
      User: String(USER),
      WorkingDir: '/function',
    },
  });
  return { image: buildImage({ config, layers }), debian, strippedBy: node.strippedBy };
}

const NEVER = '1970-01-01T00:00:00Z';
const COMMENTS = ['libraries and certificates', 'Node.js', 'function-workload-ecr'];

const TRIPLETS: Readonly<Record<Architecture, string>> = { amd64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' };

async function systemFiles(packages: readonly DebianPackage[], architecture: Architecture): Promise<TarInput[]> {
  const triplet = TRIPLETS[architecture];
  const library = new RegExp(
    `^(?:usr/)?lib/${triplet}/(?:ld-linux|lib(?:c|m|dl|pthread|rt|resolv|nss_dns|nss_files|stdc\\+\\+|gcc_s|atomic))[-.][^/]*$`,
  );
  const loader = /^lib(?:64)?\/ld-linux-[^/]+$/;
  const certificate = /^usr\/share\/ca-certificates\/mozilla\/[^/]+\.crt$/;
  const legal = /^usr\/share\/doc\/[^/]+\/copyright$/;
  const wanted = (path: string) => [library, loader, certificate, legal].some((pattern) => pattern.test(path));
  const files: ImageEntry[] = [];
  for (const { content } of packages) files.push(...(await readDebianFiles(content, wanted)));
  const certificates = files.filter(({ name }) => certificate.test(name)).sort(byName);
  return [
    ...files.filter(({ name }) => !certificate.test(name)).sort(byName),
    text('etc/ssl/certs/ca-certificates.crt', certificates.map(textOf).join('')),
    text(
      'etc/passwd',
      `root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:${USER}:${USER}:nonroot:/function:/sbin/nologin\n`,
    ),
    text('etc/group', `root:x:0:\nnonroot:x:${USER}:\n`),
    text('etc/nsswitch.conf', 'passwd: files\ngroup: files\nhosts: files dns\n'),
    { type: 'directory', name: 'tmp', mode: 0o1777 },
  ];
}

function byName(a: ImageEntry, b: ImageEntry): number {
  return a.name < b.name ? -1 : 1;
}

function text(name: string, content: string): ImageEntry {
  return { type: 'file', name, content: Buffer.from(content) };
}

function textOf(entry: ImageEntry): string {
  return entry.type === 'file' && entry.content instanceof Uint8Array ? Buffer.from(entry.content).toString() : '';
}

/** Compresses a layer as small as it gets, or takes the one made of the same files before. */
async function keptLayer(cache: string, entries: readonly TarInput[]): Promise<Layer> {
  const key = createHash('sha256');
  for await (const chunk of writeTar(entries)) key.update(chunk);
  const path = join(cache, `layer-${key.digest('hex')}.tar.gz`);
  const isKept = await stat(path).then(
    () => true,
    () => false,
  );
  if (!isKept) {
    await rm(`${path}.tmp`, { force: true });
    await writeLayer(`${path}.tmp`, writeTar(entries), { level: 9 });
    await rename(`${path}.tmp`, path);
  }
  const blob = fileBlob(path, await describe(path));
  return { ...blob, diffId: await diffIdOf(blob) };
}

async function describe(path: string): Promise<{ mediaType: string; size: number; digest: Digest }> {
  const { size } = await stat(path);
  const digester = createDigester();
  for await (const chunk of readRange(path, 0, size)) digester.update(chunk);
  return { mediaType: MEDIA_TYPES.dockerLayerGzip, size, digest: digester.digest() };
}
