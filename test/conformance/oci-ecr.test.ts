import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { ecrTokenSource, ecrTokenSources } from '../../src/aws/index.ts';
import { rejection } from '../oci/fixtures.ts';
import { startMoto } from './moto-process.ts';

const REPOSITORY = { registry: '123456789012.dkr.ecr.eu-west-1.amazonaws.com', repository: 'team/app' };

let endpoint: string;
let stop: () => Promise<void>;
beforeAll(async () => {
  ({ endpoint, close: stop } = await startMoto());
}, 60_000);
afterAll(() => stop());
afterEach(() => {
  vi.unstubAllEnvs();
});

function stubIdentity() {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
}

test.each(['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_ECR'])(
  'a token is requested from the ECR that %s names, and is cached',
  async (variable) => {
    stubIdentity();
    vi.stubEnv(variable, endpoint);
    const source = ecrTokenSource();
    const credentials = await source.get(REPOSITORY);
    expect(credentials).toMatchObject({ kind: 'basic', username: 'AWS' });
    vi.stubEnv(variable, 'http://127.0.0.1:1');
    expect(await source.get(REPOSITORY)).toEqual(credentials);
  },
);

test('an unreachable ECR is an error with the host and without keys', async () => {
  stubIdentity();
  vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:1');
  vi.stubEnv('AWS_MAX_ATTEMPTS', '1');
  const error = await rejection(ecrTokenSource().get(REPOSITORY), 'INVALID_CREDENTIALS');
  expect(error.message).toContain(REPOSITORY.registry);
});

test("another identity than the function's own gets a login, even if that has none", async () => {
  vi.stubEnv('AWS_ENDPOINT_URL', endpoint);
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  const sources = ecrTokenSources();
  await rejection(sources({ kind: 'own' }).get(REPOSITORY), 'INVALID_CREDENTIALS');
  const identity = { kind: 'keys', keys: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' } } as const;
  expect(await sources(identity).get(REPOSITORY)).toMatchObject({ kind: 'basic', username: 'AWS' });
});
