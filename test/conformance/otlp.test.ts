import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { exportRequest, type Span } from '../../src/server/tracing/span.ts';
import { toolPath } from '../tools/index.ts';

// The decoder of the OpenTelemetry collector reads the exported spans, and prints the result.

const attributes = z.array(z.object({ key: z.string(), value: z.record(z.string(), z.unknown()) })).optional();

const decoded = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes }),
      scopeSpans: z.array(
        z.object({
          scope: z.record(z.string(), z.unknown()),
          spans: z.array(z.looseObject({ attributes })),
        }),
      ),
    }),
  ),
});

async function decode(text: string) {
  const running = promisify(execFile)(toolPath('otlp-decoder'));
  running.child.stdin?.end(text);
  return decoded.parse(JSON.parse((await running).stdout));
}

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const span: Span = {
  traceId: TRACE,
  spanId: '00f067aa0ba902b7',
  parentSpanId: 'b7ad6b7169203331',
  name: 'apiextensions.fn.proto.v1.FunctionRunnerService/RunFunction',
  kind: 'server',
  startMs: 1_795_713_164_798.123,
  endMs: 1_795_713_164_799.5,
  attributes: { 'rpc.grpc.status_code': 13, 'crossplane.claim.name': 'größe "x" 🚀\u2028', none: undefined },
  isError: true,
};
const scope = { name: 'function-workload-ecr', version: '1.2.3' };

test('the collector decodes every field of a span', async () => {
  const text = exportRequest([span], { 'service.name': 'function-workload-ecr' }, scope);
  const [{ resource, scopeSpans } = { resource: {}, scopeSpans: [] }] = (await decode(text)).resourceSpans;
  expect(resource.attributes).toEqual([{ key: 'service.name', value: { stringValue: 'function-workload-ecr' } }]);
  expect(scopeSpans[0]?.scope).toEqual(scope);
  expect(scopeSpans[0]?.spans).toEqual([
    expect.objectContaining({
      traceId: TRACE,
      spanId: span.spanId,
      parentSpanId: span.parentSpanId,
      name: span.name,
      kind: 2,
      startTimeUnixNano: '1795713164798123000',
      endTimeUnixNano: '1795713164799500000',
      attributes: [
        { key: 'rpc.grpc.status_code', value: { intValue: '13' } },
        { key: 'crossplane.claim.name', value: { stringValue: 'größe "x" 🚀\u2028' } },
      ],
      status: { code: 2 },
    }),
  ]);
});

test('the collector accepts a span without a parent, attributes or an error', async () => {
  const text = exportRequest(
    [{ ...span, kind: 'client', parentSpanId: undefined, attributes: {}, isError: false }],
    {},
    scope,
  );
  const found = (await decode(text)).resourceSpans[0]?.scopeSpans[0]?.spans[0];
  expect(found).toMatchObject({ kind: 3, status: {} });
  expect([undefined, '']).toContain(found?.parentSpanId);
});

test('the collector refuses an id that is not hexadecimal, which shows that it decodes', async () => {
  const text = exportRequest([{ ...span, traceId: 'not an id' }], {}, scope);
  await expect(decode(text)).rejects.toThrow(/traceId/i);
});
