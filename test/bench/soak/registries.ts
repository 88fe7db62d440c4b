import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buildImage, buildLayer, encodeJson, writeTar } from '../../../src/oci/index.ts';
import { collect } from '../../oci/fixtures.ts';
import { fail, startRegistry } from '../../oci/registry-server.ts';
import type { Registries } from './claims.ts';
import { type AwsState, fakeEcr } from './fake-ecr.ts';
import { hostileAnswers } from './hostile.ts';

/** What the process of the registries is told. */
export type ToRegistries =
  /** Repositories of the honest registry that shall hold a package each. */
  | { readonly kind: 'start'; readonly repositories: readonly string[] }
  | { readonly kind: 'aws'; readonly state: AwsState }
  | { readonly kind: 'honest'; readonly up: boolean };

/** What it tells. */
export type FromRegistries =
  | { readonly kind: 'ready'; readonly registries: Registries; readonly ecr: string }
  /** The most requests that were open at once at all hostile registries together. */
  | { readonly kind: 'open'; readonly peak: number };

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const PACKAGE_BYTES = 30_000;
const REPORT_MS = 1_000;

let aws: AwsState = 'up';
let isHonestUp = true;

async function start(repositories: readonly string[]): Promise<void> {
  const honest = await startRegistry();
  honest.fault = (_, response) => {
    honest.requests.length = 0;
    if (!isHonestUp) fail(response, 503, 'UNAVAILABLE', 'down for maintenance');
    return !isHonestUp;
  };
  for (const repository of repositories) await putPackage(honest, repository);
  const hostile = Object.entries(await hostileAnswers()).map(async ([name, answer]) => {
    return [name, hostOf(await listen(counted(answer)))] as const;
  });
  const ecr = `http://${hostOf(await listen(fakeEcr(() => aws)))}`;
  const registries = { honest: honest.host, hostile: Object.fromEntries(await Promise.all(hostile)) };
  tell({ kind: 'ready', registries, ecr });
  setInterval(() => tell({ kind: 'open', peak }), REPORT_MS);
}

async function putPackage(registry: Awaited<ReturnType<typeof startRegistry>>, repository: string): Promise<void> {
  const yaml = `apiVersion: meta.pkg.crossplane.io/v1\nkind: Configuration\nmetadata:\n  name: x\n# ${noise(repository)}\n`;
  const file = { type: 'file', name: 'package.yaml', content: Buffer.from(yaml) } as const;
  const annotations = { 'io.crossplane.xpkg': 'base' };
  const layer = await buildLayer(writeTar([file]), { annotations });
  const config = encodeJson({ architecture: '', os: '', rootfs: { type: 'layers', diff_ids: [layer.diffId] } });
  const { document, config: configBlob, layers } = buildImage({ config, layers: [layer] });
  registry.putManifest(repository, 'v1.0.0', document.bytes, document.descriptor.mediaType);
  for (const blob of [configBlob, ...layers]) registry.blobs.set(blob.descriptor.digest, await collect(blob.open()));
}

/** Text that does not compress well, other for each repository and the same in each run. */
function noise(seed: string): string {
  let [state, text] = [[...seed].reduce((sum, one) => sum * 31 + one.charCodeAt(0), 7) >>> 0, ''];
  while (text.length < PACKAGE_BYTES) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    text += state.toString(36);
  }
  return text;
}

let [open, peak] = [0, 0];

/** `/v2/` is answered as a registry does: what means harm comes afterwards. */
function counted(answer: Handler): Handler {
  return (request, response) => {
    open += 1;
    peak = Math.max(peak, open);
    response.on('close', () => {
      open -= 1;
    });
    if (request.url === '/v2/') response.writeHead(200).end('{}');
    else answer(request, response);
  };
}

async function listen(handler: Handler): Promise<Server> {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

function hostOf(server: Server): string {
  const { port } = server.address() as AddressInfo;
  return `127.0.0.1:${port}`;
}

function tell(message: FromRegistries): void {
  process.send?.(message);
}

process.on('message', (message: ToRegistries) => {
  if (message.kind === 'start') void start(message.repositories);
  if (message.kind === 'aws') aws = message.state;
  if (message.kind === 'honest') isHonestUp = message.up;
});
process.on('disconnect', () => process.exit(0));
