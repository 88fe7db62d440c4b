import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { type EcrRegistry, ecrTokenSource, ecrTokenSources, type FetchEcrToken } from '../../src/aws/index.ts';
import { rejection } from '../oci/fixtures.ts';

const HOST = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';
const HOUR = 3_600_000;
const repository = (registry = HOST) => ({ registry, repository: 'team/app' });

/** A source with a clock and an ECR that records its requests. */
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

const login = (password: string) => ({ kind: 'basic', username: 'AWS', password, registryOnly: true, from: 'AWS' });
const token = (number: number) => login(`token-${number}`);

describe('a token', () => {
  test('is requested in the account and region of the host', async () => {
    const { state, source } = setUp();
    expect(await source.get(repository())).toEqual(token(1));
    expect(state.asked).toEqual([
      { account: '123456789012', region: 'eu-west-1', fips: false, domain: 'amazonaws.com' },
    ]);
  });

  test('is cached for 80 % of its lifetime', async () => {
    const { state, source } = setUp();
    await source.get(repository());
    state.now += 0.8 * 12 * HOUR - 1;
    expect(await source.get(repository())).toEqual(token(1));
    state.now += 1;
    expect(await source.get(repository())).toEqual(token(2));
  });

  test('that has already expired is cached for a minute', async () => {
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

  test('is requested once for all waiting callers of a host', async () => {
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
    const { state, source } = setUp();
    await source.get(repository());
    state.now += 60_000;
    source.drop?.('other.example.com');
    expect(await source.get(repository())).toEqual(token(1));
    source.drop?.(HOST);
    expect(await source.get(repository())).toEqual(token(2));
  });

  test('that is new is not replaced, however often registries refuse it', async () => {
    const { state, source } = setUp();
    await source.get(repository());
    state.now += 59_999;
    source.drop?.(HOST);
    expect(await source.get(repository())).toEqual(token(1));
    expect(state.asked).toHaveLength(1);
  });
});

test.each(['public.ecr.aws', 'registry.example.com', `${HOST}.evil.example`, `${HOST}:443`])(
  '%s gets no credentials, and no request is sent',
  async (registry) => {
    const { state, source } = setUp();
    expect(await source.get(repository(registry))).toBeUndefined();
    expect(state.asked).toEqual([]);
  },
);

test('identities do not share tokens for any registry', async () => {
  const asked: unknown[] = [];
  const sources = ecrTokenSources({
    fetchToken: async ({ account }, credentials) => {
      asked.push([account, credentials?.accessKeyId]);
      const authorizationToken = Buffer.from(`AWS:${account}-${credentials?.accessKeyId}`).toString('base64');
      return { authorizationToken, expiresAt: Date.now() + HOUR };
    },
  });
  const identities = [
    { kind: 'own' },
    { kind: 'keys', keys: { accessKeyId: 'A', secretAccessKey: 's' } },
    { kind: 'keys', keys: { accessKeyId: 'B', secretAccessKey: 's' } },
    // Changed keys are another identity, also with the same id.
    { kind: 'keys', keys: { accessKeyId: 'B', secretAccessKey: 't' } },
  ] as const;
  const other = HOST.replace('123456789012', '210987654321');
  for (const host of [HOST, other]) {
    for (const identity of identities) {
      const [account] = host.split('.');
      const keys = identity.kind === 'keys' ? identity.keys : undefined;
      // Twice: the second time from the cache.
      expect(await sources(identity).get(repository(host))).toEqual(login(`${account}-${keys?.accessKeyId}`));
      expect(await sources(identity).get(repository(host))).toEqual(login(`${account}-${keys?.accessKeyId}`));
    }
  }
  expect(asked).toHaveLength(8);
});

describe('a failure', () => {
  test('names the host without details of the SDK, and is cached for ten seconds', async () => {
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
    state.now += 9_999;
    await rejection(source.get(repository()), 'INVALID_CREDENTIALS');
    expect(state.asked).toHaveLength(1);
    state.now += 1;
    expect(await source.get(repository())).toEqual(login('good'));
  });

  test.each(['', 'AWS', 'AWS:', ':x'])('is reported for a token that holds %j', async (text) => {
    const authorizationToken = Buffer.from(text).toString('base64');
    const { source } = setUp(async () => ({ authorizationToken, expiresAt: Number.MAX_SAFE_INTEGER }));
    await rejection(source.get(repository()), 'INVALID_CREDENTIALS');
  });
});
