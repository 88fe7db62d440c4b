import { readdir, readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { extname, join } from 'node:path';
import { reasonOf } from '../internal/reason.ts';
import type { Texts } from './model/problems.ts';

/** The interval at which the files are read, in milliseconds. */
const WATCH_MS = 300;

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

const HEADERS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
  // The page's policy is in index.html. These are the directives that only a header can have.
  'content-security-policy': "frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
};

/**
 * Creates a server of the page in `folder`. `read` returns the texts to show, and is called repeatedly while a page follows them. Only
 * requests for the local host's own names are answered, so that a web site cannot access the files through a name that resolves to this
 * host.
 */
export async function createPreviewServer(folder: string, read: (() => Promise<Texts>) | undefined): Promise<Server> {
  const names = (await readdir(folder)).filter((name) => Object.hasOwn(TYPES, extname(name)));
  const files: ReadonlyMap<string, Buffer> = new Map(
    await Promise.all(names.map(async (name) => [`/${name}`, await readFile(join(folder, name))] as const)),
  );
  return createServer((request, response) => {
    const [path = ''] = (request.url ?? '').split('?');
    const content = files.get(path === '/' ? '/index.html' : path);
    if (!isOwnHost(request)) return refuse(response, 403, 'the host must be 127.0.0.1 or localhost');
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return refuse(response, 405, 'the method must be GET or HEAD');
    if (path === '/events' && read) return follow(request, response, read);
    if (content === undefined) return refuse(response, 404, 'not found');
    response.writeHead(200, { ...HEADERS, 'content-type': TYPES[extname(path)] ?? TYPES['.html'] });
    response.end(content);
  });
}

function isOwnHost({ headers, socket }: IncomingMessage): boolean {
  return ['127.0.0.1', 'localhost'].some((host) => headers.host === `${host}:${socket.localPort}`);
}

function refuse(response: ServerResponse, status: number, why: string): void {
  response.writeHead(status, { ...HEADERS, 'content-type': 'text/plain; charset=utf-8' });
  response.end(`${why}\n`);
}

/** Sends the texts, or the error of reading them, as server-sent events: immediately, and whenever they change. */
function follow(request: IncomingMessage, response: ServerResponse, read: () => Promise<Texts>): void {
  response.writeHead(200, { ...HEADERS, 'content-type': 'text/event-stream' });
  let sent: string | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const look = async () => {
    const message = JSON.stringify(await read().catch((error: unknown) => ({ failure: reasonOf(error) })));
    if (message !== sent) response.write(`data: ${message}\n\n`);
    sent = message;
    if (!response.destroyed) timer = setTimeout(look, WATCH_MS);
  };
  request.on('close', () => clearTimeout(timer));
  void look();
}
