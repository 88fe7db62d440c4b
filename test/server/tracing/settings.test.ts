import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Environment } from '../../../src/internal/environment.ts';
import { isTracingEnabled } from '../../../src/server/tracing/enabled.ts';
import { readTracingSettings } from '../../../src/server/tracing/settings.ts';

const work = mkdtempSync(join(tmpdir(), 'tracing-'));
afterAll(() => rmSync(work, { recursive: true }));

test.each<[Environment, boolean]>([
  [{}, false],
  [{ OTEL_SERVICE_NAME: 'x' }, false],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: '' }, false],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318' }, true],
  [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://c:4318/v1/traces' }, true],
  [{ OTEL_TRACES_EXPORTER: 'otlp' }, true],
  [{ OTEL_TRACES_EXPORTER: 'none', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318' }, false],
  [{ OTEL_SDK_DISABLED: 'TRUE', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318' }, false],
])('%j enables traces: %s', (env, want) => {
  expect(isTracingEnabled(env)).toBe(want);
});

describe('settings', () => {
  test.each([
    [{}, 'http://localhost:4318/v1/traces'],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318' }, 'http://c:4318/v1/traces'],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'https://c/otel/' }, 'https://c/otel/v1/traces'],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://c/own', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://d' }, 'http://c/own'],
  ])('of %j use the endpoint %s', async (env, want) => {
    expect((await readTracingSettings(env, '1.0.0')).endpoint.href).toBe(want);
  });

  test('have defaults', async () => {
    expect(await readTracingSettings({}, '1.0.0')).toMatchObject({
      headers: {},
      timeoutMs: 10_000,
      tls: {},
      attributes: { 'service.name': 'function-workload-ecr', 'service.version': '1.0.0' },
      sampling: { ratio: 1, followsParent: true },
      delayMs: 5_000,
      maxQueued: 2_048,
      maxBatch: 512,
    });
  });

  test('are read from the variables; those for traces take precedence', async () => {
    writeFileSync(join(work, 'ca.pem'), 'a certificate');
    const env = {
      OTEL_EXPORTER_OTLP_HEADERS: 'x=other',
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: ' authorization = Bearer%20abc= ,b=2,',
      OTEL_EXPORTER_OTLP_TIMEOUT: '250',
      OTEL_EXPORTER_OTLP_CERTIFICATE: join(work, 'ca.pem'),
      OTEL_RESOURCE_ATTRIBUTES: 'k8s.namespace.name=a,service.name=from-list',
      OTEL_SERVICE_NAME: 'own',
      OTEL_TRACES_SAMPLER: 'traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0.25',
      OTEL_BSP_SCHEDULE_DELAY: '10',
    };
    expect(await readTracingSettings(env, '1.0.0')).toMatchObject({
      headers: { authorization: 'Bearer abc=', b: '2' },
      timeoutMs: 250,
      tls: { ca: Buffer.from('a certificate') },
      attributes: { 'service.name': 'own', 'k8s.namespace.name': 'a' },
      sampling: { ratio: 0.25, followsParent: false },
      delayMs: 10,
    });
  });

  test.each([
    [{ OTEL_TRACES_EXPORTER: 'zipkin' }, 'invalid OTEL_TRACES_EXPORTER "zipkin": must be otlp or none'],
    [
      { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
      'invalid OTEL_EXPORTER_OTLP_PROTOCOL "grpc": must be http/json, which collectors accept on port 4318',
    ],
    [
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317' },
      'invalid OTEL_EXPORTER_OTLP_ENDPOINT "collector:4317": must be a URL such as http://collector.example:4318',
    ],
    [
      { OTEL_TRACES_SAMPLER: 'jaeger_remote' },
      'invalid OTEL_TRACES_SAMPLER "jaeger_remote": must be always_on, always_off, traceidratio, or one of them after parentbased_',
    ],
    [{ OTEL_TRACES_SAMPLER_ARG: '2' }, 'invalid OTEL_TRACES_SAMPLER_ARG "2": must be at most 1'],
    [{ OTEL_BSP_SCHEDULE_DELAY: 'soon' }, 'invalid OTEL_BSP_SCHEDULE_DELAY "soon": must be a non-negative number'],
    [
      { OTEL_EXPORTER_OTLP_HEADERS: 'a secret' },
      'invalid OTEL_EXPORTER_OTLP_HEADERS: must be a list such as name=value,other=value',
    ],
    [
      { OTEL_EXPORTER_OTLP_HEADERS: 'a=%zz' },
      'invalid OTEL_EXPORTER_OTLP_HEADERS: must be a list such as name=value,other=value',
    ],
  ])('are refused for %j', async (env, message) => {
    await expect(readTracingSettings(env, '1.0.0')).rejects.toMatchObject({ code: 'BAD_TRACING', message });
  });

  test('are refused with a certificate that does not exist', async () => {
    const env = { OTEL_EXPORTER_OTLP_CERTIFICATE: join(work, 'absent') };
    await expect(readTracingSettings(env, '1.0.0')).rejects.toMatchObject({
      code: 'BAD_TRACING',
      message: expect.stringMatching(
        /^cannot read \S+absent, the file of OTEL_EXPORTER_OTLP_CERTIFICATE: no such file or folder$/,
      ),
    });
  });
});
