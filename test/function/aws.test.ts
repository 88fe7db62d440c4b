import { describe, expect, test } from 'vitest';
import type { AwsRegistry, AwsResult, Images, RegistryToken } from '../../src/function/aws.ts';
import { createFunction } from '../../src/function/function.ts';
import { pullSecretName } from '../../src/function/pull-secret/pull-secret.ts';
import type { JsonObject } from '../../src/json/value.ts';
import { Ready } from '../../src/protocol/messages.ts';
import { ACCOUNT, AVAILABLE, call, composite, condition, input, observedClassic, REGION, request } from './call.ts';

const NAME = 'tap/workloads/example-app-default';
const HOST = `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com`;
const HOUR = 3_600_000;
const NOW = Date.parse('2026-03-01T12:00:00Z');
const observed = { imagerepo: observedClassic(NAME, AVAILABLE) };

/** A function with a substitute for AWS, and the requests that it received. */
function asking(answers: { images?: AwsResult<Images>; token?: AwsResult<RegistryToken> }, nowMs = NOW) {
  const asked: unknown[] = [];
  const aws: AwsRegistry = {
    now: () => nowMs,
    images: (repository) => {
      asked.push(repository);
      return Promise.resolve(answers.images ?? { failure: 'no images' });
    },
    token: (host) => {
      asked.push(host);
      return Promise.resolve(answers.token ?? { failure: 'no token' });
    },
  };
  return { run: createFunction({ aws }), asked };
}

const ask = (fields: JsonObject, state: Readonly<Record<string, JsonObject>> = observed, own = composite()) =>
  request({ input: input({ repositories: [{ name: 'image' }], ...fields }), observed: state, composite: own });

describe('observe.images', () => {
  const images: Images = {
    count: 3,
    complete: true,
    newest: {
      digest: 'sha256:aa',
      tags: ['latest', 'v1'],
      pushedAt: '2026-03-01T10:00:00.000Z',
      scan: 'COMPLETE',
      findings: { HIGH: 2 },
    },
  };

  test('writes the images and findings of a ready repository to the status', async () => {
    const { run, asked } = asking({ images: { value: images } });
    const response = await call(ask({ observe: { images: true } }), run);
    expect(asked).toEqual([{ region: REGION, registryId: ACCOUNT, name: NAME }]);
    expect(response.desired.composite?.resource?.status).toMatchObject({ repositories: { image: { images } } });
    expect(response.conditions.map(({ type }) => type)).toEqual(['ParametersValid', 'RepositoriesReady']);
  });

  test.each([
    { observe: { usage: true }, details: { usage: true } },
    { observe: { notPulledDays: 90 }, details: { notPulledDays: 90 } },
    { observe: { scanFindings: true, images: true }, details: { scanFindings: true } },
  ])('requests more when the Input enables it: $details', async ({ observe, details }) => {
    const more = {
      ...images,
      bytes: 4_096,
      lastPulledAt: '2026-02-01T00:00:00.000Z',
      notPulled: { days: 90, count: 1 },
    };
    const { run, asked } = asking({ images: { value: more } });
    const response = await call(ask({ observe }), run);
    expect(asked).toEqual([{ region: REGION, registryId: ACCOUNT, name: NAME, details }]);
    expect(response.desired.composite?.resource?.status).toMatchObject({ repositories: { image: { images: more } } });
  });

  test('refuses a number of days that is out of range', async () => {
    for (const notPulledDays of [0, -1, 3_651, 1.5]) {
      const { results } = await call(ask({ observe: { notPulledDays } }));
      expect(results.at(-1)?.message).toMatch(/^input\.observe\.notPulledDays: must be /);
    }
  });

  test('sends no request when it is disabled, or when the repository does not exist', async () => {
    const { run, asked } = asking({ images: { value: images } });
    await call(ask({}), run);
    await call(ask({ observe: { images: true } }, { imagerepo: observedClassic(NAME, []) }), run);
    expect(asked).toEqual([]);
  });

  test('reports in a condition that AWS does not respond, and continues', async () => {
    const { run } = asking({ images: { failure: 'no response within 500 ms' } });
    const response = await call(ask({ observe: { images: true } }), run);
    expect(response.results).toEqual([]);
    expect(response.desired.resources?.imagerepo?.ready).toBe(Ready.TRUE);
    expect(response.conditions.at(-1)).toMatchObject({
      type: 'ImagesObserved',
      reason: 'NotReachable',
      message: `Cannot read the images of ECR repository ${NAME}: no response within 500 ms`,
    });
  });

  test('reports True once AWS responds again', async () => {
    const { run } = asking({ images: { value: images } });
    const own = { ...composite(), status: { conditions: [condition('ImagesObserved', 'False')] } };
    const response = await call(ask({ observe: { images: true } }, observed, own), run);
    expect(response.conditions.at(-1)).toMatchObject({ type: 'ImagesObserved', reason: 'Applied', status: 2 });
  });
});

