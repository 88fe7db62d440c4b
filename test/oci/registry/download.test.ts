import { describe, expect, test } from 'vitest';
import { bytesBlob, digestOf } from '../../../src/oci/index.ts';
import { collect, rejection } from '../fixtures.ts';
import { clientSetup } from './client-setup.ts';

const { client, start } = clientSetup();

describe('content that a descriptor embeds', () => {
  const content = Buffer.from('content');
  const descriptor = { mediaType: 'text/plain', size: content.byteLength, digest: digestOf(content) };

  test('is not downloaded', async () => {
    const { registry, reference } = await start();
    const blob = client().blob(reference, { ...descriptor, data: content.toString('base64') });
    expect(await collect(blob.open())).toEqual(content);
    expect(registry.requests).toEqual([]);
  });

  test.each(['b3RoZXI=', 'no base64', ''])('is downloaded if it does not match: %s', async (data) => {
    const { registry, reference } = await start();
    registry.blobs.set(descriptor.digest, content);
    const blob = client().blob(reference, { ...descriptor, data });
    expect(await collect(blob.open())).toEqual(content);
    expect(registry.requests.filter(({ url }) => url.includes('/blobs/'))).toHaveLength(1);
  });
});

test('a blob is requested again if the connection breaks before its first byte', async () => {
  const { registry, reference } = await start();
  const content = Buffer.from('content');
  const descriptor = { mediaType: 'text/plain', size: content.byteLength, digest: digestOf(content) };
  registry.blobs.set(descriptor.digest, content);
  registry.fault = (request, response, count) => {
    if (count > 0 || request.url?.includes('/blobs/') !== true) return false;
    response.writeHead(200, { 'content-length': content.byteLength });
    response.flushHeaders();
    setTimeout(() => response.destroy(), 20);
    return true;
  };
  expect(await collect(client().blob(reference, descriptor).open())).toEqual(content);
});

describe('a blob', () => {
  const content = Buffer.alloc(300_000, 'content that is long enough to be cut ');

  test.each([
    { name: 'by a range', ranges: true },
    { name: 'by reading over it', ranges: false },
  ])('resumes where the connection broke, $name', async ({ ranges }) => {
    const { registry, reference } = await start();
    const caller = client({ timeoutMs: 2000 });
    const { descriptor } = bytesBlob('x', content);
    registry.blobs.set(descriptor.digest, content);
    registry.fault = (request, response, count) => {
      if (!request.url?.includes('/blobs/')) return false;
      const from = ranges ? Number(/\d+/.exec(request.headers.range ?? '0')?.[0]) : 0;
      if (from > 0) response.setHeader('content-range', `bytes ${from}-299999/300000`);
      response.writeHead(from > 0 ? 206 : 200, { 'content-length': content.byteLength - from });
      if (count < 2) response.write(content.subarray(from, 100_000 * (count + 1)), () => response.destroy());
      else response.end(content.subarray(from));
      return true;
    };
    expect((await collect(caller.blob(reference, descriptor).open())).equals(content)).toBe(true);
    expect(registry.requests.filter(({ headers }) => headers.range !== undefined)).toHaveLength(2);
  });

  test.each([
    { name: 'altered', body: Buffer.from(content).fill('x', 9, 10), code: 'DIGEST_MISMATCH' },
    { name: 'shorter', body: content.subarray(1), code: 'SIZE_MISMATCH' },
    { name: 'longer', body: Buffer.concat([content, content]), code: 'SIZE_MISMATCH' },
    { name: 'a web page', body: Buffer.from('<html>'), code: 'SIZE_MISMATCH' },
  ] as const)('that is $name is refused, with and without a Content-Length', async ({ body, code }) => {
    const { registry, reference } = await start();
    const caller = client({ timeoutMs: 2000 });
    const { descriptor } = bytesBlob('x', content);
    for (const announce of [true, false]) {
      registry.fault = (request, response) => {
        if (!request.url?.includes('/blobs/')) return false;
        if (announce) response.setHeader('content-length', body.byteLength);
        response.end(body);
        return true;
      };
      await rejection(collect(caller.blob(reference, descriptor).open()), code);
    }
  });

  test('that stops arriving is a timeout, and is not requested again', async () => {
    const { registry, reference } = await start();
    const caller = client({ timeoutMs: 100 });
    const { descriptor } = bytesBlob('x', content);
    registry.fault = (request, response) => {
      if (!request.url?.includes('/blobs/')) return false;
      response.writeHead(200, { 'content-length': content.byteLength }).write(content.subarray(0, 1000));
      return true;
    };
    await rejection(collect(caller.blob(reference, descriptor).open()), 'TIMEOUT');
    expect(registry.requests.filter(({ url }) => url.includes('/blobs/'))).toHaveLength(1);
  });

  test('that is not read to the end releases its connection', async () => {
    const { registry, reference } = await start();
    const caller = client({ timeoutMs: 2000 });
    const { descriptor } = bytesBlob('x', content);
    registry.blobs.set(descriptor.digest, content);
    for await (const _ of caller.blob(reference, descriptor).open()) break;
    expect(await caller.hasBlob(reference, descriptor.digest)).toBe(true);
  });
});
