import { EventEmitter } from 'node:events';
import { Duplex } from 'node:stream';
import {
  ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
  status,
} from '@grpc/grpc-js';
import type { CallRecorder } from '../metrics/grpc.ts';
import { type CallInFlight, type InFlightLimits, inFlight, type RejectionReason } from './in-flight.ts';
import { refuseUnknown } from './unknown-methods.ts';

/** Admits calls within limits. */
export interface Admission {
  readonly interceptor: ServerInterceptor;
  /** Stops checking for requests that take too long. */
  stop(): void;
  /** Resolves when the connections that have had calls are closed, and therefore the calls. */
  closed(): Promise<void>;
}

const SWEEP_MS = 1_000;
/** The first byte of a compressed gRPC message. */
const COMPRESSED = 1;

const STATUSES = {
  bytes: { code: status.RESOURCE_EXHAUSTED, details: 'too many bytes of requests are in flight; try again later' },
  calls: { code: status.RESOURCE_EXHAUSTED, details: 'too many calls are in flight; try again later' },
  time: { code: status.DEADLINE_EXCEEDED, details: 'the request was not received in time' },
} as const;

/**
 * Limits the bytes and calls in flight of a gRPC server, and counts its calls with the recorder of their path. `onRefused` is called for
 * each refused call.
 */
export function admission(
  limits: InFlightLimits,
  callsOf: (path: string) => CallRecorder,
  onRefused: (reason: RejectionReason) => void,
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
          isReceiving: () => !stream.readableEnded,
          refuse(reason) {
            onRefused(reason);
            refuse(call, stream, reason);
          },
        };
        let isFirst = true;
        // Checked before grpc-js begins to decompress the message.
        stream.prependListener('data', (chunk: Buffer) => {
          if (isFirst && chunk[0] === COMPRESSED) calls.unpack(entry);
          isFirst = false;
          calls.add(entry, chunk.byteLength);
        });
        stream.on('close', () => {
          calls.close(entry);
          recorder.handled(statusOf(stream));
        });
        calls.open(entry, Date.now());
        if (!recorder.isKnown) refuseUnknown(call, path);
      }
      return new UnchangedCall(call);
    },
    stop: () => clearInterval(timer),
    async closed() {
      await Promise.all([...connections].map((one) => new Promise((resolve) => one.once('close', resolve))));
    },
  };
}

type ArgumentsOf<Method extends keyof ServerInterceptingCallInterface> = Parameters<
  ServerInterceptingCallInterface[Method]
>;

/**
 * A call that no interceptor changes. The class that it extends does the same with a listener and several functions for each call, which
 * live as long as the stream: 4 % of an unchanged call.
 */
class UnchangedCall extends ServerInterceptingCall {
  readonly #call: ServerInterceptingCallInterface;

  constructor(call: ServerInterceptingCallInterface) {
    super(call);
    this.#call = call;
  }

  override start(listener: ArgumentsOf<'start'>[0]): void {
    this.#call.start(listener);
  }

  override sendMetadata(metadata: ArgumentsOf<'sendMetadata'>[0]): void {
    this.#call.sendMetadata(metadata);
  }

  override sendMessage(message: ArgumentsOf<'sendMessage'>[0], callback: ArgumentsOf<'sendMessage'>[1]): void {
    this.#call.sendMessage(message, callback);
  }

  override sendStatus(response: ArgumentsOf<'sendStatus'>[0]): void {
    this.#call.sendStatus(response);
  }
}

/**
 * Returns the gRPC status of a closed stream from its trailers or, for a response without a message, from its headers. Interceptors do not
 * see calls that grpc-js ends itself, such as those with too large a message. A stream without a status was canceled.
 */
function statusOf(stream: Duplex): number {
  const code = statusIn(stream, 'sentTrailers') ?? statusIn(stream, 'sentHeaders');
  return code === undefined ? status.CANCELLED : Number(code);
}

function statusIn(stream: Duplex, part: 'sentTrailers' | 'sentHeaders'): unknown {
  const headers: unknown = Reflect.get(stream, part);
  return typeof headers === 'object' && headers !== null ? Reflect.get(headers, 'grpc-status') : undefined;
}

/** Returns the HTTP/2 stream of a call. grpc-js only passes on complete requests; the stream has the bytes of incomplete ones. */
function streamOf(call: ServerInterceptingCallInterface): Duplex | undefined {
  return 'stream' in call && call.stream instanceof Duplex ? call.stream : undefined;
}

function connectionOf(stream: Duplex): object {
  return 'session' in stream && typeof stream.session === 'object' && stream.session !== null ? stream.session : stream;
}

/** The time for a status to reach its caller, in milliseconds. Destroying a stream drops the frames in transit. */
const STATUS_MS = 100;

/** Refuses a call. The stream is destroyed soon after the status is sent, since grpc-js retains the received bytes while it is open. */
function refuse(call: ServerInterceptingCallInterface, stream: Duplex, reason: RejectionReason): void {
  stream.once('finish', () => {
    const timer = setTimeout(() => stream.destroy(), STATUS_MS).unref();
    stream.once('close', () => clearTimeout(timer));
  });
  call.sendStatus(STATUSES[reason]);
}
