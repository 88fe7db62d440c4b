import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { credentials, status } from '@grpc/grpc-js';
import { describe, expect, test } from 'vitest';
import { decodeResponse } from '../../src/protocol/caller/decode-response.ts';
import { startProgram } from '../program.ts';
import { delimited } from '../protocol/arbitraries.ts';
import { makeAuthority, makeIdentity } from '../server/make-certificates.ts';
import { samplesOf } from '../server/metrics/samples.ts';
import { call, claimRequest, fetchingRequest, GARBAGE, MEBIBYTE } from '../server/service.ts';
import { startCollector } from '../server/tracing/collector.ts';
import { FREE, serveSetup } from './serve-setup.ts';

const { closing, serve, client } = serveSetup();

describe('serve', () => {
  for (const args of [['serve', '--insecure'], ['--insecure']]) {
    test(`starts with "${args.join(' ')}"`, async () => {
      const { address, http, tls, log } = await serve(args);
      expect(decodeResponse(await call(client(address), claimRequest())).meta.tag).toBe('a-tag');
      expect(await (await fetch(`${http}/readyz`)).text()).toBe('ok\n');
      expect(tls).toBe(false);
      expect(log.lines).toHaveLength(1);
    });
  }

  for (const flag of ['--debug', '-d', '--log-level=debug']) {
    test(`logs each call with ${flag}`, async () => {
      const { address, log } = await serve(['--insecure', flag]);
      await call(client(address), claimRequest());
      expect(await log.line('ran function')).toMatchObject({ composite: { name: 'example-app-repos-x7x2x' } });
    });
  }

  test('logs text lines with --log-format text', async () => {
    const { process: running, ended } = startProgram(['--insecure', '--log-format', 'text', ...FREE]);
    closing.push(() => {
      running.kill('SIGKILL');
      return ended;
    });
    const [line] = await once(running.stdout, 'data');
    expect(String(line)).toMatch(/^\d{4}-\S+Z INFO {2}serving port=\d+ httpPort=\d+ tls=false\n$/);
  });

  test('exports a span for a call and one for the fetch that it starts, if the environment enables it', async () => {
    const collector = await startCollector();
    closing.push(() => collector.close());
    const { address, http, log } = await serve(['--insecure'], {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_BSP_SCHEDULE_DELAY: '10',
    });
    expect(await log.line('exporting traces')).toMatchObject({ endpoint: `${collector.url}/v1/traces` });
    await call(client(address), fetchingRequest());
    const spans = await collector.received(2);
    const [run, fetched] = ['apiextensions.fn.proto.v1.FunctionRunnerService/RunFunction', 'fetch'].map((name) =>
      spans.find((span) => span.name === name),
    );
    expect(fetched).toMatchObject({
      traceId: run?.traceId,
      parentSpanId: run?.spanId,
      attributes: { 'server.address': 'registry.invalid', 'workload_ecr.outcome': 'FetchFailed' },
    });
    const found = samplesOf(await (await fetch(`${http}/metrics`)).text());
    expect(found.get('function_workload_ecr_fetches_total{registry="other",outcome="FetchFailed"}')).toBe(1);
    expect([...found.keys()].filter((name) => name.includes('registry.invalid'))).toEqual([]);
  });

  test('creates the folder of its content cache', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'content-'));
    closing.push(() => rm(folder, { recursive: true }));
    const { address } = await serve(['--insecure', '--content-cache-dir', join(folder, 'a', 'b')]);
    await call(client(address), claimRequest());
    expect(readdirSync(join(folder, 'a', 'b'))).toEqual([]);
  });

  test('continues after a malformed request', async () => {
    const { address } = await serve(['--insecure']);
    const caller = client(address);
    for (let calls = 0; calls < 20; calls++) {
      await expect(call(caller, GARBAGE)).rejects.toMatchObject({ code: status.INVALID_ARGUMENT });
    }
    await call(caller, claimRequest());
  });

  for (const { name, args, env, taken, refused } of [
    { name: '16 MiB by default', args: [], env: {}, taken: 15.9, refused: 16.1 },
    { name: '--max-recv-message-size', args: ['--max-recv-message-size', '1'], env: {}, taken: 0.9, refused: 1.1 },
    { name: 'a fraction of a MiB', args: ['--max-recv-message-size=0.5'], env: {}, taken: 0.4, refused: 0.6 },
    {
      name: 'the size in the environment',
      args: [],
      env: { FUNCTION_WORKLOAD_ECR_MAX_RECV_MESSAGE_SIZE: '2' },
      taken: 1.9,
      refused: 2.1,
    },
    {
      name: 'the flag, which takes precedence over the environment',
      args: ['--max-recv-message-size', '1'],
      env: { FUNCTION_WORKLOAD_ECR_MAX_RECV_MESSAGE_SIZE: '2' },
      taken: 0.9,
      refused: 1.1,
    },
  ]) {
    test(`accepts messages up to ${name}`, async () => {
      const { address } = await serve(['--insecure', ...args], env);
      const padding = (mebibytes: number) => delimited(15, Buffer.alloc(mebibytes * MEBIBYTE));
      const caller = client(address);
      await call(caller, Buffer.concat([claimRequest(), padding(taken)]));
      await expect(call(caller, padding(refused))).rejects.toMatchObject({ code: status.RESOURCE_EXHAUSTED });
    });
  }

  for (const how of ['flag', 'environment'] as const) {
    test(`requires client certificates with the folder from the ${how}`, async () => {
      const authority = makeAuthority('authority');
      const folder = await certificateFolder(authority, makeIdentity('server', authority));
      const { address, tls } = await (how === 'flag'
        ? serve(['--tls-certs-dir', folder])
        : serve([], { TLS_SERVER_CERTS_DIR: folder }));
      expect(tls).toBe(true);
      const ca = Buffer.from(authority.certificate);
      const { key, certificate } = makeIdentity('client', authority);
      await call(
        client(address, credentials.createSsl(ca, Buffer.from(key), Buffer.from(certificate))),
        claimRequest(),
      );
      const refused = { code: status.UNAVAILABLE };
      await expect(call(client(address, credentials.createSsl(ca)), claimRequest())).rejects.toMatchObject(refused);
      await expect(call(client(address), claimRequest())).rejects.toMatchObject(refused);
    });
  }

  test('serves without TLS with --insecure, regardless of the folder in the environment', async () => {
    const { address, tls } = await serve(['--insecure'], { TLS_SERVER_CERTS_DIR: '/no/such/folder' });
    expect(tls).toBe(false);
    await call(client(address), claimRequest());
  });
});

