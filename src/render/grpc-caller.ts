import { Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import type { Bytes } from '../protocol/wire.ts';
import { RenderError } from './errors.ts';

/** Calls functions that run in other processes, over gRPC without TLS. */
export interface GrpcCaller {
  /** Calls a function once it listens. Rejects with TIMEOUT at the deadline, and with FUNCTION_FAILED for any other status. */
  call(functionName: string, target: string, request: Bytes): Promise<Bytes>;
  close(): void;
}

// The newest version first: functions built with an older SDK implement only the second.
const METHODS = [
  '/apiextensions.fn.proto.v1.FunctionRunnerService/RunFunction',
  '/apiextensions.fn.proto.v1beta1.FunctionRunnerService/RunFunction',
];

/** Returns a caller with a deadline for all calls. It keeps its connections open until it is closed. */
export function createGrpcCaller(deadline: Date): GrpcCaller {
  const clients = new Map<string, Client>();
  const clientFor = (target: string) => {
    const client = clients.get(target) ?? new Client(target, credentials.createInsecure());
    clients.set(target, client);
    return client;
  };
  return {
    call: async (functionName, target, request) => {
      const failures: ServiceError[] = [];
      for (const method of METHODS) {
        const result = await callOnce(clientFor(target), method, request, deadline);
        if ('response' in result) return result.response;
        failures.push(result.failure);
        if (result.failure.code !== status.UNIMPLEMENTED) break;
      }
      throw callError(functionName, target, failures.at(-1));
    },
    close: () => {
      for (const client of clients.values()) client.close();
    },
  };
}

type CallResult = { readonly response: Bytes } | { readonly failure: ServiceError };

function callOnce(client: Client, method: string, request: Bytes, deadline: Date): Promise<CallResult> {
  const pass = (bytes: Buffer) => bytes;
  const message = Buffer.from(request.buffer, request.byteOffset, request.byteLength);
  const metadata = new Metadata({ waitForReady: true });
  return new Promise((resolve) => {
    client.makeUnaryRequest(method, pass, pass, message, metadata, { deadline }, (failure, response) => {
      if (failure) resolve({ failure });
      else resolve({ response: response ?? new Uint8Array(0) });
    });
  });
}

function callError(functionName: string, target: string, failure: ServiceError | undefined): RenderError {
  if (failure?.code === status.DEADLINE_EXCEEDED) {
    const why = `no response from ${target} before the deadline; check that it runs there, with --insecure`;
    return new RenderError('TIMEOUT', `cannot run function ${functionName}: ${why}`, { cause: failure });
  }
  const why = `${target} answered ${status[failure?.code ?? status.UNKNOWN]}: ${failure?.details ?? ''}`;
  return new RenderError('FUNCTION_FAILED', `cannot run function ${functionName}: ${why}`, { cause: failure });
}
