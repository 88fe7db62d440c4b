import { Command, InvalidArgumentError, Option } from 'commander';
import type { Logger } from 'pino';
import metadata from '../../package.json' with { type: 'json' };
import { ecrRegistry, ecrTokenSources, type FetchEcrToken, fetchEcrToken, registryClass } from '../aws/index.ts';
import { lateSource } from '../cache/artifacts/late-source.ts';
import type { ArtifactSourceOptions } from '../cache/artifacts/source.ts';
import { createFunction } from '../function/function.ts';
import { GIB, MIB } from '../internal/size.ts';
// Not from the index, with which the registry client would be loaded.
import { formatReference } from '../oci/name/reference.ts';
import { ServerError } from '../server/errors.ts';
import { boundHeapGrowth } from '../server/heap-growth.ts';
import { createLogger, descriptorWriter, type LogFormat } from '../server/log.ts';
import { createServiceMetrics, type ServiceMetrics } from '../server/metrics/service.ts';
import { GRPC_METHODS, startServer } from '../server/server.ts';
import { isTracingEnabled } from '../server/tracing/enabled.ts';
import type { Tracing } from '../server/tracing/tracing.ts';
import { durationOption } from './options/durations.ts';
import { logFormatOption } from './options/log-format.ts';
import { sizeOption } from './options/sizes.ts';
import { withExamples } from './output/help.ts';
import { type LogLevel, logLevelOption } from './output/notes.ts';

interface ServeOptions {
  readonly address: string;
  readonly httpAddress: string;
  readonly insecure?: true;
  readonly debug?: true;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
  readonly tlsCertsDir?: string;
  readonly maxRecvMessageSize: number;
  readonly maxBytesInFlight?: number;
  readonly contentCacheDir?: string;
  readonly contentCacheBytes: number;
  readonly fetchBudget: number;
}

/** The time for running calls to finish after SIGTERM; Kubernetes kills a pod after 30 s. */
const SHUTDOWN_GRACE_MS = 20_000;
const CERTIFICATE_INTERVAL_MS = 10_000;
/** Parses --fetch-budget, in seconds. */
const parseBudget = durationOption((seconds) => seconds <= 60, 'a duration of at most 1m, such as 5s');

/** Returns `serve`, which runs the gRPC service until SIGTERM or SIGINT. */
export function serveCommand(): Command {
  const command = new Command('serve')
    .description('serve RunFunction calls (the default command)')
    .option('--address <host:port>', 'address for gRPC', '0.0.0.0:9443')
    .option('--http-address <host:port>', 'address for /livez, /readyz and /metrics', '0.0.0.0:8080')
    .addOption(
      new Option(
        '--tls-certs-dir <dir>',
        'folder with tls.crt, tls.key and ca.crt; clients must have a certificate of that CA',
      ).env('TLS_SERVER_CERTS_DIR'),
    )
    .option('--insecure', 'serve without TLS; for development only')
    .addOption(
      new Option('--max-recv-message-size <MiB>', 'maximum size of a request')
        .env('FUNCTION_WORKLOAD_ECR_MAX_RECV_MESSAGE_SIZE')
        .default(16)
        .argParser(parseMebibytes),
    )
    .addOption(
      sizeOption(
        '--max-bytes-in-flight <size>',
        'maximum total size of concurrent requests; default: eight times the largest request, at least 64Mi',
      ),
    )
    .option('--content-cache-dir <dir>', 'folder for fetched packages, which pods may share; default: none')
    .addOption(sizeOption('--content-cache-bytes <size>', 'maximum total size of that folder', GIB))
    .addOption(
      new Option('--fetch-budget <duration>', 'maximum time that a call waits for packages')
        .argParser(parseBudget)
        .default(5, '5s'),
    )
    .addOption(logLevelOption('log level: error, warn, info or debug, which logs each call'))
    .addOption(logFormatOption())
    .option('-d, --debug', 'the same as --log-level debug')
    .action((options: ServeOptions) => serve(options));
  return withExamples(
    command,
    ['serve local calls', 'serve --insecure --address 127.0.0.1:9443'],
    ['serve Crossplane', 'serve --tls-certs-dir /tls/server'],
  );
}

function maxRecvMessageBytesOf({ maxRecvMessageSize }: ServeOptions): number {
  return Math.floor(maxRecvMessageSize * MIB);
}

