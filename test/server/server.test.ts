import { once } from 'node:events';
import { createServer } from 'node:net';
import { compressionAlgorithms, status } from '@grpc/grpc-js';
import { describe, expect, test } from 'vitest';
import { createFunction, type RunFunction } from '../../src/function/function.ts';
import { decodeResponse } from '../../src/protocol/caller/decode-response.ts';
import { encodeRequest } from '../../src/protocol/request.ts';
import { delimited } from '../protocol/arbitraries.ts';
import { call, claimRequest, GARBAGE, MEBIBYTE, startService, V1, V1BETA1 } from './service.ts';
import { serviceSetup } from './service-setup.ts';

const { closing, service, client } = serviceSetup();

describe('RunFunction', () => {
  for (const path of [V1, V1BETA1]) {
    test(`responds to ${path}`, async () => {
      const { address } = await service();
      const { meta, desired } = decodeResponse(await call(client(address), claimRequest(), path));
      expect(meta.tag).toBe('a-tag');
      expect(Object.keys(desired.resources ?? {})).toEqual(['imagerepo', 'bundlerepo']);
    });
  }

  test('returns to each of many concurrent calls its own response', async () => {
    const { address } = await service({ maxRecvMessageBytes: 8 * MEBIBYTE });
    const caller = client(address);
    const sizes = Array.from({ length: 60 }, (_, index) => (index % 12) ** 3 * 300 + index);
    const answers = sizes.map(async (size, index) => {
      const context = { filler: String(index).padEnd(size, 'x') };
      const request = encodeRequest({ meta: { tag: `tag-${index}` }, context });
      const { meta, context: answered } = decodeResponse(await call(caller, Buffer.from(request)));
      expect({ tag: meta.tag, context: answered }).toEqual({ tag: `tag-${index}`, context });
    });
    await Promise.all(answers);
  });

  test('is UNIMPLEMENTED for another service', async () => {
    const { address } = await service();
    const path = V1.replace('.v1.', '.v2.');
    await expect(call(client(address), claimRequest(), path)).rejects.toMatchObject({ code: status.UNIMPLEMENTED });
  });

  test('returns INVALID_ARGUMENT for malformed bytes, and continues', async () => {
    const { address, log } = await service();
    const caller = client(address);
    await expect(call(caller, GARBAGE)).rejects.toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: expect.stringContaining('cannot decode RunFunctionRequest'),
    });
    expect(await log.line('refused a malformed request')).toMatchObject({ err: { code: 'MALFORMED' } });
    expect(decodeResponse(await call(caller, claimRequest())).meta.tag).toBe('a-tag');
  });

  test('returns INVALID_ARGUMENT for deeply nested objects, and continues', async () => {
    const { address } = await service();
    const caller = client(address);
    let value: Uint8Array = Buffer.alloc(0);
    for (let level = 0; level < 5_000; level++) value = delimited(5, delimited(1, delimited(2, value)));
    await expect(call(caller, delimited(4, delimited(1, delimited(2, value))))).rejects.toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: 'cannot decode google.protobuf.Struct: objects and lists are nested more than 500 levels deep',
    });
    await call(caller, claimRequest());
  });

  test('returns a fatal result for an empty request, not an error', async () => {
    const { address } = await service();
    const { results } = decodeResponse(await call(client(address), Buffer.alloc(0)));
    expect(results.map(({ severity }) => severity)).toEqual([2, 1]);
  });

  test('returns INTERNAL without details for an internal error, and continues', async () => {
    const run = createFunction();
    let fail = true;
    const failing: RunFunction = async (request) => {
      if (!fail) return run(request);
      fail = false;
      throw new TypeError('a secret');
    };
    const { address, log } = await service({ run: failing });
    const caller = client(address);
    await expect(call(caller, claimRequest())).rejects.toMatchObject({
      code: status.INTERNAL,
      details: expect.not.stringContaining('secret'),
    });
    expect(await log.line('a call failed')).toMatchObject({ err: { message: 'a secret' } });
    await call(caller, claimRequest());
  });
});

