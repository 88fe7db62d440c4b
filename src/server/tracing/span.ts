/** The place of a span in a trace, as in W3C Trace Context. */
export interface SpanContext {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
  readonly isSampled: boolean;
}

/** A span that has ended. */
export interface Span extends Pick<SpanContext, 'traceId' | 'spanId'> {
  readonly parentSpanId: string | undefined;
  readonly name: string;
  readonly kind: 'server' | 'client';
  /** Milliseconds since the epoch, with fractions. */
  readonly startMs: number;
  readonly endMs: number;
  /** The attributes; undefined ones are omitted. */
  readonly attributes: Readonly<Record<string, string | number | undefined>>;
  readonly isError: boolean;
}

const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-|$)/;
const MAX_TRACEPARENT = 256;

/** Reads a `traceparent` header (https://www.w3.org/TR/trace-context/#traceparent-header). Returns undefined for an invalid header. */
export function parseTraceparent(header: string): SpanContext | undefined {
  const [, traceId = '', spanId = '', flags = ''] = TRACEPARENT.exec(header.slice(0, MAX_TRACEPARENT)) ?? [];
  if (!/[^0]/.test(traceId) || !/[^0]/.test(spanId)) return undefined;
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

const KINDS = { server: 2, client: 3 };
const STATUS_ERROR = 2;

/** The maximum length of an attribute. Names of Kubernetes objects and of repositories are shorter. */
const MAX_ATTRIBUTE = 512;

/**
 * Returns the JSON of an ExportTraceServiceRequest
 * (https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto; in JSON, IDs are hexadecimal).
 */
export function exportRequest(
  spans: readonly Span[],
  resource: Readonly<Record<string, string>>,
  scope: { readonly name: string; readonly version: string },
): string {
  const encoded = spans.map((span) => ({
    traceId: span.traceId,
    spanId: span.spanId,
    ...(span.parentSpanId !== undefined && { parentSpanId: span.parentSpanId }),
    name: span.name,
    kind: KINDS[span.kind],
    startTimeUnixNano: nanoseconds(span.startMs),
    endTimeUnixNano: nanoseconds(span.endMs),
    attributes: attributesOf(span.attributes),
    status: span.isError ? { code: STATUS_ERROR } : {},
  }));
  return JSON.stringify({
    resourceSpans: [{ resource: { attributes: attributesOf(resource) }, scopeSpans: [{ scope, spans: encoded }] }],
  });
}

function attributesOf(attributes: Span['attributes']): object[] {
  return Object.entries(attributes).flatMap(([key, value]) => {
    if (value === undefined) return [];
    const text =
      typeof value === 'string' ? { stringValue: value.slice(0, MAX_ATTRIBUTE) } : { intValue: String(value) };
    return [{ key, value: text }];
  });
}

/** Converts milliseconds to nanoseconds, as text, since a number does not have enough digits. */
function nanoseconds(milliseconds: number): string {
  return `${Math.round(milliseconds * 1_000)}000`;
}
