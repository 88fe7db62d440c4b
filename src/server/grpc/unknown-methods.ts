import { type Server, type ServerInterceptingCallInterface, status } from '@grpc/grpc-js';
import { quote } from '../../internal/quote.ts';

/**
 * Lets calls of methods that the server does not have go through its interceptors, one of which answers them with {@link refuseUnknown}.
 * grpc-js answers them before any interceptor, where they are neither bounded nor counted. It has no setting for this, so its table of
 * handlers is made to find one for every path.
 */
export function acceptUnknownMethods(server: Server): void {
  const handlers: unknown = Reflect.get(server, 'handlers');
  if (!(handlers instanceof Map)) return;
  const find = handlers.get.bind(handlers);
  const pass = (bytes: Buffer) => bytes;
  handlers.get = (path) =>
    find(path) ?? { path, type: 'unary', func: () => undefined, serialize: pass, deserialize: pass };
}

/** Answers a call of a method that the server does not have, without waiting for its request. */
export function refuseUnknown(call: ServerInterceptingCallInterface, path: string): void {
  call.sendStatus({
    code: status.UNIMPLEMENTED,
    details: `the server does not implement the method ${quote(path)}`,
  });
}
