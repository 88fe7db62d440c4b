import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { AwsIdentity } from '../../src/aws/identity.ts';
import { ecrTokenSources } from '../../src/aws/index.ts';
import { rejection } from '../oci/fixtures.ts';

const REPOSITORY = { registry: '123456789012.dkr.ecr.eu-west-1.amazonaws.com', repository: 'team/app' };

let server: Server;
let seen: IncomingHttpHeaders[];
beforeEach(async () => {
  seen = [];
  server = createServer(({ headers }, response) => {
    seen.push(headers);
    const authorizationToken = Buffer.from('AWS:x').toString('base64');
    const authorizationData = [{ authorizationToken, expiresAt: Date.now() / 1_000 + 3_600 }];
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(JSON.stringify({ authorizationData }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  vi.stubEnv('AWS_ENDPOINT_URL_ECR', `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'OWNKEY');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  vi.stubEnv('AWS_MAX_ATTEMPTS', '2');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const identities: { name: string; identity: AwsIdentity; keyId: string }[] = [
  { name: 'the function’s own identity', identity: { kind: 'own' }, keyId: 'OWNKEY' },
  {
    name: 'another identity',
    identity: { kind: 'keys', keys: { accessKeyId: 'STEPKEY', secretAccessKey: 'secret' } },
    keyId: 'STEPKEY',
  },
];
test.each(identities)('requests a login from the AWS SDK with $name', async ({ identity, keyId }) => {
  const credentials = await ecrTokenSources()(identity).get(REPOSITORY);
  expect(credentials).toEqual({ kind: 'basic', username: 'AWS', password: 'x', registryOnly: true, from: 'AWS' });
  expect(seen).toHaveLength(1);
  expect(seen[0]?.authorization).toContain(`Credential=${keyId}/`);
});

test('the SDK retries, and nothing else', async () => {
  server.removeAllListeners('request');
  let requests = 0;
  server.on('request', (_, response) => {
    requests += 1;
    response.writeHead(500).end();
  });
  const source = ecrTokenSources()({ kind: 'own' });
  await Promise.all(Array.from({ length: 5 }, () => rejection(source.get(REPOSITORY), 'INVALID_CREDENTIALS')));
  expect(requests).toBe(2);
});
