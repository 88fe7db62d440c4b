import { once } from 'node:events';
import type { Server } from 'node:http';
import { Command, Option } from 'commander';
import { pino } from 'pino';
import { CacheError } from '../../cache/errors.ts';
import { clusterAccess, kubernetesApi } from '../../cache/loader/kubernetes-api.ts';
import type { LoadSummary } from '../../cache/loader/load.ts';
import { createLoaderMetrics } from '../../cache/loader/metrics.ts';
import { type ClusterOptions, loadCluster, loadDirectories, watchCluster } from '../../cache/loader/run.ts';
import { DEFAULT_SELECTOR } from '../../cache/sets/config-map.ts';
import { parseSize } from '../../cache/size.ts';
import { createHttpServer } from '../../server/http.ts';
import { listCommand, verifyCommand } from './look.ts';
import { packCommand } from './pack.ts';

/** `cache`: packages carried in ConfigMaps, and Crossplane's package cache. */
export function cacheCommand(): Command {
  return new Command('cache')
    .description("carry packages into Crossplane's package cache")
    .addCommand(loadCommand())
    .addCommand(packCommand())
    .addCommand(listCommand())
    .addCommand(verifyCommand());
}

interface LoadOptions {
  readonly from?: readonly string[];
  readonly namespace?: readonly string[];
  readonly selector: string;
  readonly watch?: true;
  readonly into: string;
  readonly maxBytes: number;
  readonly httpAddress: string;
}

/** Exit code when something was found that was not placed. */
const REFUSED = 2;

function loadCommand(): Command {
  return new Command('load')
    .description(
      'put what ConfigMaps carry into a package cache, and take out what is gone; exit code 2 when something was not placed',
    )
    .option('--from <dir...>', 'directories where ConfigMaps are mounted')
    .option('--namespace <name...>', 'namespaces whose ConfigMaps to read from the Kubernetes API')
    .option('--selector <labels>', 'label selector of those ConfigMaps', DEFAULT_SELECTOR)
    .option('--watch', 'go on until SIGTERM, following those ConfigMaps')
    .addOption(new Option('--into <dir>', "Crossplane's cache directory").env('XPKG_CACHE_DIR').default('/cache/xpkg'))
    .option('--max-bytes <size>', 'most that the directory may hold', parseSize, parseSize('16Mi'))
    .option('--http-address <host:port>', 'where --watch serves /livez, /readyz and /metrics', '0.0.0.0:8081')
    .action((options: LoadOptions) => runLoad(options));
}

async function runLoad(options: LoadOptions): Promise<void> {
  const { from = [], namespace = [], watch } = options;
  if (from.length > 0 === namespace.length > 0) {
    throw new CacheError('INVALID_OPTION', 'cannot load: give either --from with directories or --namespace');
  }
  if (from.length > 0 && watch) {
    throw new CacheError('INVALID_OPTION', 'cannot watch directories: --watch goes with --namespace');
  }
  if (from.length > 0) return printSummary(await loadDirectories(from, options));
  const logger = pino({}, pino.destination(2));
  const cluster: ClusterOptions = {
    api: kubernetesApi(await clusterAccess()),
    namespaces: namespace,
    selector: options.selector,
    into: options.into,
    maxBytes: options.maxBytes,
    onForbidden: (error) => logger.warn({ err: error }, 'cannot see package revisions, so nothing is removed'),
  };
  if (watch) return runWatch(cluster, options.httpAddress, logger);
  printSummary(await loadCluster(cluster));
}

async function runWatch(cluster: ClusterOptions, httpAddress: string, logger: pino.Logger): Promise<void> {
  const stopping = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stopping.abort());
  const metrics = createLoaderMetrics();
  let isReady = false;
  let before = '';
  const server = createHttpServer(metrics, () => isReady);
  await listen(server, httpAddress);
  logger.info({ into: cluster.into, namespaces: cluster.namespaces, http: server.address() }, 'loading');
  try {
    await watchCluster({
      ...cluster,
      signal: stopping.signal,
      onSummary: (summary) => {
        isReady = true;
        metrics.summary(summary);
        const { placed, removed, unchanged } = summary;
        const now = JSON.stringify({
          ...summary,
          placed: [],
          removed: [],
          unchanged: [...unchanged, ...placed].sort(),
        });
        if (placed.length + removed.length > 0 || now !== before) printLine(summary);
        before = now;
      },
      onError: (error) => {
        metrics.failed();
        logger.error({ err: error }, 'cannot load for now');
      },
    });
  } finally {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  }
}

async function listen(server: Server, address: string): Promise<void> {
  const [, host = '', port = ''] = /^(.*):(\d{1,5})$/.exec(address) ?? [];
  if (port === '' || Number(port) > 65_535) {
    throw new CacheError('INVALID_OPTION', `--http-address must be HOST:PORT such as 0.0.0.0:8081, not "${address}"`);
  }
  server.listen(Number(port), host === '' ? '0.0.0.0' : host.replace(/^\[(.*)\]$/, '$1'));
  try {
    await once(server, 'listening');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CacheError('IO', `cannot listen on ${address}: ${why}; choose another with --http-address`, {
      cause: error,
    });
  }
}

function printSummary(summary: LoadSummary): void {
  for (const { message } of summary.refused) process.stderr.write(`${message}\n`);
  printLine(summary);
  if (summary.refused.length > 0) process.exitCode = REFUSED;
}

function printLine(summary: LoadSummary): void {
  process.stdout.write(`${JSON.stringify(summary)}\n`);
}
