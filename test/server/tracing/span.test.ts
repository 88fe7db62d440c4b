import { expect, test } from 'vitest';
import { exportRequest, parseTraceparent } from '../../../src/server/tracing/span.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

// The cases of https://www.w3.org/TR/trace-context/#traceparent-header.
test.each([
  [`00-${TRACE}-${SPAN}-01`, { traceId: TRACE, spanId: SPAN, isSampled: true }],
  [`00-${TRACE}-${SPAN}-00`, { traceId: TRACE, spanId: SPAN, isSampled: false }],
  [`cc-${TRACE}-${SPAN}-03-of-the-future`, { traceId: TRACE, spanId: SPAN, isSampled: true }],
  [`ff-${TRACE}-${SPAN}-01`, undefined],
  [`00-${'0'.repeat(32)}-${SPAN}-01`, undefined],
  [`00-${TRACE}-${'0'.repeat(16)}-01`, undefined],
  [`00-${TRACE.toUpperCase()}-${SPAN}-01`, undefined],
  [`00-${TRACE}-${SPAN}-011`, undefined],
  ['', undefined],
  ['0'.repeat(100_000), undefined],
])('the traceparent %s', (header, want) => {
  expect(parseTraceparent(header)).toEqual(want);
});

test('times have a precision of a microsecond, and attributes have a maximum size', () => {
  const json = exportRequest(
    [
      {
        traceId: TRACE,
        spanId: SPAN,
        parentSpanId: undefined,
        name: 'x',
        kind: 'server',
        startMs: 1_795_713_164_798.123,
        endMs: 1_795_713_164_798.5,
        attributes: { long: 'y'.repeat(10_000), none: undefined, number: 7 },
        isError: false,
      },
    ],
    {},
    { name: 's', version: '1' },
  );
  const [span] = JSON.parse(json).resourceSpans[0].scopeSpans[0].spans;
  expect(span).toMatchObject({ startTimeUnixNano: '1795713164798123000', endTimeUnixNano: '1795713164798500000' });
  expect(span.attributes).toEqual([
    { key: 'long', value: { stringValue: 'y'.repeat(512) } },
    { key: 'number', value: { intValue: '7' } },
  ]);
});
