import { once } from 'node:events';
import { BatchDeleteImageCommand, CreateRepositoryCommand, ECRClient, PutImageCommand } from '@aws-sdk/client-ecr';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { ecrRegistry } from '../../src/aws/index.ts';
import { createFunction } from '../../src/function/function.ts';
import { ACCOUNT, AVAILABLE, call, input, objectAt, observedClassic, REGION, request } from '../function/call.ts';
import { startMoto } from './moto-process.ts';

const NAME = 'tap/workloads/example-app-default';
const HOST = `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com`;

let endpoint: string;
let stop: () => Promise<void>;
beforeAll(async () => {
  ({ endpoint, close: stop } = await startMoto());
}, 60_000);
afterAll(() => stop());
beforeEach(() => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  vi.stubEnv('AWS_ENDPOINT_URL', endpoint);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

/** Waits long enough for a process that loads the SDK for the first time. */
const PATIENT = { waitMs: 20_000 };

const observed = { imagerepo: observedClassic(NAME, AVAILABLE) };
const asking = (fields: Parameters<typeof input>[0]) =>
  request({ input: input({ repositories: [{ name: 'image' }], ...fields }), observed });

test('the images of a repository in ECR are reported: none, some, the newest', async () => {
  const client = new ECRClient({ region: REGION });
  await client.send(new CreateRepositoryCommand({ repositoryName: NAME }));
  const images = async () => {
    const run = createFunction({ aws: ecrRegistry(PATIENT) });
    const response = await call(asking({ observe: { images: true } }), run);
    return objectAt(response.desired.composite?.resource ?? {}, 'status', 'repositories', 'image', 'images');
  };
  expect(await images()).toEqual({ count: 0, complete: true });
  const put = (tag: string) =>
    client.send(new PutImageCommand({ repositoryName: NAME, imageTag: tag, imageManifest: manifest(tag) }));
  await put('v1');
  await new Promise((resolve) => setTimeout(resolve, 1100)); // moto keeps whole seconds
  const second = await put('v2');
  const newest = second.image?.imageId;
  expect(await images()).toMatchObject({
    count: 2,
    complete: true,
    newest: { digest: newest?.imageDigest, tags: ['v2'] },
  });
  await client.send(new BatchDeleteImageCommand({ repositoryName: NAME, imageIds: [{ imageTag: 'v2' }] }));
  expect(await images()).toMatchObject({ count: 1, newest: { tags: ['v1'] } });
  client.destroy();
});

test('the known images are kept, and a condition reports that ECR is down', async () => {
  const run = createFunction({ aws: ecrRegistry(PATIENT) });
  const first = await call(asking({ observe: { images: true } }), run);
  vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:1');
  vi.stubEnv('AWS_MAX_ATTEMPTS', '1');
  expect(await call(asking({ observe: { images: true } }), run)).toEqual(first);
  const fresh = await call(asking({ observe: { images: true } }), createFunction({ aws: ecrRegistry(PATIENT) }));
  expect(fresh.conditions.at(-1)).toMatchObject({ type: 'ImagesObserved', reason: 'NotReachable' });
  expect(fresh.desired.resources).toEqual(first.desired.resources);
});

test('an ECR that does not respond delays a call only up to the timeout', async () => {
  const { createServer } = await import('node:net');
  const silent = createServer(() => {}).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const address = silent.address();
  vi.stubEnv('AWS_ENDPOINT_URL', `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`);
  const response = await call(
    asking({ observe: { images: true } }),
    createFunction({ aws: ecrRegistry({ waitMs: 100 }) }),
  );
  expect(response.conditions.at(-1)?.message).toContain('no response within 100 ms');
  silent.close();
});

test('the pull secret contains a login of ECR', async () => {
  // The emulator's logins all expire on the first day of 2015.
  const now = () => Date.parse('2014-12-31T13:00:00Z');
  const run = createFunction({ aws: ecrRegistry({ ...PATIENT, now }) });
  const response = await call(asking({ pullSecret: {} }), run);
  const data = objectAt(response.desired.resources?.pullsecret?.resource ?? {}, 'data');
  const config = JSON.parse(Buffer.from(String(data['.dockerconfigjson']), 'base64').toString());
  expect(config.auths[HOST]).toMatchObject({ username: 'AWS', password: expect.stringMatching(/./) });
  const again = await call(asking({ pullSecret: {} }), run);
  expect(again.desired.resources?.pullsecret?.resource).toEqual(response.desired.resources?.pullsecret?.resource);
});

function manifest(content: string): string {
  const digest = `sha256:${Buffer.from(content).toString('hex').padEnd(64, '0')}`;
  const mediaType = 'application/vnd.docker.container.image.v1+json';
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
    config: { mediaType, size: 2, digest },
    layers: [],
  });
}
