import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { Command, Option } from 'commander';
import { pino } from 'pino';
import { CacheError } from '../../cache/errors.ts';
import { ifThere } from '../../cache/files.ts';
import { clusterAccess, kubernetesApi } from '../../cache/loader/kubernetes-api.ts';
import type { LoadSummary } from '../../cache/loader/load.ts';
import { createLoaderMetrics } from '../../cache/loader/metrics.ts';
import { type ClusterOptions, loadCluster, loadDirectories, watchCluster } from '../../cache/loader/run.ts';
import { parseTrust, type TrustedNamespace } from '../../cache/loader/trust.ts';
import { DEFAULT_SELECTOR } from '../../cache/sets/config-map.ts';
import { parseSize } from '../../cache/size.ts';
import { printableLines, quote } from '../../internal/quote.ts';
import { createHttpServer } from '../../server/http.ts';

interface LoadOptions {
  readonly from?: readonly string[];
  readonly namespace?: readonly string[];
  readonly trust?: readonly string[];
  readonly owner?: string;
  readonly selector: string;
  readonly watch?: true;
  readonly into: string;
  readonly maxBytes: number;
  readonly httpAddress: string;
}

/** Exit code when something was found that was not placed. */
const REFUSED = 2;
/** Where a pod finds the namespace it runs in. */
const OWN_NAMESPACE = '/var/run/secrets/kubernetes.io/serviceaccount/namespace';
/** The most refusals that one line of output lists. */
const MAX_PRINTED = 100;

/** `cache load`: ConfigMaps into a package cache. */
export function loadCommand(): Command {
  return new Command('load')
    .description('put what ConfigMaps carry into a package cache, and remove what is gone')
    .option('--from <dir...>', 'directories where ConfigMaps are mounted')
    .option(
      '--namespace <name...>',
      'namespaces whose ConfigMaps may carry packages of any source; default: the one this pod runs in',
    )
    .option(
      '--trust <namespace=prefixes...>',
      'namespaces whose ConfigMaps may carry packages at or below HOST[:PORT][/PATH][,…] only',
    )
    .option('--selector <labels>', 'label selector of those ConfigMaps', DEFAULT_SELECTOR)
    .option('--watch', 'go on until SIGTERM, following those ConfigMaps')
    .addOption(new Option('--into <dir>', "Crossplane's cache directory").env('XPKG_CACHE_DIR').default('/cache/xpkg'))
    .option(
      '--owner <name>',
      'owner of the placed files; a loader removes only files of its owner; default: the namespace or directory they came from',
    )
    .option('--max-bytes <size>', 'most that the directory may hold', parseSize, parseSize('16Mi'))
    .option('--http-address <host:port>', 'where --watch serves /livez, /readyz and /metrics', '0.0.0.0:8081')
    .addHelpText('after', EXIT_CODES)
    .action((options: LoadOptions) => runLoad(options));
}

const EXIT_CODES = `
Exit codes:
  0  everything that was found is in place
  1  the ConfigMaps or the directory cannot be read or written, or an option is invalid; nothing was changed
  2  something that was found was not placed; the reasons are on standard error`;

async function runLoad(options: LoadOptions): Promise<void> {
  const { from = [], namespace = [], trust = [], watch } = options;
  if (from.length > 0 && namespace.length + trust.length > 0) {
    throw new CacheError('INVALID_OPTION', 'cannot load: --from does not go with --namespace or --trust');
  }
  if (from.length > 0 && watch) {
    throw new CacheError('INVALID_OPTION', 'cannot watch directories: --watch goes with --namespace or --trust');
  }
  if (from.length > 0) return printSummary(await loadDirectories(from, options));
  const trusted = await trustedNamespaces(namespace, trust);
  const logger = pino({}, pino.destination(2));
  const cluster: ClusterOptions = {
    api: kubernetesApi(await clusterAccess()),
    trusted,
    selector: options.selector,
    into: options.into,
    owner: options.owner,
    maxBytes: options.maxBytes,
    onForbidden: (error) => logger.warn({ err: error }, 'cannot see package revisions, so nothing is removed'),
  };
  if (watch) return runWatch(cluster, options.httpAddress, logger);
  printSummary(await loadCluster(cluster));
}

async function trustedNamespaces(full: readonly string[], grants: readonly string[]): Promise<TrustedNamespace[]> {
  if (full.length + grants.length > 0) return parseTrust(full, grants);
  const own = await ifThere(`read ${OWN_NAMESPACE}`, readFile(OWN_NAMESPACE, 'utf8'));
  if (own !== undefined) return parseTrust([own.trim()], []);
  throw new CacheError(
    'INVALID_OPTION',
    'cannot load: give --from with directories, or --namespace or --trust; outside a pod there is no default namespace',
  );
}

async function runWatch(cluster: ClusterOptions, httpAddress: string, logger: pino.Logger): Promise<void> {
  const stopping = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stopping.abort());
  const metrics = createLoaderMetrics();
  let isReady = false;
  let before = '';
  const server = createHttpServer(metrics, () => isReady);
  await listen(server, httpAddress);
  logger.info({ into: cluster.into, trusted: cluster.trusted, http: server.address() }, 'loading');
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
    throw new CacheError(
      'INVALID_OPTION',
      `--http-address must be HOST:PORT such as 0.0.0.0:8081, not ${quote(address)}`,
    );
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
  const { refused } = summary;
  for (const { message } of refused.slice(0, MAX_PRINTED)) process.stderr.write(`${message}\n`);
  if (refused.length > MAX_PRINTED) process.stderr.write(`and ${refused.length - MAX_PRINTED} more\n`);
  printLine(summary);
  if (refused.length > 0) process.exitCode = REFUSED;
}

function printLine(summary: LoadSummary): void {
  const { refused } = summary;
  const line =
    refused.length > MAX_PRINTED
      ? { ...summary, refused: refused.slice(0, MAX_PRINTED), moreRefused: refused.length - MAX_PRINTED }
      : summary;
  process.stdout.write(printableLines(`${JSON.stringify(line)}\n`));
}
