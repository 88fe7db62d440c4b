import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

/** A certificate with its private key, both as PEM. */
export interface Identity {
  readonly name: string;
  readonly certificate: string;
  readonly key: string;
}

/** Makes a certificate authority. */
export function makeAuthority(name: string, days?: readonly [number, number]): Identity {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const isAuthority = extension('2.5.29.19', sequence(boolean(true))); // basicConstraints
  return issue(name, publicKey, privateKey, { name, key: privateKey }, [isAuthority], days);
}

/** The purpose and validity of a certificate. */
export interface Validity {
  /** The period of validity, in days from now. */
  readonly days?: readonly [number, number];
  /** `server` or `client`. Default: both. */
  readonly use?: 'server' | 'client';
  /** Host names in addition to localhost. */
  readonly hosts?: readonly string[];
}

const USES = { server: '1.3.6.1.5.5.7.3.1', client: '1.3.6.1.5.5.7.3.2' };

/** Makes a certificate of `authority` for 127.0.0.1, localhost and `hosts`. */
export function makeIdentity(name: string, authority: Identity, { days, use, hosts = [] }: Validity = {}): Identity {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const alternativeNames = sequence(
    ...['localhost', ...hosts].map((host) => element(0x82, Buffer.from(host))),
    element(0x87, Buffer.from([127, 0, 0, 1])),
  );
  const extensions = [extension('2.5.29.17', alternativeNames)];
  if (use !== undefined) extensions.push(extension('2.5.29.37', sequence(objectIdentifier(USES[use]))));
  return issue(name, publicKey, privateKey, authority, extensions, days);
}

// X.509 v3 in DER: RFC 5280, section 4.1.
function issue(
  name: string,
  publicKey: KeyObject,
  privateKey: KeyObject,
  issuer: { readonly name: string; readonly key: string | KeyObject },
  extensions: readonly Buffer[],
  [from, to]: readonly [number, number] = [-1, 1],
): Identity {
  const ecdsaWithSha256 = sequence(objectIdentifier('1.2.840.10045.4.3.2'));
  const day = 86_400_000;
  const body = sequence(
    element(0xa0, element(0x02, Buffer.from([2]))),
    element(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ecdsaWithSha256,
    distinguishedName(issuer.name),
    sequence(utcTime(Date.now() + from * day), utcTime(Date.now() + to * day)),
    distinguishedName(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    element(0xa3, sequence(...extensions)),
  );
  const signature = sign('sha256', body, issuer.key);
  const certificate = sequence(body, ecdsaWithSha256, element(0x03, Buffer.concat([Buffer.from([0]), signature])));
  return {
    name,
    certificate: pem('CERTIFICATE', certificate),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

function element(tag: number, ...content: readonly Buffer[]): Buffer {
  const bytes = Buffer.concat(content);
  const { length } = bytes;
  const prefix = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...prefix]), bytes]);
}

function sequence(...content: readonly Buffer[]): Buffer {
  return element(0x30, ...content);
}

function boolean(value: boolean): Buffer {
  return element(0x01, Buffer.from([value ? 0xff : 0]));
}

function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const septets = (value: number): number[] =>
    value < 0x80 ? [value] : [...septets(value >> 7).map((byte) => byte | 0x80), value & 0x7f];
  return element(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(septets)]));
}

function distinguishedName(commonName: string): Buffer {
  return sequence(element(0x31, sequence(objectIdentifier('2.5.4.3'), element(0x0c, Buffer.from(commonName)))));
}

function extension(id: string, value: Buffer): Buffer {
  return sequence(objectIdentifier(id), element(0x04, value));
}

function utcTime(time: number): Buffer {
  return element(0x17, Buffer.from(`${new Date(time).toISOString().slice(2, 19).replace(/[-T:]/g, '')}Z`));
}

function pem(label: string, der: Buffer): string {
  const lines = der.toString('base64').replace(/.{64}/g, '$&\n').trimEnd();
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
}
