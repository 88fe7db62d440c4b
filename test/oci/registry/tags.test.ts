import { afterEach, describe, expect, test } from 'vitest';
import { createRegistryClient, parseRepository, type RegistryClientOptions } from '../../../src/oci/index.ts';
import { FAST_RETRY, rejection } from '../fixtures.ts';
import { type RegistryServerOptions, startRegistry } from '../registry-server.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function start(tags: number, options: RegistryServerOptions = {}, clientOptions: RegistryClientOptions = {}) {
  const registry = await startRegistry(options);
  const names = Array.from({ length: tags }, (_, index) => `v${String(index).padStart(5, '0')}`);
  for (const name of names) registry.putManifest('acme/cfg', name, Buffer.from('{}'), 'x');
  const client = createRegistryClient({ retry: FAST_RETRY, ...clientOptions });
  closing.push(
    () => client.close(),
    () => registry.close(),
  );
  const repository = parseRepository(`${registry.host}/acme/cfg`);
  return { registry, names, list: () => client.listTags(repository) };
}

test.each([
  { tags: 1, pageSize: 100, pages: 1, reason: 'one' },
  { tags: 100, pageSize: 100, pages: 1, reason: 'exactly a page' },
  { tags: 101, pageSize: 100, pages: 2, reason: 'one over' },
  { tags: 250, pageSize: 7, pages: 36, reason: 'pages smaller than asked for' },
])('lists $tags tags in $pages pages: $reason', async ({ tags, pageSize, pages }) => {
  const { registry, names, list } = await start(tags, { pageSize });
  expect(await list()).toEqual(names);
  const asked = registry.requests.filter(({ url }) => url.includes('/tags/list'));
  expect(asked).toHaveLength(pages);
  expect(asked[0]?.url).toBe('/v2/acme/cfg/tags/list?n=100');
});

test('accepts a registry that ignores n and sends all tags', async () => {
  const { registry, list } = await start(1);
  registry.fault = (request, response) =>
    request.url?.includes('/tags/') === true && Boolean(response.end(JSON.stringify({ tags: Array(500).fill('v1') })));
  expect(await list()).toHaveLength(500);
});

test('takes exactly the limit and not one more', async () => {
  const { list } = await start(10, {}, { maxTags: 10 });
  expect(await list()).toHaveLength(10);
  const over = await start(11, {}, { maxTags: 10 });
  expect((await rejection(over.list(), 'TOO_LARGE')).message).toContain('more than 10');
});

test('a repository that does not exist is NOT_FOUND with the registry code', async () => {
  const { list } = await start(0);
  expect((await rejection(list(), 'NOT_FOUND')).registryErrors[0]?.code).toBe('NAME_UNKNOWN');
});

describe('answers', () => {
  const page = (body: string, link?: (host: string) => string) => ({ body, link });
  test.each([
    { name: 'null for tags means none', ...page('{"name":"x","tags":null}'), want: [] },
    { name: 'absent tags mean none', ...page('{}'), want: [] },
    { name: 'another relation is not followed', ...page('{"tags":["a"]}', () => '</x>; rel="prev"'), want: ['a'] },
    { name: 'HTML', ...page('<html>'), want: undefined },
    { name: 'tags that are numbers', ...page('{"tags":[1]}'), want: undefined },
    { name: 'a page over 4 MiB', ...page(`{"tags":["${'x'.repeat(4 * 1024 * 1024)}"]}`), want: 'TOO_LARGE' },
    {
      name: 'a link to itself',
      ...page('{"tags":["a"]}', () => '</v2/acme/cfg/tags/list?n=100>; rel="next"'),
      want: undefined,
    },
    {
      name: 'a link to another host',
      ...page('{"tags":["a"]}', () => '<http://127.0.0.2:1/x>; rel=next'),
      want: undefined,
    },
    { name: 'a link that is not a URL', ...page('{"tags":["a"]}', () => '<http://[>; rel="next"'), want: undefined },
  ])('$name', async ({ body, link, want }) => {
    const { registry, list } = await start(1);
    registry.fault = (request, response) => {
      if (!request.url?.includes('/tags/')) return false;
      if (link !== undefined) response.setHeader('link', link(registry.host));
      response.end(body);
      return true;
    };
    if (Array.isArray(want)) expect(await list()).toEqual(want);
    else await rejection(list(), want === 'TOO_LARGE' ? want : 'INVALID_RESPONSE');
  });

  test('an absolute link to the same host is followed, up to the maximum number of pages', async () => {
    const { registry, list } = await start(1);
    let pages = 0;
    registry.fault = (request, response) => {
      if (!request.url?.includes('/tags/')) return false;
      pages += 1;
      response.setHeader('link', `<http://${registry.host}/v2/acme/cfg/tags/list?n=1&last=${pages}>; rel="next"`);
      response.end('{"tags":[]}');
      return true;
    };
    await rejection(list(), 'INVALID_RESPONSE');
    expect(pages).toBe(2000);
  });
});
