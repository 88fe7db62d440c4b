import { describe, expect, test } from 'vitest';
import type { SourceRequest } from '../../../../src/cache/artifacts/request.ts';
import { createFunction } from '../../../../src/function/function.ts';
import { readAwsCredentials } from '../../../../src/function/package-cache/connection/aws-credentials.ts';
import { encodeRequest, viewRequest } from '../../../../src/protocol/request.ts';
import { ACCOUNT, callOnce, composite, input, objectAt, REGION, request, seedParameters } from '../../call.ts';

const KEYS = 'aws_access_key_id = AKIAEXAMPLE\naws_secret_access_key=se/cr=et+\n';
const IDENTITY = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'se/cr=et+' };

function read(data: Record<string, string> | undefined) {
  return readAwsCredentials(viewRequest(encodeRequest(data ? { credentials: { aws: bytes(data) } } : {})));
}

function bytes(data: Record<string, string>): Record<string, Uint8Array> {
  return Object.fromEntries(Object.entries(data).map(([key, text]) => [key, Buffer.from(text)]));
}

describe('the identity in the credentials aws of a step', () => {
  test('is undefined when the step has none', () => {
    expect(read(undefined)).toBeUndefined();
  });

  test.each([
    { name: 'the default profile', file: `[default]\n${KEYS}`, identity: IDENTITY },
    {
      name: 'a session token, comments, other profiles and CRLF',
      file: `# made by hand\r\n[other]\r\naws_access_key_id = no\r\n\r\n[ default ]\r\n${KEYS.replaceAll('\n', '\r\n')}aws_session_token = abc==\r\n[last]\r\naws_secret_access_key = no\r\n`,
      identity: { ...IDENTITY, sessionToken: 'abc==' },
    },
  ])('is read from $name', ({ file, identity }) => {
    expect(read({ creds: file })).toEqual({ identity });
  });

  test.each([
    { name: 'no entry', data: {}, says: 'must have one entry, not 0' },
    { name: 'two entries', data: { a: `[default]\n${KEYS}`, b: '' }, says: 'must have one entry, not 2' },
    { name: 'no profile', data: { creds: KEYS }, says: 'aws_access_key_id is missing' },
    {
      name: 'half of a key pair',
      data: { creds: '[default]\naws_access_key_id=a\n' },
      says: 'aws_secret_access_key is missing',
    },
  ])('is reported missing with $name, without the content of the entry', ({ data, says }) => {
    const { problem = '' } = { problem: undefined, ...read(data) };
    expect(problem).toMatch(`invalid credentials aws of this step: ${says}; use a Secret with one entry`);
    expect(problem).not.toMatch(/AKIA|se\/cr/);
  });

  test('is used for ECR sources only', async () => {
    const asked: SourceRequest[] = [];
    const source = {
      get: async (wants: SourceRequest) => {
        asked.push(wants);
        return { pending: true, fetched: undefined, failure: undefined, nextMs: 1_000 };
      },
      content: async () => undefined,
    };
    const run = createFunction({ artifacts: { source, budgetMs: 1_000 } });
    const sources = [
      { name: 'ecr', url: `oci://${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/acme/cfg` },
      { name: 'other', url: 'oci://registry.example.com/acme/cfg' },
    ];
    const own = composite();
    const parameters = { ...seedParameters, packageCache: { sources } };
    const asking = (creds: string) =>
      request({
        input: input({
          packageCache: { allowedRegistries: [`${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com`, 'registry.example.com'] },
        }),
        composite: { ...own, spec: { ...objectAt(own, 'spec'), parameters } },
        credentials: { aws: bytes({ creds }) },
      });
    await callOnce(asking(`[default]\n${KEYS}`), run);
    expect(asked.map(({ connection }) => connection)).toEqual([
      { kind: 'platform', identity: { kind: 'keys', keys: IDENTITY } },
      { kind: 'tenant', pullSecrets: [], transport: { insecure: false } },
    ]);
    asked.length = 0;
    const { conditions } = await callOnce(asking('nothing'), run);
    expect(asked.map(({ repository }) => repository.registry)).toEqual(['registry.example.com']);
    expect(conditions.find(({ reason }) => reason === 'AuthFailed')?.message).toMatch('aws_access_key_id is missing');
  });
});
