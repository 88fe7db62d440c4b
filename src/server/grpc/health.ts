import type { handleServerStreamingCall, handleUnaryCall, ServiceDefinition } from '@grpc/grpc-js';
import { status } from '@grpc/grpc-js';
import { quote } from '../../internal/quote.ts';
import { type Bytes, DELIMITED, Reader, readFields, tag, VARINT, Writer } from '../../protocol/wire.ts';

// https://github.com/grpc/grpc-proto/blob/master/grpc/health/v1/health.proto
const SERVING = 1;
const NOT_SERVING = 2;
const SERVICE_UNKNOWN = 3;

const serialize = (message: Buffer) => message;

/** The gRPC health checking protocol: Check and Watch. */
export const healthService: ServiceDefinition = {
  Check: {
    path: '/grpc.health.v1.Health/Check',
    requestStream: false,
    responseStream: false,
    requestSerialize: serialize,
    requestDeserialize: parseRequest,
    responseSerialize: serialize,
    responseDeserialize: serialize,
  },
  Watch: {
    path: '/grpc.health.v1.Health/Watch',
    requestStream: false,
    responseStream: true,
    requestSerialize: serialize,
    requestDeserialize: parseRequest,
    responseSerialize: serialize,
    responseDeserialize: serialize,
  },
};

interface HealthRequest {
  readonly service: string;
}

/** The state of the health service: the known services, and whether they serve. */
export interface Health {
  readonly Check: handleUnaryCall<HealthRequest, Buffer>;
  readonly Watch: handleServerStreamingCall<HealthRequest, Buffer>;
  /** Notifies all watchers that the services no longer serve, and ends their streams. */
  stop(): void;
}

/** Creates the health service of a server with these services. The empty name denotes the server as a whole. */
export function createHealth(services: readonly string[]): Health {
  const known = new Set(['', ...services]);
  const watchers = new Set<Parameters<Health['Watch']>[0]>();
  let state = SERVING;
  return {
    Check: (call, callback) => {
      if (known.has(call.request.service)) callback(null, encodeStatus(state));
      else callback({ code: status.NOT_FOUND, details: `unknown service ${quote(call.request.service)}` });
    },
    Watch: (call) => {
      call.write(encodeStatus(known.has(call.request.service) ? state : SERVICE_UNKNOWN));
      if (state === NOT_SERVING) call.end();
      else {
        watchers.add(call);
        call.on('cancelled', () => watchers.delete(call));
      }
    },
    stop: () => {
      state = NOT_SERVING;
      for (const watcher of watchers) {
        if (known.has(watcher.request.service)) watcher.write(encodeStatus(state));
        watcher.end();
      }
      watchers.clear();
    },
  };
}

// Returns an object, because grpc-js treats an empty string, the name of the server as a whole, as a missing request.
function parseRequest(bytes: Bytes): HealthRequest {
  let service = '';
  const reader = Reader.create(bytes);
  readFields(reader, reader.len, (fieldTag) => {
    if (fieldTag !== tag(1, DELIMITED)) return false;
    service = reader.string();
    return true;
  });
  return { service };
}

function encodeStatus(state: number): Buffer {
  return Buffer.from(Writer.create().uint32(tag(1, VARINT)).int32(state).finish());
}
