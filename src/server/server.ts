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
import type { RefusalReason } from './grpc/in-flight.ts';
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
  /** Made for {@link GRPC_METHODS}. */
  readonly metrics: ServiceMetrics;
  /** Default: no traces. */
  readonly tracing?: Pick<Tracing, 'run'> | undefined;
  /** `HOST:PORT` of the gRPC server; port 0 takes a free one. */
  readonly address: string;
  /** `HOST:PORT` of the HTTP server with health and metrics. */
  readonly httpAddress: string;
  /** Folder of tls.crt, tls.key and ca.crt, or undefined for plain text. */
  readonly tlsCertsDir: string | undefined;
  readonly maxRecvMessageBytes: number;
  /** Most bytes of requests that are being received or worked on, over all connections. Default: eight of the largest requests, and at least 64 MiB. */
  readonly maxBytesInFlight?: number | undefined;
  /** The interval of checks for renewed certificates, in milliseconds. */
  readonly certificateIntervalMs: number;
}

/** A service that is listening. */
export interface RunningServer {
  readonly port: number;
  readonly httpPort: number;
  /** Takes no new calls, lets those in flight finish for `graceMs` at most, and resolves when everything is closed. */
  stop(graceMs: number): Promise<void>;
}

/** Calls of one connection at once; clients wait with more. Crossplane has one connection to each replica. */
const MAX_STREAMS = 128;
/** Calls of all connections at once. */
const MAX_CALLS = 1_024;
/** Compressed requests of all connections at once; Crossplane does not compress. */
const MAX_COMPRESSED = 4;
/** Requests of the largest size whose bytes may be in flight. */
const MESSAGES_IN_FLIGHT = 8;
const MIN_BYTES_IN_FLIGHT = 67_108_864;
/** The time in which a request must be received. */
const RECEIVE_MS = 20_000;
/** A connection without calls whose peer is gone is closed. */
const KEEPALIVE_MS = 60_000;
const KEEPALIVE_TIMEOUT_MS = 20_000;

/** The methods of the gRPC server. */
export const GRPC_METHODS: readonly GrpcMethod[] = [...SERVICE_NAMES.map(functionService), healthService].flatMap(
  (service) => Object.values(service).map(({ path, responseStream }) => ({ path, isStream: responseStream })),
);

/** Starts the gRPC and the HTTP server. Throws {@link ServerError} when one cannot listen or the certificates cannot be used. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { logger, metrics } = options;
  // grpc-js prints errors that it also returns. GRPC_VERBOSITY, its own variable, turns them on.
  if (process.env.GRPC_VERBOSITY === undefined) setLogVerbosity(logVerbosity.NONE);
  const health = createHealth(SERVICE_NAMES);
  let ready = false;
  const admitted = admission(
    {
      maxBytes:
        options.maxBytesInFlight ?? Math.max(MIN_BYTES_IN_FLIGHT, MESSAGES_IN_FLIGHT * options.maxRecvMessageBytes),
      maxCalls: MAX_CALLS,
      maxCompressed: MAX_COMPRESSED,
      receiveMs: RECEIVE_MS,
    },
    metrics.callsOf,
    refusalReporter(metrics, logger),
  );
  const grpcServer = new Server({
    'grpc.max_receive_message_length': options.maxRecvMessageBytes,
    'grpc.max_concurrent_streams': MAX_STREAMS,
    'grpc.keepalive_time_ms': KEEPALIVE_MS,
    'grpc.keepalive_timeout_ms': KEEPALIVE_TIMEOUT_MS,
    interceptors: [admitted.interceptor],
  });
  acceptUnknownMethods(grpcServer);
  for (const name of SERVICE_NAMES) {
    grpcServer.addService(functionService(name), { RunFunction: runFunction({ ...options, service: name }) });
  }
  grpcServer.addService(healthService, { Check: health.Check, Watch: health.Watch });
  let tls: TlsListener | undefined;
  let listener: Listener | undefined;
  const certificates =
    options.tlsCertsDir === undefined
      ? undefined
      : await watchCertificates(options.tlsCertsDir, options.certificateIntervalMs, (error) => {
          if (error) logger.warn({ err: error }, 'kept the former certificates');
          else {
            if (certificates) {
              tls?.renew(certificates.current());
              metrics.certificates(expiryOf(certificates.current()));
            }
            logger.info('took renewed certificates into use');
          }
        });
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

const REPORT_MS = 10_000;

/** Counts refused calls and logs them, not each one: who floods the service must not flood its log. */
function refusalReporter(metrics: ServiceMetrics, logger: Logger): (reason: RefusalReason) => void {
  let unreported = 0;
  let reportedAt = Number.NEGATIVE_INFINITY;
  return (reason) => {
    metrics.refusedCall(reason);
    unreported += 1;
    const now = Date.now();
    if (now - reportedAt < REPORT_MS) return;
    logger.warn({ reason, calls: unreported }, 'refused calls: too much is in flight');
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
 * Lets calls finish for `graceMs` at most. grpc-js does not wait for them where Node's HTTP/2 server closes its connections itself, as it does
 * in Node 26: it takes a connection that is closing for one that is closed.
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
  throw new ServerError('BAD_ADDRESS', `${option} must be HOST:PORT such as 0.0.0.0:9443, not ${quote(address)}`);
}

function cannotListen(option: string, address: string, cause: Error): ServerError {
  const taken = cause.message.includes('EADDRINUSE');
  const why = taken ? 'another program listens there' : cause.message;
  return new ServerError('CANNOT_LISTEN', `cannot listen on ${address}: ${why}; choose another with ${option}`, {
    cause,
  });
}

function portOf(address: AddressInfo | string | null): number {
  return typeof address === 'object' && address !== null ? address.port : 0;
}