async function certificateFolder(authority: { certificate: string }, server: { certificate: string; key: string }) {
  const folder = await mkdtemp(join(tmpdir(), 'certificates-'));
  closing.push(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'tls.crt'), server.certificate);
  await writeFile(join(folder, 'tls.key'), server.key);
  await writeFile(join(folder, 'ca.crt'), authority.certificate);
  return folder;
}

describe('serve exits with code 1 and one line', () => {
  for (const { name, args, env = {}, line } of [
    {
      name: 'with neither certificates nor --insecure',
      args: FREE,
      line: 'no credentials: use --tls-certs-dir (or TLS_SERVER_CERTS_DIR) for mutual TLS, or --insecure to serve without TLS',
    },
    {
      name: 'with an empty folder name',
      args: FREE,
      env: { TLS_SERVER_CERTS_DIR: '' },
      line: 'no credentials: use --tls-certs-dir',
    },
    {
      name: 'without the certificate files',
      args: [...FREE, '--tls-certs-dir', '/no/such'],
      line: 'cannot read /no/such/',
    },
    {
      name: 'with an invalid address',
      args: ['--insecure', '--address', 'x'],
      line: 'invalid --address "x": must be HOST:PORT, such as 0.0.0.0:9443',
    },
    {
      name: 'with an invalid size',
      args: ['--insecure', '--max-recv-message-size', '0'],
      line: "'0' is invalid. It must be a number of MiB above 0 and below 2048.",
    },
    {
      name: 'with a size over the limit',
      args: ['--insecure', '--max-recv-message-size', '2048'],
      line: "'2048' is invalid.",
    },
    {
      name: 'with a size that is not a number',
      args: ['--insecure', '--max-recv-message-size', '4MB'],
      line: "'4MB' is invalid.",
    },
    {
      name: 'with an invalid size in the environment',
      args: ['--insecure'],
      env: { FUNCTION_WORKLOAD_ECR_MAX_RECV_MESSAGE_SIZE: '' },
      line: "from env 'FUNCTION_WORKLOAD_ECR_MAX_RECV_MESSAGE_SIZE' is invalid.",
    },
    {
      name: 'with a limit of bytes in flight below two of the largest requests',
      args: ['--insecure', '--max-bytes-in-flight', '16Mi'],
      line: 'it must be at least twice --max-recv-message-size, which is 16 MiB',
    },
    {
      name: 'with a content cache that is a file',
      args: ['--insecure', '--content-cache-dir', import.meta.filename],
      line: `cannot store fetched packages in ${import.meta.filename}`,
    },
    {
      name: 'with a content cache below a file',
      args: ['--insecure', '--content-cache-dir', join(import.meta.filename, 'x')],
      line: 'a part of the path is not a folder',
    },
    {
      name: 'with a read-only content cache',
      args: ['--insecure', '--content-cache-dir', '/sys/no-such-folder'],
      line: 'cannot store fetched packages in /sys/no-such-folder',
    },
    {
      name: 'with a content cache in a read-only folder',
      args: ['--insecure', '--content-cache-dir', '/proc/no-such-folder'],
      line: 'cannot store fetched packages in /proc/no-such-folder: no folder can be created in /proc',
    },
    {
      name: 'with an unsupported protocol for traces',
      args: ['--insecure'],
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4317', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
      line: 'invalid OTEL_EXPORTER_OTLP_PROTOCOL "grpc": must be http/json, which collectors accept on port 4318',
    },
    { name: 'with an operand', args: ['serve', 'x', '--insecure'], line: 'too many arguments' },
  ]) {
    test(name, async () => {
      const { code, stdout, stderr } = await startProgram(args, env).ended;
      expect(stderr).toContain(line);
      expect({ code, stdout, lines: stderr.trimEnd().split('\n').length }).toEqual({ code: 1, stdout: '', lines: 1 });
    });
  }

  for (const option of ['--address', '--http-address']) {
    test(`when another program listens on its ${option}`, async () => {
      const other = createServer().listen(0, '127.0.0.1');
      closing.push(() => other.close());
      await once(other, 'listening');
      const taken = other.address();
      const address = `127.0.0.1:${typeof taken === 'object' && taken?.port}`;
      const { code, stderr } = await startProgram(['--insecure', ...FREE, option, address]).ended;
      const line = `function-workload-ecr: cannot listen on ${address}: the address is already in use; choose another with ${option}\n`;
      expect({ code, stderr }).toEqual({ code: 1, stderr: line });
    });
  }
});

test('memory does not grow with the number of calls', { timeout: 180_000 }, async () => {
  const { address, http } = await serve(['--insecure'], { NODE_OPTIONS: '--max-old-space-size=48' });
  const caller = client(address);
  const padding = delimited(3, delimited(15, Buffer.alloc(100_000)));
  const round = async () => {
    for (let batch = 0; batch < 12; batch++) {
      const calls = Array.from({ length: 50 }, (_, index) =>
        call(caller, Buffer.concat([claimRequest(`app-${batch}-${index}`), padding])),
      );
      await Promise.all(calls);
    }
    const metrics = await (await fetch(`${http}/metrics`)).text();
    return Number(/^process_resident_memory_bytes (\d+)$/m.exec(metrics)?.[1]) / MEBIBYTE;
  };
  const first = await round();
  await round();
  // Each round sends and receives 60 MiB.
  expect((await round()) - first).toBeLessThan(50);
});
