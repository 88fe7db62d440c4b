import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import {
  type ChannelCredentials,
  Client,
  type ClientOptions,
  credentials,
  Metadata,
  type ServiceError,
} from '@grpc/grpc-js';
import { createFunction } from '../../src/function/function.ts';
import { encodeRequest } from '../../src/protocol/request.ts';
import { createLogger } from '../../src/server/log.ts';
import { createServiceMetrics } from '../../src/server/metrics/service.ts';
import { GRPC_METHODS, type RunningServer, type ServerOptions, startServer } from '../../src/server/server.ts';

export const V1 = '/apiextensions.fn.proto.v1.FunctionRunnerService/RunFunction';
export const V1BETA1 = '/apiextensions.fn.proto.v1beta1.FunctionRunnerService/RunFunction';

export const MEBIBYTE = 1_048_576;

/** A service on free loopback ports, and its log lines. */
export interface TestService extends RunningServer {
  readonly address: string;
  readonly log: LogLines;
}

/** Log lines as they come. */
export interface LogLines {
  readonly lines: Record<string, unknown>[];
  /** Waits for the first line with that message. */
  line(message: string): Promise<Record<string, unknown>>;
}

/** Starts the service as `serve` would, on free loopback ports. */
export async function startService(options: Partial<ServerOptions> & { level?: string } = {}): Promise<TestService> {
  const stream = new PassThrough();
  const log = readLog(stream);
  const server = await startServer({
    run: createFunction(),
    logger: createLogger({ level: options.level ?? 'debug', write: (line) => stream.write(line) }),
    metrics: createServiceMetrics({ methods: GRPC_METHODS }),
    address: '127.0.0.1:0',
    httpAddress: '127.0.0.1:0',
    tlsCertsDir: undefined,
    maxRecvMessageBytes: MEBIBYTE,
    certificateIntervalMs: 20,
    ...options,
  });
  return { ...server, address: `127.0.0.1:${server.port}`, log };
}

/** Reads JSON log lines from a stream. */
export function readLog(stream: NodeJS.ReadableStream): LogLines {
  const lines: Record<string, unknown>[] = [];
  const arrivals = new PassThrough({ objectMode: true });
  let rest = '';
  stream.on('data', (chunk: Buffer) => {
    const parts = `${rest}${chunk}`.split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) lines.push(JSON.parse(part));
    arrivals.emit('lines');
  });
  const line = async (message: string): Promise<Record<string, unknown>> => {
    for (;;) {
      const found = lines.find(({ msg }) => msg === message);
      if (found) return found;
      await once(arrivals, 'lines');
    }
  };
  return { lines, line };
}

/** A gRPC client with a separate connection; under TLS it expects a certificate for localhost. */
export function connect(
  address: string,
  tls: ChannelCredentials = credentials.createInsecure(),
  options: ClientOptions = {},
): Client {
  return new Client(address, tls, {
    'grpc.max_receive_message_length': -1,
    'grpc.use_local_subchannel_pool': 1,
    // grpc-js sends the host as the TLS server name, which must not be an IP address (RFC 6066); Node 26 refuses it.
    'grpc.ssl_target_name_override': 'localhost',
    ...options,
  });
}

const pass = (bytes: Buffer) => bytes;

/** Calls RunFunction; rejects with grpc-js' ServiceError. */
export function call(
  client: Client,
  request: Uint8Array,
  path: string = V1,
  metadata: Metadata = new Metadata(),
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      path,
      pass,
      pass,
      Buffer.from(request),
      metadata,
      { deadline: Date.now() + 60_000 },
      (error: ServiceError | null, response) => {
        if (error || !response) reject(error ?? new Error('neither an error nor a response'));
        else resolve(response);
      },
    );
  });
}

/** A claim's first request from Crossplane, with no observed resources, after no other composite was found with its names. */
export function claimRequest(
  workloadName = 'example-app',
  extra: { readonly tag?: string; readonly input?: Record<string, string> } = {},
): Uint8Array {
  const resource = {
    apiVersion: 'tap.vrabbi.cloud/v1alpha1',
    kind: 'XWorkloadECRRepo',
    metadata: { name: `${workloadName}-repos-x7x2x` },
    spec: {
      claimRef: { kind: 'WorkloadECRRepo', namespace: 'default', name: `${workloadName}-repos` },
      parameters: { workloadName, region: 'eu-west-2', repoPrefix: 'tap/workloads', providerName: 'aws-provider' },
    },
  };
  return encodeRequest({
    meta: { tag: extra.tag ?? 'a-tag', capabilities: [1, 4] },
    observed: { composite: { resource } },
    extraResources: { 'repository-image': [], 'repository-bundle': [] },
    ...(extra.input && { input: extra.input }),
  });
}

/** A request whose claim has a package in a registry that does not exist. */
export function fetchingRequest(): Uint8Array {
  const source = { name: 'cfg', url: 'oci://registry.invalid/acme/cfg', ref: { tag: 'v1' } };
  const resource = {
    apiVersion: 'tap.vrabbi.cloud/v1alpha1',
    kind: 'XWorkloadECRRepo',
    metadata: { name: 'fetching' },
    spec: {
      claimRef: { namespace: 'default', name: 'fetching' },
      parameters: {
        workloadName: 'fetching',
        region: 'eu-west-2',
        repoPrefix: 'tap',
        providerName: 'aws',
        packageCache: { sources: [source] },
      },
    },
  };
  return encodeRequest({
    observed: { composite: { resource } },
    extraResources: { 'repository-image': [], 'repository-bundle': [] },
    input: {
      apiVersion: 'workload-ecr.fn.crossplane.io/v1beta1',
      kind: 'Input',
      packageCache: { allowedRegistries: ['registry.invalid'] },
    },
  });
}

/** A malformed request: a length that goes beyond the end. */
export const GARBAGE = Buffer.from([0x0a, 0xff]);
