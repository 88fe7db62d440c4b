import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { logVerbosity, Server, ServerCredentials, setLogVerbosity } from '@grpc/grpc-js';
import type { Logger } from 'pino';
import type { RunFunction } from '../function/function.ts';
import { type HostPort, parseHostPort } from '../internal/host-port.ts';
import { quote } from '../internal/quote.ts';
import { ServerError } from './errors.ts';
import { type Admission, admission } from './grpc/admission.ts';
import { functionService, runFunction, SERVICE_NAMES } from './grpc/function-service.ts';
import { createHealth, healthService } from './grpc/health.ts';
import type { RejectionReason } from './grpc/in-flight.ts';
import { acceptUnknownMethods } from './grpc/unknown-methods.ts';
import { createHttpServer } from './http.ts';
import { type Listener, listenPlain } from './listener.ts';
import type { GrpcMethod } from './metrics/grpc.ts';
import type { ServiceMetrics } from './metrics/service.ts';
import { type Certificates, expiryOf, watchCertificates } from './tls/certificates.ts';
import { listenTls, type TlsListener } from './tls/listener.ts';
import type { Tracing } from './tracing/tracing.ts';

/** Options of the service. */
export interface ServerOptions {
  readonly run: RunFunction;
  readonly logger: Logger;
  /** Metrics that were created for {@link GRPC_METHODS}. */
  readonly metrics: ServiceMetrics;
  /** Default: tracing is disabled. */
  readonly tracing?: Pick<Tracing, 'run'> | undefined;
  /** `HOST:PORT` of the gRPC server. Port 0 selects a free port. */
  readonly address: string;
  /** `HOST:PORT` of the HTTP server with health and metrics. */
  readonly httpAddress: string;
  /** The folder of tls.crt, tls.key and ca.crt, or undefined for plaintext. */
  readonly tlsCertsDir: string | undefined;
  readonly maxRecvMessageBytes: number;
  /**
   * The maximum number of bytes of requests that are being received or processed, over all connections. Default: eight of the largest
   * requests, and at least 64 MiB.
   */
  readonly maxBytesInFlight?: number | undefined;
  /** The interval of checks for renewed certificates, in milliseconds. */
  readonly certificateIntervalMs: number;
}

/** A service that is listening. */
export interface RunningServer {
  readonly port: number;
  readonly httpPort: number;
  /** Stops accepting calls, waits at most `graceMs` for those in flight, and resolves when everything is closed. */
  stop(graceMs: number): Promise<void>;
}

/** The maximum number of concurrent calls of a connection. Clients delay further calls. Crossplane has one connection to each replica. */
const MAX_STREAMS = 128;
/** The maximum number of concurrent calls of all connections. */
const MAX_CALLS = 1_024;
/** The maximum number of concurrent compressed requests of all connections. Crossplane does not compress. */
const MAX_COMPRESSED = 4;
/** The number of requests of the largest size whose bytes may be in flight. */
const MESSAGES_IN_FLIGHT = 8;
const MIN_BYTES_IN_FLIGHT = 67_108_864;
/** The time within which a request must be received. */
const RECEIVE_MS = 20_000;
/** The interval of pings on connections, which detect peers that are gone. */
const KEEPALIVE_MS = 60_000;
const KEEPALIVE_TIMEOUT_MS = 20_000;

/** The methods of the gRPC server. */
export const GRPC_METHODS: readonly GrpcMethod[] = [...SERVICE_NAMES.map(functionService), healthService].flatMap(
  (service) => Object.values(service).map(({ path, responseStream }) => ({ path, isStream: responseStream })),
);

/** Starts the gRPC and the HTTP server. Throws {@link ServerError} if one cannot listen or the certificates cannot be used. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { metrics } = options;
  // grpc-js prints errors that it also returns. GRPC_VERBOSITY, its own variable, enables the output.
  if (process.env.GRPC_VERBOSITY === undefined) setLogVerbosity(logVerbosity.NONE);
  const health = createHealth(SERVICE_NAMES);
  const admitted = createAdmission(options);
  const grpcServer = createGrpcServer(options, admitted, health);
  let ready = false;
  let tls: TlsListener | undefined;
  let listener: Listener | undefined;
  const certificates = await followCertificates(options, () => tls);
  const httpServer = createHttpServer(metrics, () => ready);
  const stop = async (graceMs: number) => {
    ready = false;
    health.stop();
    certificates?.stop();
    admitted.stop();
    listener?.close();
    await shutDown(grpcServer, admitted, graceMs);
    listener?.destroy();
    httpServer.close();
    httpServer.closeAllConnections();
  };
  try {
    const { host, port } = parseAddress('--http-address', options.httpAddress);
    parseAddress('--address', options.address);
    httpServer.listen(port, host);
    await once(httpServer, 'listening').catch((error: Error) => {
      throw cannotListen('--http-address', options.httpAddress, error);
    });
    if (certificates) {
      tls = await bindTls(grpcServer, options, certificates.current());
      metrics.certificates(expiryOf(certificates.current()));
    }
    listener = tls ?? (await bindPlain(grpcServer, options));
    ready = true;
    return { port: listener.port, httpPort: portOf(httpServer.address()), stop };
  } catch (error) {
    await stop(0);
    throw error;
  }
}

function createAdmission({ maxBytesInFlight, maxRecvMessageBytes, metrics, logger }: ServerOptions): Admission {
  const limits = {
    maxBytes: maxBytesInFlight ?? Math.max(MIN_BYTES_IN_FLIGHT, MESSAGES_IN_FLIGHT * maxRecvMessageBytes),
    maxCalls: MAX_CALLS,
    maxCompressed: MAX_COMPRESSED,
    receiveMs: RECEIVE_MS,
  };
  return admission(limits, metrics.callsOf, rejectionReporter(metrics, logger));
}

/** Creates the gRPC server with all services. It does not listen itself: connections are injected into it. */
function createGrpcServer(
  options: ServerOptions,
  { interceptor }: Admission,
  health: ReturnType<typeof createHealth>,
): Server {
  const server = new Server({
    'grpc.max_receive_message_length': options.maxRecvMessageBytes,
    'grpc.max_concurrent_streams': MAX_STREAMS,
    'grpc.keepalive_time_ms': KEEPALIVE_MS,
    'grpc.keepalive_timeout_ms': KEEPALIVE_TIMEOUT_MS,
    // No service of this server returns what it would record.
    'grpc.enable_channelz': 0,
    interceptors: [interceptor],
  });
  acceptUnknownMethods(server);
  for (const name of SERVICE_NAMES) {
    server.addService(functionService(name), { RunFunction: runFunction({ ...options, service: name }) });
  }
  server.addService(healthService, { Check: health.Check, Watch: health.Watch });
  return server;
}

