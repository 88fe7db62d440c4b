import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { json } from 'node:stream/consumers';
import * as z from 'zod';

// Strict, field by field, as the JSON encoding of OTLP has them:
// https://github.com/open-telemetry/opentelemetry-proto/blob/main/examples/trace.json

const attribute = z.strictObject({
  key: z.string().min(1),
  value: z.union([
    z.strictObject({ stringValue: z.string() }),
    z.strictObject({ intValue: z.string().regex(/^-?\d+$/) }),
  ]),
});
const nanoseconds = z.string().regex(/^\d{19}$/);

const exportRequest = z.strictObject({
  resourceSpans: z.array(
    z.strictObject({
      resource: z.strictObject({ attributes: z.array(attribute) }),
      scopeSpans: z.array(
        z.strictObject({
          scope: z.strictObject({ name: z.string(), version: z.string() }),
          spans: z.array(
            z.strictObject({
              traceId: z.string().regex(/^[0-9a-f]{32}$/),
              spanId: z.string().regex(/^[0-9a-f]{16}$/),
              parentSpanId: z
                .string()
                .regex(/^[0-9a-f]{16}$/)
                .optional(),
              name: z.string().min(1),
              kind: z.int().min(1).max(5),
              startTimeUnixNano: nanoseconds,
              endTimeUnixNano: nanoseconds,
              attributes: z.array(attribute),
              status: z.strictObject({ code: z.int().min(0).max(2).optional() }),
            }),
          ),
        }),
      ),
    }),
  ),
});

type Attributes = Readonly<Record<string, string>>;

/** A span as the collector received it. */
export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string | undefined;
  readonly name: string;
  readonly kind: number;
  readonly seconds: number;
  readonly attributes: Attributes;
  readonly resource: Attributes;
  readonly isError: boolean;
}

/** A collector on a free port, and the spans and requests that it has received. */
export interface Collector {
  readonly url: string;
  readonly spans: ReceivedSpan[];
  readonly requests: { readonly path: string; readonly headers: IncomingHttpHeaders }[];
  /** Statuses of the next responses; then 200. */
  readonly statuses: number[];
  /** Resolves once it has so many spans. */
  received(count: number): Promise<readonly ReceivedSpan[]>;
  close(): void;
}

/** Starts a {@link Collector}, which decodes requests and returns 400 if they are not OTLP in JSON. */
export async function startCollector(): Promise<Collector> {
  const spans: ReceivedSpan[] = [];
  const requests: Collector['requests'] = [];
  const statuses: number[] = [];
  const server = createServer(async (request, response) => {
    requests.push({ path: request.url ?? '', headers: request.headers });
    const parsed = exportRequest.safeParse(await json(request));
    const status = parsed.success ? (statuses.shift() ?? 200) : 400;
    if (parsed.success && status === 200) spans.push(...spansIn(parsed.data));
    response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
    server.emit('spans');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    spans,
    requests,
    statuses,
    async received(count) {
      while (spans.length < count) await once(server, 'spans');
      return spans;
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function spansIn({ resourceSpans }: z.infer<typeof exportRequest>): ReceivedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap((scope) =>
      scope.spans.map(({ startTimeUnixNano, endTimeUnixNano, attributes, status, ...span }) => ({
        ...span,
        seconds: Number(BigInt(endTimeUnixNano) - BigInt(startTimeUnixNano)) / 1e9,
        attributes: recordOf(attributes),
        resource: recordOf(resource.attributes),
        isError: status.code === 2,
      })),
    ),
  );
}

function recordOf(attributes: readonly z.infer<typeof attribute>[]): Attributes {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [key, 'stringValue' in value ? value.stringValue : value.intValue]),
  );
}
