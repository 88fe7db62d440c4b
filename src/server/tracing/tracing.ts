import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import type { FunctionResult, RunFunction } from '../../function/function.ts';
import { WireError } from '../../protocol/wire.ts';
import { CODES } from '../metrics/grpc.ts';
import { createExporter } from './exporter.ts';
import type { Sampling, TracingSettings } from './settings.ts';
import { parseTraceparent, type Span, type SpanContext } from './span.ts';

/** A call that is about to run. */
export interface TracedCall {
  readonly service: string;
  /** The caller's `traceparent`, if it sent one. */
  readonly traceparent: string | undefined;
}

/** A fetch that has ended. */
export interface TracedFetch {
  readonly registry: string;
  readonly repository: string;
  readonly outcome: string;
  /** The duration; undefined for a fetch that never started, which is not recorded. */
  readonly seconds: number | undefined;
}

/** Records traces: a span for each call, and a child span for each fetch that the call began. */
export interface Tracing {
  run(run: RunFunction, request: Parameters<RunFunction>[0], call: TracedCall): Promise<FunctionResult>;
  /** Records a fetch. Must be called in the asynchronous context of the call that began it. */
  fetched(fetch: TracedFetch): void;
  /** Sends the remaining spans. */
  stop(): Promise<void>;
}

const SCOPE = 'function-workload-ecr';
/** The outcomes of fetches that are not errors. */
const SUCCESSES = ['Fetched', 'Unchanged'];

/** Creates a recorder of traces. */
export function createTracing(settings: TracingSettings, version: string, logger: Logger): Tracing {
  const exporter = createExporter(settings, { name: SCOPE, version }, logger);
  const current = new AsyncLocalStorage<SpanContext>();
  return {
    async run(run, request, { service, traceparent }) {
      const parent = traceparent === undefined ? undefined : parseTraceparent(traceparent);
      const context = childOf(parent, settings.sampling);
      if (!context.isSampled) return current.run(context, () => run(request));
      const startMs = clock();
      const end = (code: (typeof CODES)[number], result?: FunctionResult) => {
        exporter.add({
          ...context,
          parentSpanId: parent?.spanId,
          name: `${service}/RunFunction`,
          kind: 'server',
          startMs,
          endMs: clock(),
          attributes: { ...callAttributes(service, CODES.indexOf(code)), ...(result && subjectAttributes(result)) },
          isError: code === 'Internal',
        });
      };
      try {
        const result = await current.run(context, () => run(request));
        end('OK', result);
        return result;
      } catch (error) {
        end(error instanceof WireError ? 'InvalidArgument' : 'Internal');
        throw error;
      }
    },
    fetched({ registry, repository, outcome, seconds }) {
      if (seconds === undefined) return;
      const parent = current.getStore();
      const context = childOf(parent, settings.sampling);
      if (!context.isSampled) return;
      const endMs = clock();
      exporter.add({
        ...context,
        parentSpanId: parent?.spanId,
        name: 'fetch',
        kind: 'client',
        startMs: endMs - seconds * 1_000,
        endMs,
        attributes: {
          'server.address': registry,
          'workload_ecr.repository': repository,
          'workload_ecr.outcome': outcome,
        },
        isError: !SUCCESSES.includes(outcome),
      });
    },
    stop: exporter.stop,
  };
}

/** Returns milliseconds since the epoch, with fractions, from a monotonic clock. */
function clock(): number {
  return performance.timeOrigin + performance.now();
}

function childOf(parent: SpanContext | undefined, { followsParent, ratio }: Sampling): SpanContext {
  const traceId = parent?.traceId ?? randomBytes(16).toString('hex');
  const isSampled = parent !== undefined && followsParent ? parent.isSampled : isInRatio(traceId, ratio);
  return { traceId, spanId: randomBytes(8).toString('hex'), isSampled };
}

/** Decides by the trace ID, so that all participants in a trace make the same decision. */
function isInRatio(traceId: string, ratio: number): boolean {
  return Number.parseInt(traceId.slice(-13), 16) / 2 ** 52 < ratio;
}

// Uses the names of https://opentelemetry.io/docs/specs/semconv/rpc/grpc/.
function callAttributes(service: string, code: number): Span['attributes'] {
  return { 'rpc.system': 'grpc', 'rpc.service': service, 'rpc.method': 'RunFunction', 'rpc.grpc.status_code': code };
}

function subjectAttributes({ summary: { composite, resources } }: FunctionResult): Span['attributes'] {
  return {
    'crossplane.composite.kind': composite?.kind,
    'crossplane.composite.namespace': composite?.namespace,
    'crossplane.composite.name': composite?.name,
    'crossplane.claim.kind': composite?.claim?.kind,
    'crossplane.claim.namespace': composite?.claim?.namespace,
    'crossplane.claim.name': composite?.claim?.name,
    'workload_ecr.resources': resources,
  };
}
