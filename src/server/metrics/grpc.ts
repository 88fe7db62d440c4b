import type { MetricRegistry } from './registry.ts';
import type { SERVICE_METRICS } from './table.ts';

/** A method of the server. */
export interface GrpcMethod {
  /** The path, `/SERVICE/METHOD`. */
  readonly path: string;
  readonly isStream: boolean;
}

/** Counts the calls of one method. */
export interface CallRecorder {
  /** False for the recorder of unknown methods. */
  readonly isKnown: boolean;
  started(): void;
  /** Counts a call that ended with a gRPC status code. */
  handled(code: number): void;
  /** Records the duration of a handler. */
  took(seconds: number): void;
}

/** The gRPC status codes by their number, spelled as Go and its gRPC metrics do (https://pkg.go.dev/google.golang.org/grpc/codes). */
export const CODES = [
  'OK',
  'Canceled',
  'Unknown',
  'InvalidArgument',
  'DeadlineExceeded',
  'NotFound',
  'AlreadyExists',
  'PermissionDenied',
  'ResourceExhausted',
  'FailedPrecondition',
  'Aborted',
  'OutOfRange',
  'Unimplemented',
  'Internal',
  'Unavailable',
  'DataLoss',
  'Unauthenticated',
] as const;
const UNKNOWN_CODE = CODES.indexOf('Unknown');

/** Adds the gRPC metrics. Returns a function that returns the recorder of a method by its path. All unknown methods share one. */
export function addGrpcMetrics(
  registry: MetricRegistry<typeof SERVICE_METRICS>,
  methods: readonly GrpcMethod[],
): (path: string) => CallRecorder {
  const durationsOf = registry.batchedHistogram('grpc_server_handling_seconds');
  const unknown = methodCalls({ grpc_type: 'unary', grpc_service: 'unknown', grpc_method: 'unknown' }, false);
  const known = new Map(methods.map((method) => [method.path, methodCalls(labelsOf(method), true)]));
  const all = [...known.values(), unknown];
  registry.counter('grpc_server_started_total', (counter) => {
    for (const { labels, takeStarted } of all) counter.inc({ ...labels }, takeStarted());
  });
  registry.counter('grpc_server_handled_total', (counter) => {
    for (const { labels, takeEnded } of all) {
      takeEnded().forEach((count, code) => {
        counter.inc({ ...labels, grpc_code: CODES[code] ?? '' }, count);
      });
    }
  });

  function methodCalls(labels: Readonly<Record<string, string>>, isKnown: boolean) {
    // Added up here, since a counter with labels would take a lookup for each call.
    let started = 0;
    // Every code has a value from the start, so that rate() sees the first failure as an increase.
    let ended: number[] = CODES.map(() => 0);
    return {
      labels,
      isKnown,
      started() {
        started += 1;
      },
      handled(code: number) {
        const index = code in ended ? code : UNKNOWN_CODE;
        ended[index] = (ended[index] ?? 0) + 1;
      },
      took: durationsOf(labels),
      takeStarted() {
        const count = started;
        started = 0;
        return count;
      },
      /** Returns and resets the counts by code. */
      takeEnded() {
        const counts = ended;
        ended = CODES.map(() => 0);
        return counts;
      },
    };
  }

  return (path) => known.get(path) ?? unknown;
}

function labelsOf({ path, isStream }: GrpcMethod) {
  const [, service = '', method = ''] = path.split('/');
  return { grpc_type: isStream ? 'server_stream' : 'unary', grpc_service: service, grpc_method: method };
}
