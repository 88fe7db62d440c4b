import { afterEach, describe, expect, test } from 'vitest';
import { createGrpcCaller, type GrpcCaller } from '../../src/render/grpc-caller.ts';
import { freePort, type RunningFunction, serveFunction } from '../conformance/render/programs.ts';

const soon = () => new Date(Date.now() + 10_000);
const echo = (request: Uint8Array) => Buffer.concat([Buffer.from('re:'), request]);

describe('createGrpcCaller', () => {
  let server: RunningFunction | undefined;
  let caller: GrpcCaller | undefined;
  afterEach(async () => {
    caller?.close();
    await server?.stop();
  });

  for (const service of ['v1', 'v1beta1'] as const) {
    test(`calls a function that only supports ${service}`, async () => {
      server = await serveFunction(service, echo);
      caller = createGrpcCaller(soon());
      const response = await caller.call('f', server.address, Buffer.from('hello'));
      expect(Buffer.from(response).toString()).toBe('re:hello');
    });
  }

  test('waits for a function that is starting', async () => {
    const port = await freePort();
    caller = createGrpcCaller(soon());
    const call = caller.call('f', `127.0.0.1:${port}`, Buffer.from('hello'));
    server = await serveFunction('v1', echo, port);
    expect(Buffer.from(await call).toString()).toBe('re:hello');
  });

  test('fails at the deadline with the address', async () => {
    const target = `127.0.0.1:${await freePort()}`;
    caller = createGrpcCaller(new Date(Date.now() + 200));
    const call = caller.call('f', target, Buffer.from('hello'));
    await expect(call).rejects.toMatchObject({ code: 'TIMEOUT', message: expect.stringContaining(target) });
  });

  test('fails with the status of the function', async () => {
    server = await serveFunction('v1', () => {
      throw new Error('broken');
    });
    caller = createGrpcCaller(soon());
    const call = caller.call('f', server.address, Buffer.from('hello'));
    await expect(call).rejects.toMatchObject({
      code: 'FUNCTION_FAILED',
      message: expect.stringMatching(/^cannot run function f: .* answered INTERNAL: broken$/),
    });
  });
});
