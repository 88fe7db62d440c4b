import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { readRegularFile } from '../../internal/files/read-file.ts';
import { reasonOf } from '../../internal/reason.ts';
import { ServerError } from '../errors.ts';

/** The maximum size of a PEM file. */
const MAX_PEM_BYTES = 1_048_576;

/** A server's identity and the authorities of its clients, as PEM. */
export interface Certificates {
  readonly certificate: Buffer;
  readonly privateKey: Buffer;
  readonly caCertificate: Buffer;
}

/** Certificates that are reloaded when their files change. */
export interface CertificateWatch {
  current(): Certificates;
  stop(): void;
}

/**
 * Reads tls.crt, tls.key and ca.crt in `folder`, and again every `intervalMs`. Changed files are used once they match each other; until
 * then, the previous certificates are used. `onRenewal` is called after a renewal and once for each distinct error. Throws {@link
 * ServerError} if the files cannot be used at start.
 */
export async function watchCertificates(
  folder: string,
  intervalMs: number,
  onRenewal: (error: Error | undefined) => void,
): Promise<CertificateWatch> {
  let current = await readCertificates(folder);
  let reported: string | undefined;
  const refresh = async () => {
    try {
      const read = await readCertificates(folder);
      reported = undefined;
      if (same(read, current)) return;
      current = read;
      onRenewal(undefined);
    } catch (error) {
      if (!(error instanceof ServerError)) throw error;
      if (error.message !== reported) onRenewal(error);
      reported = error.message;
    }
  };
  const timer = setInterval(refresh, intervalMs);
  timer.unref();
  return { current: () => current, stop: () => clearInterval(timer) };
}

/** Parses the certificates in a PEM text. Throws if there are none, or if one is invalid. */
export function parseAuthorities(pem: Buffer): X509Certificate[] {
  const BEGIN = '-----BEGIN CERTIFICATE-----';
  const [, ...certificates] = pem.toString('latin1').split(BEGIN);
  if (certificates.length === 0) throw new Error('ca.crt does not contain a certificate');
  return certificates.map((certificate) => new X509Certificate(BEGIN + certificate));
}

/**
 * Returns the times at which certificates expire, in milliseconds since the epoch: that of the server, and that of the client authority
 * that expires last.
 */
export function expiryOf({ certificate, caCertificate }: Certificates): { server: number; clientAuthority: number } {
  const authorities = parseAuthorities(caCertificate).map(({ validTo }) => Date.parse(validTo));
  return { server: Date.parse(new X509Certificate(certificate).validTo), clientAuthority: Math.max(...authorities) };
}

async function readCertificates(folder: string): Promise<Certificates> {
  const read = (name: string) =>
    readRegularFile(join(folder, name), MAX_PEM_BYTES).catch((error: Error) => {
      const message = `cannot read ${join(folder, name)}: ${reasonOf(error)}; the folder of --tls-certs-dir must contain tls.crt, tls.key and ca.crt`;
      throw new ServerError('BAD_CERTIFICATES', message, { cause: error });
    });
  const [certificate, privateKey, caCertificate] = await Promise.all([
    read('tls.crt'),
    read('tls.key'),
    read('ca.crt'),
  ]);
  try {
    createSecureContext({ cert: certificate, key: privateKey });
    // node:tls ignores invalid authorities, and would then refuse every client.
    parseAuthorities(caCertificate);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const message = `cannot use tls.crt, tls.key and ca.crt in ${folder}: ${error.message}`;
    throw new ServerError('BAD_CERTIFICATES', message, { cause: error });
  }
  return { certificate, privateKey, caCertificate };
}

function same(a: Certificates, b: Certificates): boolean {
  return (
    a.certificate.equals(b.certificate) && a.privateKey.equals(b.privateKey) && a.caCertificate.equals(b.caCertificate)
  );
}
