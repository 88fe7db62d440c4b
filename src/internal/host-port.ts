/** A TCP address to listen on. */
export interface HostPort {
  /** A name or address, without the brackets of IPv6; `0.0.0.0` if the text has none. */
  readonly host: string;
  readonly port: number;
}

/** Parses `HOST:PORT`, such as `0.0.0.0:9443`, `[::]:9443` or `:9443`. Returns undefined for other text. */
export function parseHostPort(text: string): HostPort | undefined {
  const [, host = '', digits = ''] = /^(.*):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits === '' || port > 65_535) return undefined;
  return { host: host.replace(/^\[(.*)\]$/, '$1') || '0.0.0.0', port };
}