describe('pullSecret', () => {
  const AUTH = Buffer.from('AWS:secret:with:colons').toString('base64');
  const token = { authorizationToken: AUTH, expiresAt: NOW + 12 * HOUR };
  const wanting = { pullSecret: {} };

  async function secretFrom(state: Readonly<Record<string, JsonObject>>, by: ReturnType<typeof asking>) {
    const response = await call(ask(wanting, state), by.run);
    return { response, secret: response.desired.resources?.pullsecret?.resource };
  }

  test('creates a Secret that docker and Kubernetes can read, and requests the next call within the hour', async () => {
    const { response, secret } = await secretFrom(observed, asking({ token: { value: token } }));
    expect(secret).toMatchObject({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'example-app-ecr-pull', namespace: 'default' },
      type: 'kubernetes.io/dockerconfigjson',
    });
    const data = secret?.data as Record<string, string>;
    expect(JSON.parse(Buffer.from(data['.dockerconfigjson'] ?? '', 'base64').toString())).toEqual({
      auths: { [HOST]: { username: 'AWS', password: 'secret:with:colons', auth: AUTH } },
    });
    expect(response.meta.ttlSeconds).toBe(600);
    const long = await call(ask({ ...wanting, ttl: '24h' }), asking({ token: { value: token } }).run);
    expect(long.meta.ttlSeconds).toBe(3600);
    expect(response.desired.composite?.resource?.status).toMatchObject({ pullSecret: 'example-app-ecr-pull' });
  });

  test('waits for a repository whose URI shows the registry', async () => {
    const by = asking({ token: { value: token } });
    expect((await secretFrom({}, by)).secret).toBeUndefined();
    expect(by.asked).toEqual([]);
  });

  for (const { title, hours, asked } of [
    { title: 'keeps a login that is valid for more than three hours, without a request', hours: 8.9, asked: 0 },
    { title: 'renews a login with three hours left', hours: 9, asked: 1 },
    { title: 'renews a login that has expired', hours: 13, asked: 1 },
  ]) {
    test(title, async () => {
      const { secret } = await secretFrom(observed, asking({ token: { value: token } }));
      const later = NOW + hours * HOUR;
      const next = { authorizationToken: Buffer.from('AWS:next').toString('base64'), expiresAt: later + 12 * HOUR };
      const by = asking({ token: { value: next } }, later);
      const renewed = await secretFrom({ ...observed, pullsecret: secret ?? {} }, by);
      expect(by.asked).toHaveLength(asked);
      expect(JSON.stringify(renewed.secret) === JSON.stringify(secret)).toBe(asked === 0);
      expect(renewed.response.desired.resources?.pullsecret?.ready).toBe(Ready.TRUE);
    });
  }

  for (const { title, answer } of [
    { title: 'AWS does not respond', answer: { failure: 'AccessDenied' } },
    { title: 'the new login has already expired', answer: { value: { ...token, expiresAt: NOW + 9 * HOUR } } },
  ]) {
    test(`keeps the Secret unchanged when ${title}`, async () => {
      const { secret } = await secretFrom(observed, asking({ token: { value: token } }));
      const state = { ...observed, pullsecret: secret ?? {} };
      const { response, secret: kept } = await secretFrom(state, asking({ token: answer }, NOW + 10 * HOUR));
      expect(kept).toEqual(secret);
      expect(response.meta.ttlSeconds).toBe(60);
      expect(response.conditions.at(-1)).toMatchObject({ type: 'PullSecretRenewed', reason: 'NotReachable' });
    });
  }

  test('is unchanged while no repository is observed', async () => {
    const { secret } = await secretFrom(observed, asking({ token: { value: token } }));
    expect((await secretFrom({ pullsecret: secret ?? {} }, asking({}))).secret).toEqual(secret);
  });

  test('is created only if the Input enables it', async () => {
    const by = asking({ token: { value: token } });
    expect((await call(ask({}), by.run)).desired.resources).not.toHaveProperty('pullsecret');
    expect(by.asked).toEqual([]);
  });

  test('requires a namespace', async () => {
    const own = { ...composite(), spec: { parameters: (composite().spec as JsonObject).parameters } };
    const nameTemplate = '{prefix}/{workload}{suffix}';
    const response = await call(ask({ ...wanting, nameTemplate }, {}, own));
    expect(response.results[0]?.message).toBe(
      'metadata.namespace: is required, as the namespace of the Secret of input.pullSecret',
    );
  });

  test('has a valid Kubernetes name for any name of the workload', () => {
    expect(pullSecretName('{workload}-ecr-pull', 'team/app_1')).toBe('team-app-1-ecr-pull');
    expect(pullSecretName('{workload}-x', 'a'.repeat(252))).toHaveLength(252);
  });
});
