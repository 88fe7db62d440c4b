import type { Server, ServerInterceptor } from '@grpc/grpc-js';
import { ServerInterceptingCall, status } from '@grpc/grpc-js';
import { quote } from '../../internal/quote.ts';

/**
 * Lets calls of methods that the server does not have go through its interceptors, and answers them in {@link refuseUnknown}. grpc-js answers
 * them before any interceptor, where they are neither bounded nor counted. It has no setting for this, so its table of handlers is made to
 * find one for every path.
 */
export function acceptUnknownMethods(server: Server): void {
  const handlers: unknown = Reflect.get(server, 'handlers');
  if (!(handlers instanceof Map)) return;
  const find = handlers.get.bind(handlers);
  const pass = (bytes: Buffer) => bytes;
  handlers.get = (path) =>
    find(path) ?? { path, type: 'unary', func: () => undefined, serialize: pass, deserialize: pass };
}

/** Answers calls of methods that are not among `paths` with UNIMPLEMENTED, without waiting for their request. */
export function refuseUnknown(paths: ReadonlySet<string>): ServerInterceptor {
  return ({ path }, call) => {
    if (!paths.has(path)) {
      call.sendStatus({
        code: status.UNIMPLEMENTED,
        details: `the server does not implement the method ${quote(path)}`,
      });
    }
    // Another layer around each call would be time in each call.
    return call instanceof ServerInterceptingCall ? call : new ServerInterceptingCall(call);
  };
}
