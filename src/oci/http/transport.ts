import { X509Certificate } from 'node:crypto';
import type { LookupFunction } from 'node:net';
import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls';
import type { Dispatcher } from 'undici';
import { nextTurn } from '../../internal/async/next-turn.ts';
import { reasonOf } from '../../internal/reason.ts';
import { OciError } from '../errors.ts';
import type { AllowedNetworks } from './addresses.ts';
import { checkHost, guardedLookup, type ResolveHost } from './lookup.ts';

/** Options of connections. */
export interface TransportOptions {
  /** Certificates (PEM) to trust besides the ones Node brings. */
  readonly ca?: string;
  /** Certificate and key (PEM) to show to registries that ask for one. */
  readonly clientCertificate?: { readonly cert: string; readonly key: string };
  /**
   * `http:`, `https:` or `socks5:` URL of a proxy for every request. Default: HTTP_PROXY, HTTPS_PROXY and NO_PROXY of the environment, or
   * their lower-case forms; loopback hosts are then never sent to a proxy.
   */
  readonly proxy?: { readonly url: string; readonly username?: string; readonly password?: string };
  /** Milliseconds without progress: to connect, until the headers, and between two pieces of a body. Default 30,000. */
  readonly timeoutMs?: number;
  /**
   * Networks that connections may lead to besides public ones, be it by URL, redirect, token realm, DNS answer or as a proxy. A proxy of the
   * environment is not checked, and neither is what it resolves names to. Default: all networks, reserved ones too.
   */
  readonly networks?: AllowedNetworks;
  /** Resolves host names where `networks` limits connections. Default: as Node does. */
  readonly resolveHost?: ResolveHost;
}

/** The default of {@link TransportOptions.timeoutMs}. */
export const DEFAULT_TIMEOUT_MS = 30_000;

const LOOPBACK_HOSTS = 'localhost,127.0.0.1,[::1]';

/**
 * Makes the undici dispatcher for `options`. Throws `INVALID_CREDENTIALS` for a certificate or proxy that cannot be used, and
 * `REFUSED_REDIRECT` for a proxy in a network that is not allowed.
 */
export async function createDispatcher(options: TransportOptions): Promise<Dispatcher> {
  // Loaded when first needed: most runs of the program talk to no registry.
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

/** Makes one after the other, and lets other work run between two: a context with certificates takes some 10 ms, and nothing interrupts it. */
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
    // A context takes time to make, and a mebibyte.
    proxyTls: {
      ...(options.clientCertificate === undefined ? tls : tlsOptions({ ...(options.ca && { ca: options.ca }) })),
      timeout,
    },
    // A plain http request goes through a proxy as such; only https needs a tunnel.
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
  // Made here and not by ProxyAgent, which would speak TLS to the proxy.
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
      throw new Error('certificate or key is missing');
    return { secureContext: createSecureContext({ ...trusted, ...clientCertificate }) };
  } catch (error) {
    throw new OciError('INVALID_CREDENTIALS', `cannot use the CA or client certificate: ${reasonOf(error)}`);
  }
}

/** Node ignores text that is not a certificate: a mistake here would show only as an untrusted registry. */
function parseCertificates(pem: string): string[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) throw new Error('the CA holds no PEM certificate');
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

/** Proxy URLs hold passwords, and the errors about them hold the URL: neither goes further. */
function withoutLeak<T>(what: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new OciError('INVALID_CREDENTIALS', `cannot use ${what}: want an http, https or socks5 URL`);
  }
}
