import { type Server, type ServerInterceptingCallInterface, status } from '@grpc/grpc-js';
import { quote } from '../../internal/quote.ts';

/**
 * Passes calls of unknown methods through the interceptors of a server, one of which answers them with {@link refuseUnknown}. By default,
 * grpc-js answers them before any interceptor, so that they are neither limited nor counted. It does not have a setting for this, so its
 * table of handlers is changed to find a handler for every path.
 */
export function acceptUnknownMethods(server: Server): void {
  const handlers: unknown = Reflect.get(server, 'handlers');
  if (!(handlers instanceof Map)) return;
  const find = handlers.get.bind(handlers);
  const pass = (bytes: Buffer) => bytes;
  handlers.get = (path) =>
    find(path) ?? { path, type: 'unary', func: () => undefined, serialize: pass, deserialize: pass };
}

/** Answers a call of an unknown method, without waiting for its request. */
export function refuseUnknown(call: ServerInterceptingCallInterface, path: string): void {
  call.sendStatus({
    code: status.UNIMPLEMENTED,
    details: `the server does not implement the method ${quote(path)}`,
  });
}
