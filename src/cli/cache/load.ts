import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { Command, Option } from 'commander';
import type { Logger } from 'pino';
import { CacheError } from '../../cache/errors.ts';
import { ifExists } from '../../cache/files.ts';
import { clusterAccess, kubernetesApi } from '../../cache/loader/cluster/kubernetes-api.ts';
import type { LoadSummary } from '../../cache/loader/load.ts';
import { type ClusterOptions, loadCluster, loadDirectories, watchCluster } from '../../cache/loader/run.ts';
import { parseTrust, type TrustedNamespace } from '../../cache/loader/trust.ts';
import { DEFAULT_SELECTOR } from '../../cache/sets/config-map.ts';
import { parseHostPort } from '../../internal/host-port.ts';
import { printableLines, quote } from '../../internal/quote.ts';
import { reasonOf } from '../../internal/reason.ts';
import { MIB } from '../../internal/size.ts';
import { createHttpServer } from '../../server/http.ts';
import { createLogger, descriptorWriter, type LogFormat } from '../../server/log.ts';
import { createLoaderMetrics } from '../../server/metrics/loader.ts';
import { addPair } from '../options/key-values.ts';
import { logFormatOption } from '../options/log-format.ts';
import { sizeOption } from '../options/sizes.ts';
import { type FormatOptions, printData, withFormat } from '../output/format.ts';
import { withExamples, withHelpList } from '../output/help.ts';
import { levelOf, type NoteOptions, notesOf } from '../output/notes.ts';

interface LoadOptions extends FormatOptions, NoteOptions {
  readonly from?: readonly string[];
  readonly namespace?: readonly string[];
  readonly trust?: readonly string[];
  readonly owner?: string;
  readonly selector: string;
  readonly watch?: true;
  readonly into: string;
  readonly maxBytes: number;
  readonly layersDir?: string;
  readonly layersMaxBytes: number;
  readonly package: Readonly<Record<string, string>>;
  readonly httpAddress: string;
  readonly logFormat: LogFormat;
}

/** The exit code if anything found was not placed. */
const REFUSED = 2;
/** The file with the namespace that a pod runs in. */
const OWN_NAMESPACE = '/var/run/secrets/kubernetes.io/serviceaccount/namespace';
/** The maximum number of printed rejections. */
const MAX_PRINTED = 100;

/** Returns `cache load`, which loads ConfigMaps into a package cache. */
export function loadCommand(): Command {
  const command = new Command('load')
    .description(
      'load packages from ConfigMaps into a package cache, and remove those that ConfigMaps no longer contain',
    )
    .option('--from <dir...>', 'directories with mounted ConfigMaps')
    .option(
      '--namespace <name...>',
      'namespaces whose ConfigMaps may contain packages of any source; default: the namespace of this pod',
    )
    .option(
      '--trust <namespace=prefixes...>',
      'namespaces whose ConfigMaps may only contain packages at or below HOST[:PORT][/PATH][,…]',
    )
    .option('--selector <labels>', 'label selector of those ConfigMaps', DEFAULT_SELECTOR)
    .option('--watch', 'follow those ConfigMaps until SIGTERM')
    .addOption(new Option('--into <dir>', "Crossplane's cache directory").env('XPKG_CACHE_DIR').default('/cache/xpkg'))
    .option(
      '--owner <name>',
      'owner of the placed files; a loader only removes files of its owner; default: one for each namespace or directory',
    )
    .addOption(sizeOption('--max-bytes <size>', 'maximum total size of the directory', 16 * MIB))
    .option('--layers-dir <dir>', 'directory for images and layers; default: they are not loaded')
    .addOption(sizeOption('--layers-max-bytes <size>', 'maximum total size of that directory', 64 * MIB))
    .option(
      '--package <file=reference>',
      'registry/repository:tag of a package file (.xpkg) in the --from directories; repeatable',
      addPair('FILE=registry/repository:tag'),
      {},
    )
    .option('--http-address <host:port>', 'address for /livez, /readyz and /metrics with --watch', '0.0.0.0:8081')
    .addOption(logFormatOption())
    .action(load);
  withExamples(
    withFormat(command),
    ['load mounted ConfigMaps', 'cache load --from /config --into /cache/xpkg'],
    ['follow the ConfigMaps of a namespace', 'cache load --namespace crossplane-system --watch'],
  );
  return withHelpList(command, 'Exit codes', EXIT_CODES);
}

const EXIT_CODES = [
  ['0', 'everything found is in place'],
  ['1', 'nothing was changed: the ConfigMaps or the directory cannot be read or written, or an option is invalid'],
  ['2', 'something was not placed; the reasons are on standard error'],
] as const;

