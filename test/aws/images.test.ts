import { createServer, type Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { fetchImages } from '../../src/aws/images.ts';
import type { Json, JsonObject } from '../../src/json/value.ts';

const KEY = { region: 'eu-west-1', registryId: '123456789012', name: 'team/app' };
const NOW = Date.parse('2026-11-01T00:00:00Z');
const DAY = 86_400;
const daysAgo = (days: number) => NOW / 1_000 - days * DAY;

let server: Server;
let asked: { readonly operation: string; readonly body: JsonObject }[];
let answers: Readonly<Record<string, (body: JsonObject) => { readonly status?: number; readonly body: Json }>>;

// A server with ECR's protocol: the operation in a header, JSON in and out.
beforeEach(async () => {
  asked = [];
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body: JsonObject = JSON.parse(Buffer.concat(chunks).toString());
    const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    asked.push({ operation, body });
    const answer = answers[operation]?.(body) ?? { status: 400, body: { __type: 'InvalidParameterException' } };
    response.writeHead(answer.status ?? 200, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  vi.stubEnv('AWS_ENDPOINT_URL_ECR', `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'KEY');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  vi.stubEnv('AWS_MAX_ATTEMPTS', '1');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const images = [
  { imageDigest: 'sha256:a', imagePushedAt: daysAgo(200), lastRecordedPullTime: daysAgo(2), imageSizeInBytes: 1_000 },
  { imageDigest: 'sha256:b', imagePushedAt: daysAgo(100), lastRecordedPullTime: daysAgo(95), imageSizeInBytes: 200 },
  { imageDigest: 'sha256:c', imagePushedAt: daysAgo(91), imageSizeInBytes: 30 },
  { imageDigest: 'sha256:d', imagePushedAt: daysAgo(1), imageTags: ['v2'], imageScanStatus: { status: 'ACTIVE' } },
];
const describing = (list: readonly JsonObject[]) => ({ DescribeImages: () => ({ body: { imageDetails: list } }) });

describe('the observed images', () => {
  test('have their number and the newest one, with one request by default', async () => {
    answers = describing(images);
    expect(await fetchImages(KEY, () => NOW)).toEqual({
      count: 4,
      complete: true,
      newest: {
        digest: 'sha256:d',
        tags: ['v2'],
        pushedAt: '2026-10-31T00:00:00.000Z',
        scan: 'ACTIVE',
        findings: undefined,
      },
    });
    expect(asked.map(({ operation }) => operation)).toEqual(['DescribeImages']);
  });

  test('have their size and the last pull with usage', async () => {
    answers = describing(images);
    const found = await fetchImages({ ...KEY, details: { usage: true } }, () => NOW);
    expect(found).toMatchObject({ bytes: 1_230, lastPulledAt: '2026-10-30T00:00:00.000Z' });
    expect(found).not.toHaveProperty('notPulled');
    answers = describing([]);
    expect(await fetchImages({ ...KEY, details: { usage: true } }, () => NOW)).toEqual({
      count: 0,
      complete: true,
      bytes: 0,
      newest: undefined,
    });
  });

  test.each([
    { days: 1, count: 3 },
    { days: 90, count: 2 },
    { days: 95, count: 0 },
    { days: 94, count: 1 },
    { days: 365, count: 0 },
  ])('without a pull for $days days are $count: by the last pull, or else the push', async ({ days, count }) => {
    answers = describing(images.slice(0, days === 1 ? 3 : 4));
    const found = await fetchImages({ ...KEY, details: { notPulledDays: days } }, () => NOW);
    expect(found.notPulled).toEqual({ days, count: days === 1 ? 3 : count });
  });

  test('have the findings of enhanced scanning for the newest one', async () => {
    const imageScanFindings = {
      findingSeverityCounts: { CRITICAL: 1, HIGH: 4 },
      enhancedFindings: [{ severity: 'CRITICAL' }],
    };
    answers = {
      ...describing(images),
      DescribeImageScanFindings: () => ({ body: { imageScanStatus: { status: 'ACTIVE' }, imageScanFindings } }),
    };
    const { newest } = await fetchImages({ ...KEY, details: { scanFindings: true } }, () => NOW);
    expect(newest).toMatchObject({ digest: 'sha256:d', scan: 'ACTIVE', findings: { CRITICAL: 1, HIGH: 4 } });
    expect(asked[1]).toEqual({
      operation: 'DescribeImageScanFindings',
      body: {
        registryId: KEY.registryId,
        repositoryName: KEY.name,
        imageId: { imageDigest: 'sha256:d' },
        maxResults: 1,
      },
    });
  });

  test('have no findings without a scan, and an empty repository needs no request for findings', async () => {
    const never = { status: 400, body: { __type: 'ScanNotFoundException', message: 'x' } };
    answers = { ...describing(images), DescribeImageScanFindings: () => never };
    const { newest } = await fetchImages({ ...KEY, details: { scanFindings: true } }, () => NOW);
    expect(newest).toMatchObject({ digest: 'sha256:d', findings: undefined });
    answers = describing([]);
    asked = [];
    expect((await fetchImages({ ...KEY, details: { scanFindings: true } }, () => NOW)).newest).toBeUndefined();
    expect(asked).toHaveLength(1);
  });

  test('cause an error if a permission is missing', async () => {
    const denied = { status: 400, body: { __type: 'AccessDeniedException', message: 'no' } };
    answers = { ...describing(images), DescribeImageScanFindings: () => denied };
    await expect(fetchImages({ ...KEY, details: { scanFindings: true } }, () => NOW)).rejects.toThrow('no');
  });
});
