import { once } from 'node:events';
import { type ClientHttp2Session, type ClientHttp2Stream, connect as connectHttp2 } from 'node:http2';
import { status } from '@grpc/grpc-js';
import { describe, expect, test } from 'vitest';
import { decodeResponse } from '../../src/protocol/caller/decode-response.ts';
import { call, claimRequest, V1 } from '../server/service.ts';
import { serveSetup } from './serve-setup.ts';

const { closing, serve, client } = serveSetup();

describe('SIGTERM', () => {
  test('waits for a call whose request is still being sent, refuses new ones and exits with 0', async () => {
    const { process, ended, log, address, http } = await serve(['--insecure']);
    const session = connectHttp2(`http://${address}`);
    closing.push(() => session.destroy());
    await once(session, 'connect');
    const request = claimRequest();
    const stream = openCall(session, request.length);
    stream.write(request.subarray(0, 10));
    // Frames are processed in order: after the response to the ping, the server has received the beginning of the call.
    await new Promise((resolve, reject) => session.ping((error) => (error ? reject(error) : resolve(undefined))));
    process.kill('SIGTERM');
    await log.line('shutting down');
    expect((await fetch(`${http}/readyz`)).status).toBe(503);
    await expect(call(client(address), claimRequest())).rejects.toMatchObject({ code: status.UNAVAILABLE });
    stream.end(request.subarray(10));
    const trailers = once(stream, 'trailers');
    const answer = Buffer.concat(await stream.toArray());
    expect((await trailers)[0]).toMatchObject({ 'grpc-status': '0' });
    expect(decodeResponse(answer.subarray(5)).meta.tag).toBe('a-tag');
    expect(await ended).toMatchObject({ code: 0, stderr: '' });
  });

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    test(`stops an idle service, as one of two signals: ${signal}`, async () => {
      const { process, ended, address } = await serve(['--insecure']);
      await call(client(address), claimRequest());
      process.kill(signal);
      expect(await ended).toMatchObject({ code: 0, stderr: '' });
    });
  }
});

/** Opens a RunFunction call whose message of `length` bytes is not written yet. */
function openCall(session: ClientHttp2Session, length: number): ClientHttp2Stream {
  const stream = session.request({
    ':method': 'POST',
    ':path': V1,
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(length, 1);
  stream.write(prefix);
  return stream;
}