/** Reads the certificates, and passes renewed ones on to the listener. Returns undefined for a server without TLS. */
async function followCertificates(
  { tlsCertsDir, certificateIntervalMs, logger, metrics }: ServerOptions,
  listener: () => TlsListener | undefined,
) {
  if (tlsCertsDir === undefined) return undefined;
  const certificates = await watchCertificates(tlsCertsDir, certificateIntervalMs, (error) => {
    if (error) return logger.warn({ err: error }, 'kept the previous certificates');
    listener()?.renew(certificates.current());
    metrics.certificates(expiryOf(certificates.current()));
    logger.info('loaded renewed certificates');
  });
  return certificates;
}

const REPORT_MS = 10_000;

/** Counts refused calls and logs them in batches, so that a flood of calls does not flood the log. */
function rejectionReporter(metrics: ServiceMetrics, logger: Logger): (reason: RejectionReason) => void {
  let unreported = 0;
  let reportedAt = Number.NEGATIVE_INFINITY;
  return (reason) => {
    metrics.refusedCall(reason);
    unreported += 1;
    const now = Date.now();
    if (now - reportedAt < REPORT_MS) return;
    logger.warn({ reason, calls: unreported }, 'refused calls: too many bytes or calls are in flight');
    reportedAt = now;
    unreported = 0;
  };
}

type Bound = Pick<ServerOptions, 'address' | 'logger' | 'metrics'>;

function bindTls(
  server: Server,
  { address, logger, metrics }: Bound,
  certificates: Certificates,
): Promise<TlsListener> {
  const { injectConnection } = server.createConnectionInjector(ServerCredentials.createInsecure());
  const target = parseAddress('--address', address);
  const listening = listenTls(target, certificates, logger, injectConnection, metrics.refusedConnection);
  return listening.catch((error: Error) => {
    throw cannotListen('--address', address, error);
  });
}

function bindPlain(server: Server, { address, metrics }: Bound): Promise<Listener> {
  const { injectConnection } = server.createConnectionInjector(ServerCredentials.createInsecure());
  const target = parseAddress('--address', address);
  const listening = listenPlain(target, injectConnection, () => metrics.refusedConnection('limit'));
  return listening.catch((error: Error) => {
    throw cannotListen('--address', address, error);
  });
}

/**
 * Waits at most `graceMs` for calls to finish. grpc-js does not wait for them if Node's HTTP/2 server closes its connections itself, as in
 * Node 26: it treats a closing connection as closed.
 */
async function shutDown(server: Server, admitted: Admission, graceMs: number): Promise<void> {
  const isShutDown = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
  const grace = new AbortController();
  const isOver = delay(graceMs, undefined, { signal: grace.signal }).catch(() => undefined);
  await Promise.race([Promise.all([isShutDown, admitted.closed()]), isOver]);
  grace.abort();
  server.forceShutdown();
}

function parseAddress(option: string, address: string): HostPort {
  const target = parseHostPort(address);
  if (target !== undefined) return target;
  throw new ServerError('BAD_ADDRESS', `invalid ${option} ${quote(address)}: must be HOST:PORT, such as 0.0.0.0:9443`);
}

function cannotListen(option: string, address: string, cause: Error): ServerError {
  const taken = cause.message.includes('EADDRINUSE');
  const why = taken ? 'the address is already in use' : cause.message;
  return new ServerError('CANNOT_LISTEN', `cannot listen on ${address}: ${why}; choose another with ${option}`, {
    cause,
  });
}

function portOf(address: AddressInfo | string | null): number {
  return typeof address === 'object' && address !== null ? address.port : 0;
}