async function load(options: LoadOptions): Promise<void> {
  const { from = [], namespace = [], trust = [], watch } = options;
  if (from.length > 0 && namespace.length + trust.length > 0) {
    throw new CacheError('INVALID_OPTION', 'cannot load: --from must not be used with --namespace or --trust');
  }
  if (from.length > 0 && watch) {
    throw new CacheError('INVALID_OPTION', 'cannot watch directories: --watch requires --namespace or --trust');
  }
  const { into, owner, maxBytes, layersDir, layersMaxBytes, package: references } = options;
  const layers = layersDir === undefined ? undefined : { into: layersDir, maxBytes: layersMaxBytes };
  if (from.length > 0) {
    return printSummary(await loadDirectories(from, { into, owner, maxBytes, layers, references }), options);
  }
  if (Object.keys(references).length > 0) {
    throw new CacheError('INVALID_OPTION', 'cannot load: --package requires --from');
  }
  const trusted = await trustedNamespaces(namespace, trust);
  const logger = createLogger({ level: levelOf(options), format: options.logFormat, write: descriptorWriter(2) });
  const cluster: ClusterOptions = {
    api: kubernetesApi(await clusterAccess()),
    trusted,
    selector: options.selector,
    into,
    owner,
    maxBytes,
    layers,
    onForbidden: (error) =>
      logger.warn({ err: error }, 'no permission to list package revisions, so nothing is removed'),
  };
  if (watch) return runWatch(cluster, options, logger);
  printSummary(await loadCluster(cluster), options);
}

async function trustedNamespaces(full: readonly string[], grants: readonly string[]): Promise<TrustedNamespace[]> {
  if (full.length + grants.length > 0) return parseTrust(full, grants);
  const own = await ifExists('read', OWN_NAMESPACE, readFile(OWN_NAMESPACE, 'utf8'));
  if (own !== undefined) return parseTrust([own.trim()], []);
  throw new CacheError(
    'INVALID_OPTION',
    'cannot load: --from, --namespace or --trust is required; only a pod has a default namespace',
  );
}

async function runWatch(cluster: ClusterOptions, options: LoadOptions, logger: Logger): Promise<void> {
  const stopping = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stopping.abort());
  const metrics = createLoaderMetrics();
  let isReady = false;
  let before = '';
  const server = createHttpServer(metrics, () => isReady);
  await listen(server, options.httpAddress);
  logger.info({ into: cluster.into, trusted: cluster.trusted, http: server.address() }, 'loading');
  try {
    await watchCluster({
      ...cluster,
      signal: stopping.signal,
      onSummary: (summary) => {
        isReady = true;
        metrics.summary(summary);
        const now = JSON.stringify([stateOf(summary), summary.layers && stateOf(summary.layers)]);
        if (hasChanged(summary) || (summary.layers && hasChanged(summary.layers)) || now !== before)
          print(summary, options);
        before = now;
      },
      onError: (error) => {
        metrics.failed();
        logger.error({ err: error }, 'cannot load; trying again');
      },
    });
  } finally {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  }
}

function hasChanged({ placed, removed, linked = [], unlinked = [] }: LoadSummary): boolean {
  return placed.length + removed.length + linked.length + unlinked.length > 0;
}

/** Returns the state after a pass. It is equal for passes with the same resulting files, regardless of their changes. */
function stateOf({ placed, unchanged, layers: _, linked: __, unlinked: ___, ...rest }: LoadSummary): object {
  return { ...rest, placed: [], removed: [], unchanged: [...unchanged, ...placed].sort() };
}

async function listen(server: Server, address: string): Promise<void> {
  const target = parseHostPort(address);
  if (target === undefined) {
    throw new CacheError(
      'INVALID_OPTION',
      `invalid --http-address ${quote(address)}: it must be HOST:PORT, such as 0.0.0.0:8081`,
    );
  }
  server.listen(target.port, target.host);
  try {
    await once(server, 'listening');
  } catch (error) {
    const why = reasonOf(error);
    throw new CacheError('IO', `cannot listen on ${address}: ${why}; choose another with --http-address`, {
      cause: error,
    });
  }
}

function printSummary(summary: LoadSummary, options: LoadOptions): void {
  const refused = [...summary.refused, ...(summary.layers?.refused ?? [])];
  // Several contents of one name are each refused with the same message.
  const messages = [...new Set(refused.map(({ message }) => message))];
  const lines = messages.slice(0, MAX_PRINTED);
  if (messages.length > MAX_PRINTED) lines.push(`and ${messages.length - MAX_PRINTED} more`);
  for (const line of lines) process.stderr.write(printableLines(`${line}\n`));
  for (const note of summary.notes ?? []) notesOf(options).info(note);
  print(summary, options);
  if (refused.length > 0) process.exitCode = REFUSED;
}

/** Prints a summary, by default as one line of JSON, for logs. */
function print(summary: LoadSummary, options: FormatOptions): void {
  const { layers } = summary;
  const value = layers === undefined ? capped(summary) : { ...capped(summary), layers: capped(layers) };
  const rows = [summary, ...(layers === undefined ? [] : [layers])].flatMap(
    ({ placed, unchanged, removed, refused }) => [
      ...placed.map((file) => ['placed', file]),
      ...unchanged.map((file) => ['unchanged', file]),
      ...removed.map((file) => ['removed', file]),
      ...refused.map(({ message }) => ['refused', message]),
    ],
  );
  printData({ value, table: [['STATE', 'FILE'], ...rows], text: `${JSON.stringify(value)}\n` }, options);
}

function capped(summary: LoadSummary): object {
  const more = summary.refused.length - MAX_PRINTED;
  return more > 0 ? { ...summary, refused: summary.refused.slice(0, MAX_PRINTED), moreRefused: more } : summary;
}
