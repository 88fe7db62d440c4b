import { type Metadata, type ServiceDefinition, status } from '@grpc/grpc-js';
import type { Logger } from 'pino';
import { type CallSummary, compositeIn, type RunFunction } from '../../function/function.ts';
import type { CompositeIdentity } from '../../function/observed/composite.ts';
import { printable } from '../../internal/quote.ts';
import { Severity } from '../../protocol/messages.ts';
import { WireError } from '../../protocol/wire.ts';
import type { ServiceMetrics } from '../metrics/service.ts';
import type { Tracing } from '../tracing/tracing.ts';

/** The names of FunctionRunnerService in the versions that Crossplane calls. Their messages are the same. */
export const SERVICE_NAMES = [
  'apiextensions.fn.proto.v1.FunctionRunnerService',
  'apiextensions.fn.proto.v1beta1.FunctionRunnerService',
];

/** A request that its handler removes: grpc-js retains the message as long as the HTTP/2 stream, which outlives the call. */
interface Held {
  request: Buffer;
}

const TAKEN = Buffer.alloc(0);

const pathOf = (service: string) => `/${service}/RunFunction`;

/** Returns the definition of the service `name`. Messages are passed on as bytes, undecoded. */
export function functionService(name: string): ServiceDefinition {
  const pass = (bytes: Buffer) => bytes;
  return {
    RunFunction: {
      path: pathOf(name),
      requestStream: false,
      responseStream: false,
      requestSerialize: pass,
      requestDeserialize: (request: Buffer): Held => ({ request }),
      responseSerialize: pass,
      responseDeserialize: pass,
    },
  };
}

/** Options of {@link runFunction}. */
export interface RunFunctionOptions {
  /** The name of the service that has the method. */
  readonly service: string;
  readonly run: RunFunction;
  readonly metrics: ServiceMetrics;
  readonly logger: Logger;
  readonly tracing?: Pick<Tracing, 'run'> | undefined;
}

type Callback = (error: { code: number; details: string } | null, response?: Buffer) => void;

/**
 * Handles RunFunction calls. A gRPC status other than OK means that the request is malformed or that an internal error occurred. An invalid
 * claim is a result in the response.
 */
export function runFunction({ service, run, metrics, logger, tracing }: RunFunctionOptions) {
  const { took } = metrics.callsOf(pathOf(service));
  return async (
    { request: held, metadata }: { request: Held; metadata: Metadata },
    callback: Callback,
  ): Promise<void> => {
    const { request } = held;
    held.request = TAKEN;
    // performance.now() would load all of perf_hooks in the first call.
    const start = process.hrtime();
    const seconds = () => {
      const [whole, nanoseconds] = process.hrtime(start);
      return whole + nanoseconds / 1e9;
    };
    try {
      const { response, summary } = await (tracing === undefined
        ? run(request)
        : tracing.run(run, request, { service, traceparent: metadata.get('traceparent')[0]?.toString() }));
      const buffer = Buffer.from(response.buffer, response.byteOffset, response.byteLength);
      metrics.sizes(request.length, buffer.length);
      metrics.results(summary.results);
      took(seconds());
      if (logger.isLevelEnabled('debug')) logCall(logger, summary, seconds());
      callback(null, buffer);
    } catch (error) {
      const malformed = error instanceof WireError;
      metrics.sizes(request.length, 0);
      took(seconds());
      logger.error(
        { ...subjectOf(compositeIn(request)), err: error },
        malformed ? 'refused a malformed request' : 'a call failed',
      );
      callback(
        malformed
          ? { code: status.INVALID_ARGUMENT, details: error.message }
          : { code: status.INTERNAL, details: 'internal error; see the log of the function' },
      );
    }
  };
}

function logCall(logger: Logger, { tag, composite, results, resources }: CallSummary, seconds: number): void {
  const count = (severity: number) => results.filter((result) => result.severity === severity).length;
  logger.debug(
    {
      ...subjectOf(composite),
      tag: printable(tag),
      durationMs: Math.round(seconds * 1e6) / 1e3,
      resources,
      results: { fatal: count(Severity.FATAL), warning: count(Severity.WARNING), normal: count(Severity.NORMAL) },
    },
    'ran function',
  );
}

/** The maximum length of the name of a Kubernetes object. */
const MAX_NAME = 253;

/** Returns the fields of a log line that identify the composite and its claim. */
function subjectOf(composite: CompositeIdentity | undefined): object {
  if (composite === undefined) return {};
  const { kind, namespace, name, claim } = composite;
  const shown = (found: Pick<CompositeIdentity, 'kind' | 'namespace' | 'name'>) => ({
    kind: printable(found.kind, MAX_NAME),
    ...(found.namespace !== undefined && { namespace: printable(found.namespace, MAX_NAME) }),
    name: printable(found.name, MAX_NAME),
  });
  return { composite: shown({ kind, namespace, name }), ...(claim && { claim: shown(claim) }) };
}
