import { beforeEach, describe, expect, test } from 'vitest';
import { fairnessSetup, request, TENANT } from './fairness-setup.ts';

const HOUR_MS = 3_600_000;

const env = fairnessSetup();
const { begin, create, get } = env;

describe('a registry that responds with 429', () => {
  test.each([
    { value: '60', want: 60_000 },
    { value: '3600', want: HOUR_MS },
    { value: '999999999', want: HOUR_MS },
    { value: '99999999999999999999', want: HOUR_MS },
    { value: 'Fri, 31 Dec 9999 23:59:59 GMT', want: HOUR_MS },
    { value: '-5', want: 1_000 },
    { value: 'NaN', want: 1_000 },
    { value: 'Infinity', want: 1_000 },
    { value: '1e9', want: 1_000 },
    { value: '0', want: 1_000 },
    { value: 'Thu, 01 Jan 1970 00:00:00 GMT', want: 1_000 },
  ])('with Retry-After $value is asked again after $want ms', async ({ value, want }) => {
    env.hostile.fault = (_, response) => Boolean(response.writeHead(429, { 'retry-after': value }).end());
    expect((await get({ tenant: 'one', from: env.hostile })).nextMs).toBe(want);
  });

  test('delays only the tenant that sent the request', async () => {
    env.hostile.fault = (_, response) => Boolean(response.writeHead(429, { 'retry-after': '999999999' }).end());
    expect((await get({ tenant: 'one', from: env.hostile })).failure).toBeDefined();
    env.hostile.fault = undefined;
    // The same source of another tenant, and another source of the same tenant.
    expect((await get({ tenant: 'two', from: env.hostile })).fetched).toBeDefined();
    expect((await get({ tenant: 'one', from: env.hostile, repository: 'b' })).fetched).toBeDefined();
    expect((await get({ tenant: 'one', from: env.honest })).fetched).toBeDefined();
    expect((await get({ tenant: 'one', from: env.hostile })).fetched).toBeUndefined();
  });
});

describe('an internal error', () => {
  beforeEach(async () => {
    await env.source.close();
    env.source = create({
      createClient: () => {
        throw new TypeError('secret detail');
      },
    });
  });

  test('fails the source, is logged, and leaves nothing running', async () => {
    const answer = await get({ tenant: 'one', from: env.honest });
    expect(answer).toMatchObject({ pending: false, failure: { reason: 'FetchFailed', lasting: true } });
    expect(answer.failure?.message).not.toContain('secret');
    expect(env.faults).toEqual([new TypeError('secret detail')]);
  });

  test('causes no unhandled rejection when no call waits', async () => {
    const unhandled: unknown[] = [];
    const note = (error: unknown) => unhandled.push(error);
    process.on('unhandledRejection', note);
    await begin({ tenant: 'one', from: env.honest });
    const manifest = { version: 1 as const, sha256: 'x', file: 'x', size: 1, chunkSize: 1, chunks: [] };
    const fetched = { revision: `v1@sha256:${'a'.repeat(64)}`, digest: 'x', manifest };
    const wants = request({ tenant: 'two', from: env.honest });
    const schedule = { intervalMs: 1, timeoutMs: 1_000 };
    expect(await env.source.content(wants, fetched, schedule, AbortSignal.abort())).toBeUndefined();
    while (env.faults.length < 2) await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
    expect((await begin({ tenant: 'one', from: env.honest })).pending).toBe(false);
  });
});

test('a tenant with more sources than may wait gets an error, and does not delay others', async () => {
  await env.source.close();
  env.source = create({ concurrency: 2, maxWaitingPerTenant: 2 });
  env.hostile.fault = () => true;
  for (const repository of ['a', 'b', 'c']) {
    expect(await begin({ tenant: 'hostile', from: env.hostile, repository })).toMatchObject({ pending: true });
  }
  const { failure, pending } = await begin({ tenant: 'hostile', from: env.hostile, repository: 'd' });
  expect(failure?.message).toMatch(/too many sources of this namespace/);
  expect(pending).toBe(false);
  expect((await get({ tenant: 'honest', from: env.honest })).fetched).toBeDefined();
});

test('a tenant with thousands of logins does not break fetches of others in progress', async () => {
  let release: (() => void) | undefined;
  env.honest.fault = ({ method, url = '' }, response) => {
    if (release !== undefined || method !== 'HEAD' || !url.includes('/manifests/')) return false;
    // The first of several requests of a fetch.
    release = () => response.writeHead(405).end();
    return true;
  };
  const slow = get({ tenant: 'honest', from: env.honest });
  while (release === undefined) await new Promise((resolve) => setImmediate(resolve));
  env.hostile.fault = (_, response) => Boolean(response.writeHead(404).end());
  for (let index = 0; index < 260; index += 1) {
    const pullSecrets = [{ name: `login-${index}` }];
    await get({ tenant: 'hostile', from: env.hostile, connection: { ...TENANT, pullSecrets } });
  }
  release();
  expect(await slow).toMatchObject({ failure: undefined, fetched: { digest: expect.any(String) } });
});
