import type { ServerResponse } from 'node:http';
import { beforeEach, describe, expect, test } from 'vitest';
import { createRegistryClient } from '../../../src/oci/index.ts';
import { fail } from '../../oci/registry-server.ts';
import { fairnessSetup, PLATFORM } from './fairness-setup.ts';

const env = fairnessSetup();
const { begin, create, get } = env;

/** Sends a byte at intervals and never ends, so that no timeout between two bytes expires. */
function trickle(response: ServerResponse): boolean {
  response.writeHead(200, { 'content-type': 'application/json' });
  env.timers.push(setInterval(() => response.write(' '), 10));
  return true;
}

/** Behavior that prevents a fetch from ending. */
const HANGS: readonly { name: string; hang: (url: string, response: ServerResponse) => boolean }[] = [
  { name: 'does not respond', hang: () => true },
  { name: 'sends a manifest slowly', hang: (url, response) => url.includes('/manifests/') && trickle(response) },
  {
    name: 'sends an error slowly',
    hang: (_, response) => {
      response.writeHead(500);
      env.timers.push(setInterval(() => response.write(' '), 10));
      return true;
    },
  },
  {
    name: 'has a token server that does not respond',
    hang: (url, response) => {
      if (url.startsWith('/token')) return true;
      response.setHeader('www-authenticate', `Bearer realm="http://${env.hostile.host}/token",service="x"`);
      fail(response, 401, 'UNAUTHORIZED', 'x');
      return true;
    },
  },
  {
    name: 'has a token server that responds slowly',
    hang: (url, response) => {
      if (url.startsWith('/token')) return trickle(response);
      response.setHeader('www-authenticate', `Bearer realm="http://${env.hostile.host}/token",service="x"`);
      fail(response, 401, 'UNAUTHORIZED', 'x');
      return true;
    },
  },
  {
    name: 'redirects to a slow response',
    hang: (url, response) => {
      if (url === '/elsewhere') return trickle(response);
      return Boolean(response.writeHead(307, { location: '/elsewhere' }).end());
    },
  },
  {
    name: 'asks for a retry, each time later',
    hang: (_, response) => Boolean(response.writeHead(503, { 'retry-after': '1' }).end()),
  },
];

describe.each(HANGS)('a registry that $name', ({ hang }) => {
  beforeEach(() => {
    env.hostile.fault = ({ url = '' }, response) => hang(url, response);
  });

  test('does not delay other tenants, however many tenants use it', async () => {
    for (let index = 0; index < 10; index += 1) {
      for (const repository of ['a', 'b', 'c', 'd'])
        await begin({ tenant: `hostile-${index}`, from: env.hostile, repository });
    }
    const { fetched, failure } = await get({ tenant: 'honest', from: env.honest });
    expect({ digest: fetched?.digest, failure }).toEqual({ digest: expect.any(String), failure: undefined });
  });

  test('releases the slot at the timeout', async () => {
    await env.source.close();
    env.source = create({ concurrency: 1 });
    const failed = get({ tenant: 'hostile', from: env.hostile, timeoutMs: 300 });
    const { fetched } = await get({ tenant: 'honest', from: env.honest });
    expect(fetched).toBeDefined();
    const { failure, pending } = await failed;
    expect({ reason: failure?.reason, lasting: failure?.lasting, pending }).toEqual({
      reason: 'FetchFailed',
      lasting: false,
      pending: false,
    });
  });
});

test('a hanging request for a login at AWS releases the slot at the timeout', async () => {
  await env.source.close();
  env.source = create({ concurrency: 1, aws: () => ({ get: () => new Promise(() => undefined) }) });
  env.hostile.fault = ({ url }, response) => {
    if (url === '/v2/') return false;
    response.setHeader('www-authenticate', 'Basic realm="x"');
    fail(response, 401, 'UNAUTHORIZED', 'x');
    return true;
  };
  const failed = get({ tenant: 'one', from: env.hostile, connection: PLATFORM, timeoutMs: 200 });
  expect((await get({ tenant: 'honest', from: env.honest })).fetched).toBeDefined();
  expect((await failed).failure?.reason).toBe('FetchFailed');
});

test('work that ignores its signal releases the slot, and its later result is discarded', async () => {
  await env.source.close();
  let release: (() => void) | undefined;
  env.source = create({
    concurrency: 1,
    createClient: (options) => {
      const client = createRegistryClient(options);
      return {
        ...client,
        async resolve(reference) {
          if (reference.registry === env.hostile.host) await new Promise<void>((resolve) => (release = resolve));
          return client.resolve(reference);
        },
      };
    },
  });
  const failed = get({ tenant: 'one', from: env.hostile, timeoutMs: 50 });
  expect((await get({ tenant: 'honest', from: env.honest })).fetched).toBeDefined();
  expect((await failed).failure).toMatchObject({ reason: 'FetchFailed', lasting: false });
  release?.();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(await begin({ tenant: 'one', from: env.hostile })).toMatchObject({ fetched: undefined, pending: false });
});

test('a timeout beyond the range of timers is limited to ten minutes, and does not expire at once', async () => {
  const { fetched } = await get({ tenant: 'one', from: env.honest, timeoutMs: 1e15 });
  expect(fetched).toBeDefined();
});
