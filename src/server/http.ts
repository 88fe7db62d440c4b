import type { Server, ServerResponse } from 'node:http';
import { reasonOf } from '../internal/reason.ts';
import { MAX_CONNECTIONS } from './listener.ts';
import type { Exposition } from './metrics/registry.ts';

// An import would read all exports of node:http, for which newer versions of Node load the dependencies of fetch: 40 ms of the start.
const { createServer } = process.getBuiltinModule('node:http');

/** Provides the content of /metrics. */
export interface Exposer {
  expose(): Promise<Exposition>;
}

/** Creates a server of /livez, /readyz and /metrics. /readyz returns 503 until the service is ready. */
export function createHttpServer(metrics: Exposer, isReady: () => boolean): Server {
  const server = createServer(async (request, response) => {
    const path = request.url?.split('?')[0];
    if (request.method !== 'GET' && request.method !== 'HEAD') response.writeHead(405, { allow: 'GET, HEAD' }).end();
    else if (path === '/livez') response.end('ok\n');
    else if (path === '/readyz') response.writeHead(isReady() ? 200 : 503).end(isReady() ? 'ok\n' : 'not ready\n');
    else if (path === '/metrics') await sendMetrics(metrics, response);
    else response.writeHead(404).end('not found: must be /livez, /readyz or /metrics\n');
  });
  server.maxConnections = MAX_CONNECTIONS;
  return server;
}

// Sends the metrics. A metric that cannot be read, such as memory without /proc, must not crash the server.
async function sendMetrics(metrics: Exposer, response: ServerResponse): Promise<void> {
  try {
    const { contentType, text } = await metrics.expose();
    response.writeHead(200, { 'content-type': contentType }).end(text);
  } catch (error) {
    response.writeHead(500).end(`cannot read metrics: ${reasonOf(error)}\n`);
  }
}
