import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { type EcrRegistry, ecrTokenSource, type FetchEcrToken } from '../../src/aws/index.ts';
import { rejection } from '../oci/fixtures.ts';

const HOST = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';
const HOUR = 3_600_000;
const repository = (registry = HOST) => ({ registry, repository: 'team/app' });

/** A source over a clock and an ECR that counts what it is asked. */
function setUp(fetchToken?: FetchEcrToken) {
  const state = { now: 1_000_000, asked: [] as EcrRegistry[] };
  const source = ecrTokenSource({
    now: () => state.now,
    fetchToken: async (registry) => {
      state.asked.push(registry);
      if (fetchToken !== undefined) return fetchToken(registry);
      const authorizationToken = Buffer.from(`AWS:token-${state.asked.length}`).toString('base64');
      return { authorizationToken, expiresAt: state.now + 12 * HOUR };
    },
  });
  return { state, source };
}

const token = (number: number) => ({ kind: 'basic', username: 'AWS', password: `token-${number}` });

describe('a token', () => {
  test('is asked for in the account and region of the host', async () => {
    const { state, source } = setUp();
    expect(await source.get(repository())).toEqual(token(1));
    expect(state.asked).toEqual([
      { account: '123456789012', region: 'eu-west-1', fips: false, domain: 'amazonaws.com' },
    ]);
  });

  test('is kept until 80 % of its life are over', async () => {
    const { state, source } = setUp();
    await source.get(repository());
    state.now += 0.8 * 12 * HOUR - 1;
    expect(await source.get(repository())).toEqual(token(1));
    state.now += 1;
    expect(await source.get(repository())).toEqual(token(2));
  });

  test('that seems to have expired already is kept for a minute', async () => {
    const { state, source } = setUp(async () => ({
      authorizationToken: Buffer.from('AWS:x').toString('base64'),
      expiresAt: 0,
    }));
    await source.get(repository());
    state.now += 59_999;
    await source.get(repository());
    expect(state.asked).toHaveLength(1);
    state.now += 1;
    await source.get(repository());
    expect(state.asked).toHaveLength(2);
  });

  test('is asked for once, however many wait, and per host', async () => {
    const { state, source } = setUp();
    await Promise.all(Array.from({ length: 20 }, () => source.get(repository())));
    expect(state.asked).toHaveLength(1);
    state.now += 12 * HOUR;
    await Promise.all(Array.from({ length: 20 }, () => source.get(repository())));
    expect(state.asked).toHaveLength(2);
    await source.get(repository(HOST.replace('eu-west-1', 'us-east-1')));
    expect(state.asked).toHaveLength(3);
  });

  test('that the registry refused is replaced', async () => {
    const { source } = setUp();
    await source.get(repository());
    source.drop?.('other.example.com');
    expect(await source.get(repository())).toEqual(token(1));
    source.drop?.(HOST);
    expect(await source.get(repository())).toEqual(token(2));
  });
});

test.each(['public.ecr.aws', 'registry.example.com', `${HOST}.evil.example`, `${HOST}:443`])(
  '%s gets no credentials and nobody is asked',
  async (registry) => {
    const { state, source } = setUp();
    expect(await source.get(repository(registry))).toBeUndefined();
    expect(state.asked).toEqual([]);
  },
);

test('a gateway in front of ECR gets the token it is said to take', async () => {
  const registry = { account: '123456789012', region: 'eu-west-1', fips: false, domain: 'amazonaws.com' };
  const source = ecrTokenSource({
    hosts: { 'gateway.example.com': registry },
    fetchToken: async () => ({
      authorizationToken: Buffer.from('AWS:x').toString('base64'),
      expiresAt: Date.now() + HOUR,
    }),
  });
  expect(await source.get(repository('gateway.example.com'))).toEqual({
    kind: 'basic',
    username: 'AWS',
    password: 'x',
  });
  expect(await source.get(repository('other.example.com'))).toBeUndefined();
});

describe('a failure', () => {
  test('says which host, without what the SDK hangs on its errors, and the next call asks again', async () => {
    let fails = true;
    const { state, source } = setUp(async () => {
      if (fails) {
        const error = new Error('not authorized to perform ecr:GetAuthorizationToken');
        throw Object.assign(error, {
          name: 'AccessDeniedException',
          $response: { headers: { authorization: 'AWS4-HMAC secret' } },
        });
      }
      return { authorizationToken: Buffer.from('AWS:good').toString('base64'), expiresAt: state.now + HOUR };
    });
    const error = await rejection(source.get(repository()), 'INVALID_CREDENTIALS');
    expect(error.message).toContain(HOST);
    expect(error.message).toContain('AccessDeniedException');
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('secret');
    fails = false;
    expect(await source.get(repository())).toEqual({ kind: 'basic', username: 'AWS', password: 'good' });
  });

  test.each(['', 'AWS', 'AWS:', ':x'])('is a token that holds %j', async (text) => {
    const authorizationToken = Buffer.from(text).toString('base64');
    const { source } = setUp(async () => ({ authorizationToken, expiresAt: Number.MAX_SAFE_INTEGER }));
    await rejection(source.get(repository()), 'INVALID_CREDENTIALS');
  });
});
