import { createPublicKey } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { ASN1Obj } from '@sigstore/core';
import * as z from 'zod';
import { type Certificate, makeLeaf, sha256 } from '../oci/sigstore/certificates.ts';
import type { Instance } from '../oci/sigstore/instance.ts';
import { append, type LogEntry } from '../oci/sigstore/logs.ts';
import { timestamp } from '../oci/sigstore/timestamp.ts';

/** The services of an instance of sigstore on a loopback port, as far as cosign uses them. */
export interface SigstoreServices {
  readonly url: string;
  close(): Promise<void>;
}

/** A token with the issuer `issuer`. Its signature is not verified. */
export function identityToken(issuer: string, email: string): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const expires = Math.floor(Date.now() / 1_000) + 3_600;
  const claims = { iss: issuer, sub: email, email, email_verified: true, aud: 'sigstore', exp: expires };
  return `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}.${part({})}`;
}

const claimsSchema = z.object({ iss: z.string(), email: z.string() });
const keyOfV1 = z.object({ publicKey: z.object({ content: z.string() }) });
const keyOfV2 = z.object({ publicKeyRequest: z.object({ publicKey: z.object({ content: z.string() }) }) });
const envelopeSchema = z.object({ payload: z.string(), signatures: z.array(z.object({ sig: z.string() })) });
const entrySchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('hashedrekord'), apiVersion: z.string(), spec: z.looseObject({}) }),
  z.object({
    kind: z.literal('dsse'),
    apiVersion: z.string(),
    spec: z.object({ proposedContent: z.object({ envelope: z.string(), verifiers: z.tuple([z.string()]) }) }),
  }),
]);
const entryOfV2 = z.object({
  hashedRekordRequestV002: z.object({ digest: z.string(), signature: z.looseObject({}) }),
});

/** The name of every log entry, which no request uses. */
const ENTRY = 'ab'.repeat(32);

export async function startServices(instance: Instance): Promise<SigstoreServices> {
  const handlers: Readonly<Record<string, (body: Buffer, token: string) => string | Buffer>> = {
    '/api/v1/signingCert': (body, token) => {
      const { publicKey } = keyOfV1.parse(JSON.parse(body.toString()));
      return certify(instance, Buffer.from(publicKey.content, 'base64').toString(), token).join('');
    },
    '/api/v2/signingCert': (body, token) => {
      const { publicKeyRequest } = keyOfV2.parse(JSON.parse(body.toString()));
      const certificates = certify(instance, publicKeyRequest.publicKey.content, token);
      return JSON.stringify({ signedCertificateEmbeddedSct: { chain: { certificates } } });
    },
    '/api/v1/log/entries': (body) => JSON.stringify({ [ENTRY]: logV1(instance, JSON.parse(body.toString())) }),
    '/api/v2/log/entries': (body) => JSON.stringify(logV2(instance, JSON.parse(body.toString()))),
    '/api/v1/timestamp': (body) => stamp(instance, body),
  };
  const server = createServer(async (request, response) => {
    const handle = handlers[request.url ?? ''];
    const body = await buffer(request);
    try {
      const token = request.headers.authorization?.replace('Bearer ', '') ?? '';
      const answer = handle?.(body, token);
      const type = typeof answer === 'string' ? 'application/json' : 'application/timestamp-reply';
      const status = request.url === '/api/v2/signingCert' ? 200 : 201;
      response.writeHead(answer === undefined ? 404 : status, { 'content-type': type, etag: ENTRY }).end(answer);
    } catch (error) {
      response.writeHead(400).end(`${request.url}: ${error}: ${body}`);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = z.object({ port: z.number() }).parse(server.address());
  return {
    url: `http://127.0.0.1:${address.port}`,
    async close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Makes a certificate for the holder of a token, as PEM texts from the leaf to the root. */
function certify({ issuing, root, certificateLog }: Instance, publicKey: string, token: string): string[] {
  const claims = claimsSchema.parse(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()));
  const now = Date.now();
  const leaf = makeLeaf({ issuer: claims.iss, subject: claims.email }, issuing, {
    publicKey: createPublicKey(publicKey),
    // Self-signed only without an issuer.
    privateKey: issuing.privateKey,
    notBefore: new Date(now - 60_000),
    notAfter: new Date(now + 600_000),
    log: certificateLog,
  });
  return [leaf, issuing, root].map(({ pem }: Certificate) => pem);
}

function logV1({ logs }: Instance, proposed: unknown) {
  const entry = entrySchema.parse(proposed);
  const spec = entry.kind === 'dsse' ? dsseSpec(entry.spec.proposedContent) : entry.spec;
  return asV1(append(logs[1], { ...entry, spec }, new Date()));
}

function dsseSpec({ envelope, verifiers: [verifier] }: { envelope: string; verifiers: readonly [string] }) {
  const { payload, signatures } = envelopeSchema.parse(JSON.parse(envelope));
  const hashOf = (data: Buffer) => ({ algorithm: 'sha256', value: sha256(data).toString('hex') });
  return {
    envelopeHash: hashOf(Buffer.from(envelope)),
    payloadHash: hashOf(Buffer.from(payload, 'base64')),
    signatures: signatures.map(({ sig }) => ({ signature: sig, verifier })),
  };
}

/** An entry as the first version of Rekor returns it (its openapi.yaml). */
function asV1({ canonicalizedBody, integratedTime, logId, logIndex, inclusionPromise, inclusionProof }: LogEntry) {
  const toHex = (base64: string) => Buffer.from(base64, 'base64').toString('hex');
  const { rootHash, treeSize, hashes, checkpoint } = inclusionProof;
  return {
    body: canonicalizedBody,
    integratedTime: Number(integratedTime),
    logID: toHex(logId.keyId),
    logIndex: Number(logIndex),
    verification: {
      signedEntryTimestamp: inclusionPromise?.signedEntryTimestamp,
      inclusionProof: {
        logIndex: Number(logIndex),
        rootHash: toHex(rootHash),
        treeSize: Number(treeSize),
        hashes: hashes.map(toHex),
        checkpoint: checkpoint.envelope,
      },
    },
  };
}

function logV2({ logs }: Instance, proposed: unknown): LogEntry {
  const { digest, signature } = entryOfV2.parse(proposed).hashedRekordRequestV002;
  const hashedRekordV002 = { data: { algorithm: 'SHA2_256', digest }, signature };
  return append(logs[2], { kind: 'hashedrekord', apiVersion: '0.0.2', spec: { hashedRekordV002 } }, new Date());
}

/** Responds to a request for a timestamp (RFC 3161, section 2.4.1). */
function stamp({ stampers: [stamper, root] }: Instance, request: Buffer): Buffer {
  const { subs } = ASN1Obj.parseBuffer(Buffer.from(request));
  const hash = subs[1]?.subs[1]?.value ?? Buffer.of();
  const nonce = subs.slice(2).find(({ tag }) => tag.isInteger())?.value;
  return timestamp({ hash, ...(nonce && { nonce: Buffer.from(nonce) }) }, new Date(), stamper, root.name);
}
