import { generateKeyPairSync, sign } from 'node:crypto';
import { type LogKey, newLogKey, sha256 } from './certificates.ts';

/** A transparency log in memory: of the first version of Rekor, with its promises, or of the second, with checkpoints only. */
export interface TransparencyLog extends LogKey {
  readonly origin: string;
  readonly version: 1 | 2;
  readonly entries: Buffer[];
}

export function newLog(version: 1 | 2): TransparencyLog {
  const origin = `rekor${version}.test`;
  if (version === 1) return { ...newLogKey(), origin, version, entries: [Buffer.from('first'), Buffer.from('second')] };
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
  // C2SP, signed-note.md: the key is named by its hash together with the name of the log.
  const id = sha256(Buffer.concat([Buffer.from(`${origin}\n`), Buffer.of(1), raw]));
  return { publicKey, privateKey, id, origin, version, entries: [Buffer.from('first')] };
}

/** Appends an entry, and gives it with its proofs as a bundle has it (protobuf-specs, sigstore_rekor.proto). */
export function append(log: TransparencyLog, entry: { kind: string; apiVersion: string; spec: object }, at: Date) {
  const body = Buffer.from(canonical(entry));
  log.entries.push(body);
  const index = log.entries.length - 1;
  // An entry behind it, so that the proof has hashes on both sides.
  log.entries.push(Buffer.from(`after ${index}`));
  const root = treeHash(log.entries);
  const tree = log.version === 1 ? `${log.origin} - 1` : log.origin;
  const note = `${tree}\n${log.entries.length}\n${root.toString('base64')}\n`;
  const signature = sign(log.version === 1 ? 'sha256' : null, Buffer.from(note), log.privateKey);
  const hinted = Buffer.concat([log.id.subarray(0, 4), signature]).toString('base64');
  const seconds = Math.floor(at.getTime() / 1_000);
  const promised = {
    body: body.toString('base64'),
    integratedTime: seconds,
    logID: log.id.toString('hex'),
    logIndex: index,
  };
  const set = log.version === 1 ? sign('sha256', Buffer.from(canonical(promised)), log.privateKey) : undefined;
  return {
    logIndex: String(index),
    logId: { keyId: log.id.toString('base64') },
    kindVersion: { kind: entry.kind, version: entry.apiVersion },
    integratedTime: log.version === 1 ? String(seconds) : '0',
    ...(set && { inclusionPromise: { signedEntryTimestamp: set.toString('base64') } }),
    inclusionProof: {
      logIndex: String(index),
      rootHash: root.toString('base64'),
      treeSize: String(log.entries.length),
      hashes: proofOf(index, log.entries).map((hash) => hash.toString('base64')),
      checkpoint: { envelope: `${note}\n\u2014 ${log.origin} ${hinted}\n` },
    },
    canonicalizedBody: body.toString('base64'),
  };
}

export type LogEntry = ReturnType<typeof append>;

/** The entry as cosign keeps it in an annotation of an old signature. */
export function asAnnotation({
  inclusionPromise,
  canonicalizedBody,
  integratedTime,
  logIndex,
  logId,
}: LogEntry): string {
  return JSON.stringify({
    SignedEntryTimestamp: inclusionPromise?.signedEntryTimestamp,
    Payload: {
      body: canonicalizedBody,
      integratedTime: Number(integratedTime),
      logIndex: Number(logIndex),
      logID: Buffer.from(logId.keyId, 'base64').toString('hex'),
    },
  });
}

/** JSON with sorted keys (RFC 8785, for what is used here). */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`).join(',')}}`;
}

/** RFC 6962, section 2.1. */
function treeHash(entries: readonly Buffer[]): Buffer {
  const [only = Buffer.of()] = entries;
  if (entries.length === 1) return sha256(Buffer.concat([Buffer.of(0), only]));
  const middle = halfOf(entries.length);
  return sha256(Buffer.concat([Buffer.of(1), treeHash(entries.slice(0, middle)), treeHash(entries.slice(middle))]));
}

/** RFC 6962, section 2.1.1. */
function proofOf(index: number, entries: readonly Buffer[]): Buffer[] {
  if (entries.length === 1) return [];
  const middle = halfOf(entries.length);
  const [left, right] = [entries.slice(0, middle), entries.slice(middle)];
  return index < middle
    ? [...proofOf(index, left), treeHash(right)]
    : [...proofOf(index - middle, right), treeHash(left)];
}

/** The largest power of two that is smaller. */
function halfOf(count: number): number {
  return 2 ** Math.floor(Math.log2(count - 1));
}
