import { readFileSync } from 'node:fs';
import { type ClientHttp2Session, type ClientHttp2Stream, connect as connectHttp2, constants } from 'node:http2';
import { connect as connectTcp, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { status } from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { decodeResponse } from '../../src/protocol/caller/decode-response.ts';
import { type Running, startProgram } from '../program.ts';
import { call, claimRequest, connect, MEBIBYTE, readLog, V1 } from '../server/service.ts';

// The service as a process without TLS, with attackers that can open connections. With mutual TLS only Crossplane can.

let service: Running;
let address: string;
const closing: (() => void)[] = [];

beforeAll(async () => {
  service = startProgram(['serve', '--insecure', '--address', '127.0.0.1:0', '--http-address', '127.0.0.1:0']);
  const { port } = await readLog(service.process.stdout).line('serving');
  address = `127.0.0.1:${port}`;
});
afterAll(() => service.process.kill());
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

function attacker(): ClientHttp2Session {
  const session = connectHttp2(`http://${address}`, { maxSessionMemory: 1_000 });
  session.on('error', () => undefined);
  closing.push(() => session.destroy());
  return session;
}

interface Attack {
  readonly stream: ClientHttp2Stream;
  /** The gRPC status, or how the stream ended without one. */
  readonly ended: Promise<number | string>;
}

function open(session: ClientHttp2Session, headers: Record<string, string> = {}): Attack {
  const stream = session.request({
    [constants.HTTP2_HEADER_METHOD]: 'POST',
    [constants.HTTP2_HEADER_PATH]: V1,
    'content-type': 'application/grpc',
    te: 'trailers',
    ...headers,
  });
  stream.on('error', () => undefined);
  stream.resume();
  const ended = new Promise<number | string>((resolve) => {
    stream.once('response', (found) => {
      if (found['grpc-status'] !== undefined) resolve(Number(found['grpc-status']));
    });
    stream.once('trailers', (found) => resolve(Number(found['grpc-status'])));
    stream.once('close', () => resolve(`closed with ${stream.rstCode}`));
  });
  return { stream, ended };
}

/** The head of a gRPC message of that many bytes. */
function head(bytes: number, compressed = 0): Buffer {
  const buffer = Buffer.alloc(5);
  buffer.writeUInt8(compressed, 0);
  buffer.writeUInt32BE(bytes, 1);
  return buffer;
}

/** A valid call, on a separate connection. */
async function honest(): Promise<void> {
  const client = connect(address);
  try {
    const { desired } = decodeResponse(await call(client, claimRequest()));
    expect(Object.keys(desired.resources ?? {})).toEqual(['imagerepo', 'bundlerepo']);
  } finally {
    client.close();
  }
}

/** The service's peak memory in MiB. */
function peakMemory(): number {
  const text = readFileSync(`/proc/${service.process.pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+) kB/.exec(text)?.[1]) / 1_024;
}

const LARGEST = 16 * MEBIBYTE;

describe('the service continues to respond to others while a peer', () => {
  test('leaves large requests unfinished on many connections, and its memory is bounded', {
    timeout: 120_000,
  }, async () => {
    const attacks = Array.from({ length: 6 }, () => attacker()).flatMap((session) =>
      Array.from({ length: 8 }, () => {
        const attack = open(session);
        attack.stream.write(head(LARGEST));
        return attack;
      }),
    );
    const chunk = Buffer.alloc(MEBIBYTE);
    for (let round = 0; round < 12; round++) {
      for (const { stream } of attacks) if (!stream.destroyed) stream.write(chunk);
      await honest();
    }
    const ended = await Promise.race([Promise.any(attacks.map(({ ended: one }) => one)), delay(30_000)]);
    expect(ended).toBe(status.RESOURCE_EXHAUSTED);
    await honest();
    expect(peakMemory()).toBeLessThan(300);
  });

  test('sends a request one byte at a time', { timeout: 60_000 }, async () => {
    const session = attacker();
    const attacks = Array.from({ length: 4 }, () => open(session));
    for (const { stream } of attacks) stream.write(head(LARGEST));
    const byte = Buffer.alloc(1);
    for (let round = 0; round < 20; round++) {
      for (const { stream } of attacks) {
        if (stream.destroyed) continue;
        for (let count = 0; count < 1_000; count++) stream.write(byte);
      }
      await honest();
    }
    expect(peakMemory()).toBeLessThan(300);
  });

  test('sends requests that decompress to many times their size', { timeout: 60_000 }, async () => {
    const bomb = gzipSync(Buffer.alloc(LARGEST - 1));
    const session = attacker();
    const attacks = Array.from({ length: 60 }, () => {
      const attack = open(session, { 'grpc-encoding': 'gzip' });
      attack.stream.end(Buffer.concat([head(bomb.length, 1), bomb]));
      return attack.ended;
    });
    const calls = Array.from({ length: 5 }, honest);
    const statuses = await Promise.all(attacks);
    await Promise.all(calls);
    expect(statuses.filter((one) => one === status.RESOURCE_EXHAUSTED).length).toBeGreaterThan(50);
    expect(peakMemory()).toBeLessThan(300);
  });

  test('opens more streams than a connection may have', async () => {
    const session = attacker();
    await new Promise<void>((resolve) => session.once('remoteSettings', () => resolve()));
    expect(session.remoteSettings.maxConcurrentStreams).toBe(128);
    for (let count = 0; count < 1_000; count++) open(session);
    await honest();
  });

  test('opens more streams than all connections together may have', async () => {
    const sessions = Array.from({ length: 10 }, () => attacker());
    await Promise.all(sessions.map((session) => new Promise((resolve) => session.once('remoteSettings', resolve))));
    const attacks = sessions.flatMap((session) => Array.from({ length: 120 }, () => open(session).ended));
    expect(await Promise.race([Promise.any(attacks), delay(10_000)])).toBe(status.RESOURCE_EXHAUSTED);
    await honest();
  });

  test('opens streams and resets them at once', async () => {
    const session = attacker();
    for (let count = 0; count < 5_000 && !session.destroyed; count++)
      open(session).stream.close(constants.NGHTTP2_CANCEL);
    await honest();
  });

  test.each([
    ['one header of 1 MB', { x: 'y'.repeat(1_000_000) }],
    ['2,000 headers', Object.fromEntries(Array.from({ length: 2_000 }, (_, index) => [`x-${index}`, 'y'.repeat(100)]))],
  ])('sends %s', async (_, headers) => {
    const { ended } = open(attacker(), headers);
    expect(await ended).not.toBe(status.OK);
    await honest();
  });

  test('floods it with pings', async () => {
    const session = attacker();
    await new Promise<void>((resolve) => session.once('connect', () => resolve()));
    for (let count = 0; count < 20_000 && !session.destroyed; count++) session.ping(() => undefined);
    await honest();
  });

  test('opens connections and sends nothing', { timeout: 60_000 }, async () => {
    const before = connect(address);
    closing.push(() => before.close());
    await call(before, claimRequest());
    const sockets: Socket[] = [];
    for (let count = 0; count < 400; count++) {
      const socket = connectTcp(Number(address.split(':')[1]), '127.0.0.1');
      socket.on('error', () => undefined);
      sockets.push(socket);
    }
    await Promise.all(
      sockets.map((socket) => new Promise((resolve) => socket.once('connect', resolve).once('close', resolve))),
    );
    await call(before, claimRequest());
    for (const socket of sockets) socket.destroy();
    await Promise.all(
      sockets.map((socket) => (socket.closed ? undefined : new Promise((resolve) => socket.once('close', resolve)))),
    );
    await honest();
  });

  test('does not speak HTTP/2', async () => {
    for (const text of [
      'GET / HTTP/1.1\r\nhost: x\r\n\r\n',
      '\0'.repeat(100_000),
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\xff\xff\xff',
    ]) {
      const socket = connectTcp(Number(address.split(':')[1]), '127.0.0.1');
      socket.on('error', () => undefined);
      closing.push(() => socket.destroy());
      socket.write(text, 'latin1');
    }
    await honest();
  });
});

describe('a call is refused', () => {
  test.each([
    ['that announces 4 GiB', 0xffff_ffff],
    ['that announces one byte more than the largest request', LARGEST + 1],
  ])('%s', async (_, bytes) => {
    const { stream, ended } = open(attacker());
    stream.write(head(bytes));
    expect(await ended).toBe(status.RESOURCE_EXHAUSTED);
  });

  test('whose compression is unknown', async () => {
    const { stream, ended } = open(attacker(), { 'grpc-encoding': 'br' });
    stream.end(Buffer.concat([head(3, 1), Buffer.from('abc')]));
    expect(await ended).toBe(status.UNIMPLEMENTED);
  });

  test('whose compressed request is invalid', async () => {
    const { stream, ended } = open(attacker(), { 'grpc-encoding': 'gzip' });
    stream.end(Buffer.concat([head(3, 1), Buffer.from('abc')]));
    expect(await ended).toBe(status.INTERNAL);
  });

  test('with two requests', async () => {
    const { stream, ended } = open(attacker());
    stream.end(Buffer.concat([head(0), head(0)]));
    expect(await ended).not.toBe(status.OK);
  });
});
