import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Logger } from 'pino';
import { printable } from '../../internal/quote.ts';
import { reasonOf } from '../../internal/reason.ts';
import type { TracingSettings } from './settings.ts';
import { exportRequest, type Span } from './span.ts';

/** Sends spans to a collector, asynchronously and in batches. */
export interface SpanExporter {
  add(span: Span): void;
  /** Sends the remaining spans, then stops. */
  stop(): Promise<void>;
}

/** Statuses after which the same request may succeed later (https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes). */
const RETRYABLE = [429, 502, 503, 504];
const REPORT_MS = 60_000;

/**
 * Creates an exporter of OTLP over HTTP in JSON, which collectors accept on the port of http/protobuf. OpenTelemetry's SDK is not used,
 * since it would add a dozen packages for two kinds of spans: version 3 requires Node 22.15, which is newer than the oldest supported
 * version, and version 2 is not compatible with the API that prom-client depends on. If the collector does not respond, only the spans that
 * exceed the queue are lost.
 */
export function createExporter(
  settings: TracingSettings,
  scope: { readonly name: string; readonly version: string },
  logger: Logger,
): SpanExporter {
  const { maxQueued, maxBatch, delayMs } = settings;
  const losses = lossReporter(settings, logger);
  let queue: Span[] = [];
  let running: Promise<void> | undefined;
  const timer = setInterval(() => void flush(), Math.max(delayMs, 1)).unref();

  /** Sends one batch. Resolves to false if no more batches should be sent for now. */
  async function sendBatch(): Promise<boolean> {
    const batch = queue.slice(0, Math.max(maxBatch, 1));
    queue = queue.slice(batch.length);
    try {
      const status = await post(settings, exportRequest(batch, settings.attributes, scope));
      if (status >= 200 && status < 300) return true;
      if (RETRYABLE.includes(status)) queue = [...batch, ...queue].slice(0, maxQueued);
      else losses.add(batch.length);
      losses.report(`the collector returned status ${status}`);
    } catch (error) {
      queue = [...batch, ...queue].slice(0, maxQueued);
      losses.report(reasonOf(error));
    }
    return false;
  }

  async function sendAll(): Promise<void> {
    while (queue.length > 0 && (await sendBatch()));
  }

  function flush(): Promise<void> {
    running ??= sendAll().finally(() => {
      running = undefined;
    });
    return running;
  }

  return {
    add(span) {
      if (queue.length >= maxQueued) return losses.add(1);
      queue.push(span);
      if (queue.length === maxBatch) void flush();
    },
    async stop() {
      clearInterval(timer);
      await running;
      await flush();
    },
  };
}

/** Counts lost spans, and logs errors together with that count, at most once in {@link REPORT_MS}. */
function lossReporter(
  { endpoint }: TracingSettings,
  logger: Logger,
): { add(spans: number): void; report(reason: string): void } {
  let lost = 0;
  let reportedAt = Number.NEGATIVE_INFINITY;
  return {
    add(spans) {
      lost += spans;
    },
    report(reason) {
      if (Date.now() - reportedAt < REPORT_MS) return;
      reportedAt = Date.now();
      logger.warn({ endpoint: endpoint.host, reason: printable(reason), lost }, 'cannot export traces');
      lost = 0;
    },
  };
}

/** Posts JSON and returns the status of the response. */
function post({ endpoint, headers, timeoutMs, tls }: TracingSettings, body: string): Promise<number> {
  const request = endpoint.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const sent = request(
      endpoint,
      {
        ...tls,
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        signal: AbortSignal.timeout(timeoutMs),
      },
      (response) => {
        response.on('error', reject);
        // The body is ignored.
        response.resume();
        resolve(response.statusCode ?? 0);
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}