/** Throws `NO_CREDENTIALS` or `BAD_LIMIT` for options that are missing or inconsistent. */
function checkOptions(options: ServeOptions): void {
  if (!options.insecure && !options.tlsCertsDir) {
    throw new ServerError(
      'NO_CREDENTIALS',
      'no credentials: use --tls-certs-dir (or TLS_SERVER_CERTS_DIR) for mutual TLS, or --insecure to serve without TLS',
    );
  }
  const { maxBytesInFlight, maxRecvMessageSize } = options;
  if (maxBytesInFlight !== undefined && maxBytesInFlight < 2 * maxRecvMessageBytesOf(options)) {
    const why = `must be at least twice --max-recv-message-size, which is ${maxRecvMessageSize} MiB`;
    throw new ServerError('BAD_LIMIT', `invalid --max-bytes-in-flight ${maxBytesInFlight}: it ${why}`);
  }
}

async function serve(options: ServeOptions): Promise<void> {
  checkOptions(options);
  const { maxBytesInFlight, contentCacheDir } = options;
  const logger = createLogger({
    level: options.debug ? 'debug' : options.logLevel,
    format: options.logFormat,
    write: descriptorWriter(1),
  });
  const tracing = isTracingEnabled(process.env) ? await startTracing(logger) : undefined;
  const metrics = createServiceMetrics({
    methods: GRPC_METHODS,
    queues: () => source.queues(),
    store: contentCacheDir === undefined ? undefined : await openStore(contentCacheDir, options.contentCacheBytes),
  });
  const fetchToken = countLogins(metrics);
  const source = lateSource(() =>
    createSource(options, {
      aws: ecrTokenSources({ fetchToken }),
      onFault: (error, { tenant, repository }) =>
        logger.error(
          { namespace: tenant, repository: formatReference(repository), err: error },
          'a fetch failed unexpectedly',
        ),
      onFetch: ({ tenant, repository, outcome, seconds }) => {
        metrics.fetched(registryClass(repository.registry), outcome, seconds);
        tracing?.fetched({ ...repository, outcome, seconds });
        logger.debug({ namespace: tenant, repository: formatReference(repository), outcome, seconds }, 'fetched');
      },
    }),
  );
  const artifacts = { source, budgetMs: options.fetchBudget * 1_000 };
  const server = await startServer({
    run: createFunction({ aws: ecrRegistry({ fetchToken }), artifacts }),
    logger,
    metrics,
    tracing,
    address: options.address,
    httpAddress: options.httpAddress,
    tlsCertsDir: options.insecure ? undefined : options.tlsCertsDir,
    maxRecvMessageBytes: maxRecvMessageBytesOf(options),
    maxBytesInFlight,
    certificateIntervalMs: CERTIFICATE_INTERVAL_MS,
  });
  boundHeapGrowth();
  logger.info({ port: server.port, httpPort: server.httpPort, tls: !options.insecure }, 'serving');
  const stop = async (signal: string) => {
    logger.info({ signal }, 'shutting down');
    await server.stop(SHUTDOWN_GRACE_MS);
    await source.close();
    await tracing?.stop();
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

/** Starts tracing. Its modules are loaded only if it is configured. */
async function startTracing(logger: Logger): Promise<Tracing> {
  const [{ readTracingSettings }, { createTracing }] = await Promise.all([
    import('../server/tracing/settings.ts'),
    import('../server/tracing/tracing.ts'),
  ]);
  const settings = await readTracingSettings(process.env, metadata.version);
  logger.info({ endpoint: `${settings.endpoint.origin}${settings.endpoint.pathname}` }, 'exporting traces');
  return createTracing(settings, metadata.version, logger);
}

/** Prepares the store. An unusable directory is an error at the start, not when the first package is fetched. */
async function openStore(directory: string, maxBytes: number) {
  const { prepareStore, storeBytes } = await import('../cache/store.ts');
  await prepareStore(directory);
  return { maxBytes, bytes: () => storeBytes(directory) };
}

function countLogins(metrics: ServiceMetrics): FetchEcrToken {
  return async (...asked) => {
    try {
      const token = await fetchEcrToken(...asked);
      metrics.ecrLogin('success');
      return token;
    } catch (error) {
      metrics.ecrLogin('failure');
      throw error;
    }
  };
}

async function createSource(
  { contentCacheDir: directory, contentCacheBytes: maxBytes }: ServeOptions,
  options: Pick<ArtifactSourceOptions, 'aws' | 'onFault' | 'onFetch'>,
) {
  const [{ createArtifactSource }, { workerFetcher }] = await Promise.all([
    import('../cache/artifacts/source.ts'),
    import('../cache/artifacts/worker/worker-fetcher.ts'),
  ]);
  return createArtifactSource({
    fetcher: workerFetcher({ store: directory === undefined ? undefined : { directory, maxBytes } }),
    ...options,
  });
}

function parseMebibytes(text: string): number {
  const size = Number(text);
  if (!(size > 0) || size >= 2048) throw new InvalidArgumentError('It must be a number of MiB above 0 and below 2048.');
  return size;
}
