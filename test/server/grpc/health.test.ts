import { once } from 'node:events';
import {
  type Client,
  type ClientReadableStream,
  Server,
  ServerCredentials,
  type ServerWritableStream,
  status,
} from '@grpc/grpc-js';
import protobuf from 'protobufjs';
import { afterEach, describe, expect, test } from 'vitest';
import { createHealth, healthService } from '../../../src/server/grpc/health.ts';
import { connect, startService } from '../service.ts';

const { root } = protobuf.parse(`
  syntax = "proto3";
  package grpc.health.v1;
  message HealthCheckRequest { string service = 1; }
  message HealthCheckResponse {
    enum ServingStatus { UNKNOWN = 0; SERVING = 1; NOT_SERVING = 2; SERVICE_UNKNOWN = 3; }
    ServingStatus status = 1;
  }`);
const Request = root.lookupType('grpc.health.v1.HealthCheckRequest');
const Response = root.lookupType('grpc.health.v1.HealthCheckResponse');

const encode = (service: string) => Buffer.from(Request.encode({ service }).finish());
const decode = (bytes: Buffer): string => Response.toObject(Response.decode(bytes), { enums: String }).status;

const SERVICES = [
  '',
  'apiextensions.fn.proto.v1.FunctionRunnerService',
  'apiextensions.fn.proto.v1beta1.FunctionRunnerService',
];

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function service() {
  const started = await startService();
  const client = connect(started.address);
  closing.push(
    () => started.stop(0),
    () => client.close(),
  );
  return { ...started, client };
}

function check(client: Client, service: string): Promise<string> {
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest('/grpc.health.v1.Health/Check', encode, decode, service, (error, answer) => {
      if (error || answer === undefined) reject(error ?? new Error('no answer'));
      else resolve(answer);
    });
  });
}

function watch(client: Client, service: string): ClientReadableStream<string> {
  return client.makeServerStreamRequest('/grpc.health.v1.Health/Watch', encode, decode, service);
}

describe('Check', () => {
  for (const name of SERVICES) {
    test(`returns SERVING for "${name}"`, async () => {
      expect(await check((await service()).client, name)).toBe('SERVING');
    });
  }

  test('returns NOT_FOUND for another service', async () => {
    await expect(check((await service()).client, 'Sérvice')).rejects.toMatchObject({ code: status.NOT_FOUND });
  });
});

describe('Watch', () => {
  for (const { name, first, last } of [
    ...SERVICES.map((name) => ({ name, first: 'SERVING', last: ['NOT_SERVING'] })),
    { name: 'other', first: 'SERVICE_UNKNOWN', last: [] },
  ]) {
    test(`of "${name}" sends ${first}, and ${last.join() || 'nothing else'} before the stream ends when the service stops`, async () => {
      const { client, stop } = await service();
      const stream = watch(client, name);
      const [answer] = await once(stream, 'data');
      const rest: string[] = [];
      stream.on('data', (more: string) => rest.push(more));
      const ended = once(stream, 'end');
      await stop(15_000);
      await ended;
      expect([answer, rest]).toEqual([first, last]);
    });
  }

  test('by a client that never reads does not delay the stop', async () => {
    const { client, stop } = await service();
    const stream = watch(client, '');
    // On newer Nodes the connection may be gone before the stream has ended.
    stream.on('error', () => undefined);
    stream.pause();
    await once(stream, 'metadata');
    // Longer than a test may take: a stop that waits for the client fails.
    await stop(600_000);
  });
});

test('watchers that cancel or lose their connection are removed', async () => {
  const health = createHealth([]);
  const calls: ServerWritableStream<{ service: string }, Buffer>[] = [];
  const server = new Server();
  closing.push(() => server.forceShutdown());
  server.addService(healthService, {
    Check: health.Check,
    Watch: (call: ServerWritableStream<{ service: string }, Buffer>) => {
      calls.push(call);
      health.Watch(call);
    },
  });
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  const [stays, cancels, breaks] = [
    connect(`127.0.0.1:${port}`),
    connect(`127.0.0.1:${port}`),
    connect(`127.0.0.1:${port}`),
  ];
  closing.push(
    () => stays.close(),
    () => cancels.close(),
  );
  const streams = [];
  for (const client of [stays, cancels, breaks]) {
    const stream = watch(client, '');
    stream.on('error', () => undefined);
    await once(stream, 'data');
    streams.push(stream);
  }
  const gone = calls.slice(1).map((call) => once(call, 'cancelled'));
  streams[1]?.cancel();
  streams[2]?.cancel();
  breaks.close();
  await Promise.all(gone);
  health.stop();
  expect(calls.map((call) => call.writableEnded)).toEqual([true, false, false]);
});
