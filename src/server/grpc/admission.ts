import { EventEmitter } from 'node:events';
import { Duplex } from 'node:stream';
import {
  ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
  status,
} from '@grpc/grpc-js';
import type { CallRecorder } from '../metrics/grpc.ts';
import { type CallInFlight, type InFlightLimits, inFlight, type RefusalReason } from './in-flight.ts';
import { refuseUnknown } from './unknown-methods.ts';

/** Lets calls in as far as limits allow. */
export interface Admission {
  readonly interceptor: ServerInterceptor;
  /** Stops looking for requests that take too long. */
  stop(): void;
  /** Resolves when the connections that have had calls are closed, and with them the calls. */
  closed(): Promise<void>;
}

const SWEEP_MS = 1_000;
/** The first byte of a gRPC message that is compressed. */
const COMPRESSED = 1;

const STATUSES = {
  bytes: { code: status.RESOURCE_EXHAUSTED, details: 'too many bytes of requests are in flight; try again later' },
  calls: { code: status.RESOURCE_EXHAUSTED, details: 'too many calls are in flight; try again later' },
  time: { code: status.DEADLINE_EXCEEDED, details: 'the request was not received in time' },
} as const;

/**
 * Bounds the bytes and calls in flight of a gRPC server, and counts its calls with the recorder of their path; `onRefused` is called for
 * each call that is refused.
 */
export function admission(
  limits: InFlightLimits,
  callsOf: (path: string) => CallRecorder,
  onRefused: (reason: RefusalReason) => void,
): Admission {
  const calls = inFlight(limits);
  const timer = setInterval(() => calls.sweep(Date.now()), SWEEP_MS).unref();
  const connections = new Set<EventEmitter>();

  function track(connection: object): void {
    if (!(connection instanceof EventEmitter) || connections.has(connection)) return;
    connections.add(connection);
    connection.once('close', () => connections.delete(connection));
  }

  return {
    interceptor: ({ path }, call) => {
      const stream = streamOf(call);
      if (stream !== undefined) {
        const recorder = callsOf(path);
        recorder.started();
        const connection = connectionOf(stream);
        track(connection);
        const entry: CallInFlight = {
          connection,
          refuse(reason) {
            onRefused(reason);
            refuse(call, stream, reason);
          },
        };
        let isFirst = true;
        // Before grpc-js begins to unpack it.
        stream.prependListener('data', (chunk: Buffer) => {
          if (isFirst && chunk[0] === COMPRESSED) calls.unpack(entry);
          isFirst = false;
          calls.add(entry, chunk.byteLength);
        });
        stream.once('end', () => calls.received(entry));
        stream.once('close', () => {
          calls.close(entry);
          recorder.handled(statusOf(stream));
        });
        calls.open(entry, Date.now());
        if (!recorder.isKnown) refuseUnknown(call, path);
      }
      return new ServerInterceptingCall(call);
    },
    stop: () => clearInterval(timer),
    async closed() {
      await Promise.all([...connections].map((one) => new Promise((resolve) => one.once('close', resolve))));
    },
  };
}

/**
 * The gRPC status of a stream that is closed, in its trailers or, of a response without a message, in its headers. grpc-js ends some calls by
 * itself, as those with too large a message, which no interceptor sees; a stream without a status was canceled.
 */
function statusOf(stream: Duplex): number {
  const code = statusIn(stream, 'sentTrailers') ?? statusIn(stream, 'sentHeaders');
  return code === undefined ? status.CANCELLED : Number(code);
}

function statusIn(stream: Duplex, part: 'sentTrailers' | 'sentHeaders'): unknown {
  const headers: unknown = Reflect.get(stream, part);
  return typeof headers === 'object' && headers !== null ? Reflect.get(headers, 'grpc-status') : undefined;
}

/** grpc-js passes on complete requests only; the bytes of others are seen in the HTTP/2 stream. */
function streamOf(call: ServerInterceptingCallInterface): Duplex | undefined {
  return 'stream' in call && call.stream instanceof Duplex ? call.stream : undefined;
}

function connectionOf(stream: Duplex): object {
  return 'session' in stream && typeof stream.session === 'object' && stream.session !== null ? stream.session : stream;
}

/** Time for a status to reach its caller, in milliseconds. A stream that is destroyed with frames on their way loses them. */
const STATUS_MS = 100;

/** The stream is destroyed soon after the status is sent: as long as it is open, grpc-js keeps what it has received. */
function refuse(call: ServerInterceptingCallInterface, stream: Duplex, reason: RefusalReason): void {
  stream.once('finish', () => {
    const timer = setTimeout(() => stream.destroy(), STATUS_MS).unref();
    stream.once('close', () => clearTimeout(timer));
  });
  call.sendStatus(STATUSES[reason]);
}
