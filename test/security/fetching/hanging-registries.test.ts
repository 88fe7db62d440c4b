import type { ServerResponse } from 'node:http';
import { beforeEach, describe, expect, test } from 'vitest';
import { createRegistryClient } from '../../../src/oci/index.ts';
import { fail } from '../../oci/registry-server.ts';
import { fairnessSetup, PLATFORM } from './fairness-setup.ts';

const env = fairnessSetup();
const { begin, create, get } = env;

/** Sends a byte now and then and never ends, so that no timeout between two pieces passes. */
function trickle(response: ServerResponse): boolean {
  response.writeHead(200, { 'content-type': 'application/json' });
  env.timers.push(setInterval(() => response.write(' '), 10));
  return true;
}

/** Ways in which a registry keeps a fetch from ending. */
const HANGS: readonly { name: string; hang: (url: string, response: ServerResponse) => boolean }[] = [
  { name: 'says nothing', hang: () => true },
  { name: 'trickles a manifest', hang: (url, response) => url.includes('/manifests/') && trickle(response) },
  {
    name: 'trickles an error',
    hang: (_, response) => {
      response.writeHead(500);
      env.timers.push(setInterval(() => response.write(' '), 10));
      return true;
    },
  },
  {
    name: 'has a token server that says nothing',
    hang: (url, response) => {
      if (url.startsWith('/token')) return true;
      response.setHeader('www-authenticate', `Bearer realm="http://${env.hostile.host}/token",service="x"`);
      fail(response, 401, 'UNAUTHORIZED', 'x');
      return true;
    },
  },
  {
    name: 'has a token server that trickles',
    hang: (url, response) => {
      if (url.startsWith('/token')) return trickle(response);
      response.setHeader('www-authenticate', `Bearer realm="http://${env.hostile.host}/token",service="x"`);
      fail(response, 401, 'UNAUTHORIZED', 'x');
      return true;
    },
  },
  {
    name: 'redirects to what trickles',
    hang: (url, response) => {
      if (url === '/elsewhere') return trickle(response);
      return Boolean(response.writeHead(307, { location: '/elsewhere' }).end());
    },
  },
  {
    name: 'asks to be asked again, ever later',
    hang: (_, response) => Boolean(response.writeHead(503, { 'retry-after': '1' }).end()),
  },
];

describe.each(HANGS)('a registry that $name', ({ hang }) => {
  beforeEach(() => {
    env.hostile.fault = ({ url = '' }, response) => hang(url, response);
  });

  test('does not hold up other tenants, as many as are with it', async () => {
    for (let index = 0; index < 10; index += 1) {
      for (const repository of ['a', 'b', 'c', 'd'])
        await begin({ tenant: `hostile-${index}`, from: env.hostile, repository });
    }
    const { fetched, failure } = await get({ tenant: 'honest', from: env.honest });
    expect({ digest: fetched?.digest, failure }).toEqual({ digest: expect.any(String), failure: undefined });
  });

  test('gives the slot back at the timeout', async () => {
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

test('AWS that never gives a login gives the slot back at the timeout', async () => {
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

test('work that heeds no signal gives the slot back, and what it ends with later counts for nothing', async () => {
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

test('a timeout beyond every clock is one of ten minutes, and not one that is over at once', async () => {
  const { fetched } = await get({ tenant: 'one', from: env.honest, timeoutMs: 1e15 });
  expect(fetched).toBeDefined();
});
