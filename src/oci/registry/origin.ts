import { isOciError } from '../errors.ts';
import { orCanceled, startDeadline } from '../http/cancel.ts';
import { discard, errorCode, type HttpClient } from '../http/http-client.ts';

/** The time limit for finding the scheme of a registry, in milliseconds. */
const ORIGIN_DEADLINE_MS = 30_000;

/** Returns the origin of a registry: its scheme, host and port. */
export type OriginFinder = (signal: AbortSignal | undefined) => Promise<URL>;

/** Creates the {@link OriginFinder} of a registry (`host[:port]`). It only sends requests until it has found the scheme. */
export function originFinder(registry: string, client: HttpClient, allowsHttp: boolean): OriginFinder {
  let origin: Promise<URL> | undefined;
  return async (signal) => {
    const finding = origin ?? findOrigin(registry, client, allowsHttp);
    origin = finding;
    try {
      return await orCanceled(finding, signal);
    } catch (error) {
      if (origin === finding) origin = undefined;
      throw error;
    }
  };
}

async function findOrigin(registry: string, client: HttpClient, allowsHttp: boolean): Promise<URL> {
  const secure = new URL(`https://${registry}`);
  if (!allowsHttp) return secure;
  const { signal, clear } = startDeadline(ORIGIN_DEADLINE_MS);
  const probe = async (base: URL) => discard(await client({ method: 'GET', url: new URL('/v2/', base), signal }));
  try {
    await probe(secure);
    return secure;
  } catch (error) {
    if (!isWithoutTls(error)) throw error;
    const plain = new URL(`http://${registry}`);
    await probe(plain);
    return plain;
  } finally {
    clear();
  }
}

/** True when the peer is not a TLS server, whether it responded or refused; false for certificates that are not trusted. */
function isWithoutTls(error: unknown): boolean {
  if (!isOciError(error, 'CONNECTION')) return false;
  const code = errorCode(error.cause);
  return ['EPROTO', 'ECONNRESET', 'ECONNREFUSED', 'UND_ERR_SOCKET'].includes(code) || code.startsWith('ERR_SSL_');
}
