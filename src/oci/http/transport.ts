import { X509Certificate } from 'node:crypto';
import type { LookupFunction } from 'node:net';
import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls';
import type { Dispatcher } from 'undici';
import { nextTurn } from '../../internal/async/next-turn.ts';
import { reasonOf } from '../../internal/reason.ts';
import { OciError } from '../errors.ts';
import type { AllowedNetworks } from './addresses.ts';
import { checkHost, guardedLookup, type ResolveHost } from './lookup.ts';

/** Options for connections. */
export interface TransportOptions {
  /** Certificates (PEM) to trust, in addition to those of Node. */
  readonly ca?: string;
  /** The client certificate and its key (PEM), for registries that request one. */
  readonly clientCertificate?: { readonly cert: string; readonly key: string };
  /**
   * The URL (`http:`, `https:` or `socks5:`) of a proxy for all requests. Default: the environment variables HTTP_PROXY, HTTPS_PROXY and
   * NO_PROXY, or their lower-case forms; requests to loopback hosts then use no proxy.
   */
  readonly proxy?: { readonly url: string; readonly username?: string; readonly password?: string };
  /** The time limit in milliseconds for connecting, for the headers, and between two chunks of a body. Default 30,000. */
  readonly timeoutMs?: number;
  /**
   * The networks that connections are allowed to, in addition to public ones. URLs, redirects, token realms, resolved addresses and `proxy`
   * are checked; a proxy from the environment and the addresses that it resolves names to are not. Default: all, including reserved ones.
   */
  readonly networks?: AllowedNetworks;
  /** Resolves host names if `networks` limits connections. Default: Node's lookup. */
  readonly resolveHost?: ResolveHost;
}

/** The default of {@link TransportOptions.timeoutMs}. */
export const DEFAULT_TIMEOUT_MS = 30_000;

const LOOPBACK_HOSTS = 'localhost,127.0.0.1,[::1]';

/**
 * Creates the undici dispatcher for `options`. Throws `INVALID_CREDENTIALS` for an invalid certificate or proxy, and `REFUSED_REDIRECT` for
 * a proxy in a network that is not allowed.
 */
export async function createDispatcher(options: TransportOptions): Promise<Dispatcher> {
  // Imported at the first use, since most commands do not connect to a registry.
  const { EnvHttpProxyAgent } = await import('./proxy-agents.ts');
  const { proxy } = options;
  const base = await (hasCertificates(options) ? inTurn(() => baseOptions(options)) : baseOptions(options));
  if (proxy !== undefined) return createProxyAgent(options, proxy, base);
  return withoutLeak('the proxy of the environment', () => new EnvHttpProxyAgent({ ...base, noProxy: noProxy() }));
}

type BaseOptions = ReturnType<typeof baseOptions>;

function hasCertificates({ ca, clientCertificate }: TransportOptions): boolean {
  return (ca ?? clientCertificate) !== undefined;
}

let latest: Promise<unknown> = Promise.resolve();

/** Runs the calls of `make` one at a time, with a turn of the event loop in between: a context with certificates blocks it for about 10 ms. */
function inTurn<T>(make: () => T): Promise<T> {
  const made = latest.then(nextTurn).then(make);
  latest = made.catch(() => undefined);
  return made;
}

function baseOptions(options: TransportOptions) {
  const timeout = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const tls = tlsOptions(options);
  return {
    headersTimeout: timeout,
    bodyTimeout: timeout,
    connect: { ...tls, timeout, ...lookupOptions(options) },
    requestTls: { ...tls, timeout },
    // Shared if possible: a context takes time to create, and 1 MiB of memory.
    proxyTls: {
      ...(options.clientCertificate === undefined ? tls : tlsOptions({ ...(options.ca && { ca: options.ca }) })),
      timeout,
    },
    // Proxies forward http requests; only https needs a tunnel.
    proxyTunnel: false,
  };
}

async function createProxyAgent(
  transport: TransportOptions,
  { url, username, password }: NonNullable<TransportOptions['proxy']>,
  base: BaseOptions,
): Promise<Dispatcher> {
  const { buildConnector, ProxyAgent, Socks5ProxyAgent } = await import('./proxy-agents.ts');
  const uri = withoutLeak('the proxy', () => proxyUrl(url, username, password));
  if (transport.networks !== undefined) checkHost(uri.hostname, transport.networks);
  const proxyTls = { ...base.proxyTls, ...lookupOptions(transport) };
  if (uri.protocol !== 'socks5:')
    return withoutLeak('the proxy', () => new ProxyAgent({ ...base, proxyTls, uri: uri.href }));
  // Created here and not by ProxyAgent, which would use TLS to the proxy.
  const options = { connect: buildConnector(proxyTls), requestTls: base.requestTls };
  return withoutLeak('the proxy', () => new Socks5ProxyAgent(uri, options));
}

function lookupOptions({ networks, resolveHost }: TransportOptions): { lookup?: LookupFunction } {
  return networks === undefined ? {} : { lookup: guardedLookup(networks, resolveHost) };
}

function tlsOptions({ ca, clientCertificate }: TransportOptions): { secureContext?: SecureContext } {
  if (ca === undefined && clientCertificate === undefined) return {};
  try {
    const trusted = ca === undefined ? {} : { ca: [...rootCertificates, ...parseCertificates(ca)] };
    if (clientCertificate?.cert === '' || clientCertificate?.key === '')
      throw new Error('the certificate and the key must not be empty');
    return { secureContext: createSecureContext({ ...trusted, ...clientCertificate }) };
  } catch (error) {
    throw new OciError('INVALID_CREDENTIALS', `cannot use the CA or client certificate: ${reasonOf(error)}`);
  }
}

/** Parses PEM certificates. Node ignores invalid text, and would later report the registry as untrusted. */
function parseCertificates(pem: string): string[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) throw new Error('the CA does not contain a PEM certificate');
  return blocks.map((block) => new X509Certificate(block).toString());
}

function noProxy(): string {
  return [process.env.no_proxy ?? process.env.NO_PROXY, LOOPBACK_HOSTS].filter(Boolean).join(',');
}

function proxyUrl(text: string, username: string | undefined, password: string | undefined): URL {
  const url = new URL(text);
  if (!['http:', 'https:', 'socks5:'].includes(url.protocol)) throw new TypeError('unknown scheme');
  if (username !== undefined) url.username = encodeURIComponent(username);
  if (password !== undefined) url.password = encodeURIComponent(password);
  return url;
}

/** Replaces errors of `make`, which contain the URL of a proxy with its password. */
function withoutLeak<T>(what: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new OciError('INVALID_CREDENTIALS', `cannot use ${what}: must be an http, https or socks5 URL`);
  }
}