describe('the message limit', () => {
  for (const { bytes, taken } of [
    { bytes: MEBIBYTE, taken: true },
    { bytes: MEBIBYTE + 1, taken: false },
  ]) {
    test(`${taken ? 'accepts' : 'refuses'} a message of ${bytes} bytes with a limit of ${MEBIBYTE}, and continues`, async () => {
      const { address } = await service({ maxRecvMessageBytes: MEBIBYTE });
      const caller = client(address);
      const answer = call(caller, requestOf(bytes));
      if (taken) await expect(answer).resolves.toBeInstanceOf(Buffer);
      else await expect(answer).rejects.toMatchObject({ code: status.RESOURCE_EXHAUSTED });
      await call(caller, claimRequest());
    });
  }

  test('applies to the decompressed size of a message', async () => {
    const { address } = await service({ maxRecvMessageBytes: MEBIBYTE });
    const caller = client(address, { 'grpc.default_compression_algorithm': compressionAlgorithms.gzip });
    await expect(call(caller, requestOf(MEBIBYTE))).resolves.toBeInstanceOf(Buffer);
    await expect(call(caller, requestOf(MEBIBYTE + 1))).rejects.toMatchObject({ code: status.RESOURCE_EXHAUSTED });
    await call(caller, claimRequest());
  });

  test('does not apply to responses', async () => {
    const { address } = await service({ maxRecvMessageBytes: 8 * MEBIBYTE });
    const desired = delimited(3, delimited(15, Buffer.alloc(7 * MEBIBYTE)));
    const answer = await call(client(address), Buffer.concat([claimRequest(), desired]));
    expect(answer.length).toBeGreaterThan(7 * MEBIBYTE);
  });
});

/** A request for a claim, padded with an unknown field to exactly `bytes`. */
function requestOf(bytes: number): Buffer {
  const claim = claimRequest();
  const padded = (size: number) => Buffer.concat([claim, delimited(15, Buffer.alloc(size))]);
  const request = padded(bytes - (padded(bytes).length - bytes));
  expect(request).toHaveLength(bytes);
  return request;
}

describe('a service does not start', () => {
  for (const option of ['address', 'httpAddress'] as const) {
    test(`when another program uses the port of its ${option}`, async () => {
      const other = createServer().listen(0, '127.0.0.1');
      closing.push(() => other.close());
      await once(other, 'listening');
      const taken = other.address();
      const address = `127.0.0.1:${typeof taken === 'object' && taken?.port}`;
      await expect(startService({ [option]: address })).rejects.toMatchObject({
        name: 'ServerError',
        code: 'CANNOT_LISTEN',
        message: expect.stringContaining(`${address}: the address is already in use`),
      });
      await service();
    });
  }

  for (const address of [
    '',
    'localhost',
    '127.0.0.1',
    '127.0.0.1:',
    '127.0.0.1:65536',
    '127.0.0.1:http',
    'http://127.0.0.1',
  ]) {
    for (const option of ['address', 'httpAddress'] as const) {
      test(`with the ${option} "${address}"`, async () => {
        await expect(startService({ [option]: address })).rejects.toMatchObject({ code: 'BAD_ADDRESS' });
      });
    }
  }
});

for (const [address, reason] of [
  [':0', 'all of IPv4'],
  ['localhost:0', 'a name'],
  ['[::1]:0', 'IPv6 in brackets'],
  ['::1:0', 'IPv6 without brackets'],
] as const) {
  test(`listens on ${address}: ${reason}`, async () => {
    const { port, httpPort } = await service({ address, httpAddress: address });
    const host = address.includes('::1') ? '[::1]' : '127.0.0.1';
    await call(client(`${host}:${port}`), claimRequest());
    expect((await fetch(`http://${address.startsWith('local') ? 'localhost' : host}:${httpPort}/readyz`)).status).toBe(
      200,
    );
  });
}

test('thousands of concurrent calls each get their own repositories', async () => {
  const { address } = await service({ level: 'info' });
  const callers = [client(address), client(address), client(address)];
  const names = Array.from({ length: 2_000 }, (_, index) => `app-${index}`);
  await Promise.all(
    names.map(async (name, index) => {
      const caller = callers[index % callers.length] ?? client(address);
      if (index % 10 === 9) {
        await expect(call(caller, GARBAGE)).rejects.toMatchObject({ code: status.INVALID_ARGUMENT });
        return;
      }
      const { meta, desired } = decodeResponse(await call(caller, claimRequest(name, { tag: name })));
      expect(meta.tag).toBe(name);
      expect(desired.composite?.resource).toMatchObject({
        status: { repositories: { image: { name: `tap/workloads/${name}-default` } } },
      });
    }),
  );
});
