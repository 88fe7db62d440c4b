import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CHROMIUM, shown } from './page.ts';

const ROOT = join(import.meta.dirname, '../..');
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};

let folder = '';
let server: Server;
let origin = '';
let browser: Browser;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'playground-'));
  await promisify(execFile)(process.execPath, ['--import', 'tsx', 'package/playground.ts', folder], { cwd: ROOT });
  // Any web server, at any path, without a header of its own.
  server = createServer(async (request, response) => {
    const name = /^\/tools\/ecr\/([\w.-]*)$/.exec(request.url ?? '')?.[1];
    if (request.url === '/portal') {
      response.writeHead(200, { 'content-type': 'text/html' });
      response.end(
        '<!doctype html><title>Portal</title><iframe title="Preview" src="/tools/ecr/" width="1200" height="700"></iframe>',
      );
      return;
    }
    const content =
      name === undefined ? undefined : await readFile(join(folder, name || 'index.html')).catch(() => undefined);
    response.writeHead(content ? 200 : 404, { 'content-type': TYPES[extname(name || '.html')] ?? 'text/html' });
    response.end(content);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  origin = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
});
afterAll(async () => {
  await browser.close();
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true });
});

test('the playground is a folder that works below any path, with no request elsewhere', async () => {
  const page = await (await browser.newContext()).newPage();
  const requests: string[] = [];
  const errors: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  await page.goto(`${origin}/tools/ecr/`);
  await page.locator('.tree').waitFor();
  expect(await shown(page.locator('.tree'))).toContain('tap/workloads/team-a/shop/image');
  expect(requests.filter((url) => !url.startsWith(`${origin}/tools/ecr/`))).toEqual([]);
  expect(errors).toEqual([]);
});

test('it can be shown in a frame', async () => {
  const page = await (await browser.newContext()).newPage();
  await page.goto(`${origin}/portal`);
  await page.frameLocator('iframe').locator('.tree').waitFor();
});

test('it has fewer than 400,000 bytes compressed', async () => {
  const names = await readdir(folder);
  const sizes = await Promise.all(
    names.map(async (name) => gzipSync(await readFile(join(folder, name)), { level: 9 }).byteLength),
  );
  const total = sizes.reduce((sum, size) => sum + size, 0);
  process.stderr.write(`the page: ${total} bytes compressed in ${names.length} files\n`);
  expect(total).toBeLessThan(400_000);
});
