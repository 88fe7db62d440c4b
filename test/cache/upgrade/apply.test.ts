import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isCacheError } from '../../../src/cache/errors.ts';
import { type ApplyOptions, applySet } from '../../../src/cache/upgrade/apply.ts';
import { platform } from './packed.ts';
import { type SetServer, startSetServer } from './set-server.ts';

let server: SetServer;
let waits: number[];
beforeEach(async () => {
  server = await startSetServer();
  waits = [];
});
afterEach(() => server.close());

const LEASE = '/apis/coordination.k8s.io/v1/namespaces/crossplane-system/leases/package-set-platform';

function options(more: Partial<ApplyOptions> = {}): ApplyOptions {
  return {
    api: server.api,
    manager: 'test',
    force: false,
    holder: 'me',
    pauseMs: 0,
    now: () => 1_000_000,
    wait: async (ms) => void (ms > 0 && waits.push(ms)),
    ...more,
  };
}

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'none',
    (error: unknown) => (isCacheError(error) ? `${error.code} ${error.message}` : String(error)),
  );
const changes = () => server.requests.filter((line) => /^(PATCH|DELETE)/.test(line) && !line.includes('leases'));

test('applies the contents first and the record last, and releases the Lease', async () => {
  const packed = platform('v1.0.0');
  const summary = await applySet(packed, options());
  expect(summary).toMatchObject({ set: 'platform', version: 'v1.0.0', unchanged: 0, failure: undefined });
  expect(summary.applied).toHaveLength(packed.objects.length);
  expect(changes().at(-1)).toMatch(/configmaps\/package-set-platform$/);
  expect(server.objects.size).toBe(packed.objects.length);
  expect(server.objects.has(LEASE)).toBe(false);
});

test('does not send existing contents again, except those of another manager', async () => {
  const packed = platform('v1.0.0');
  await applySet(packed, options());
  const again = await applySet(packed, options());
  expect(again.unchanged).toBe(packed.objects.filter(({ value }) => 'binaryData' in value).length);
  const other = await applySet(packed, options({ manager: 'another' }));
  expect(other.unchanged).toBe(0);
});

test('a new version updates the labels of contents that both versions have', async () => {
  await applySet(platform('v1.0.0'), options());
  const { unchanged } = await applySet(platform('v2.0.0'), options());
  expect(unchanged).toBe(0);
  const versions = [...server.objects.values()].map(({ metadata }) => Object.values(metadata.labels ?? {}));
  expect(versions.flat().filter((text) => text === 'v1.0.0').length).toBeGreaterThan(0);
});

describe('an API server that', () => {
  test('returns 429 is waited for as long as it requests, and then gets fewer requests', async () => {
    let left = 3;
    server.fault = (method) =>
      method === 'PATCH' && left-- > 0 ? { status: 429, headers: { 'retry-after': '7' } } : undefined;
    const { failure } = await applySet(platform('v1.0.0'), options());
    expect(failure).toBeUndefined();
    expect(waits.slice(0, 3)).toEqual([7_000, 7_000, 7_000]);
    // Three 429 make a pause of a second, which ten changes without one halve.
    expect(waits.slice(3, 6)).toEqual([1_000, 1_000, 1_000]);
  });

  test('requests a retry after hours is not waited for', async () => {
    server.fault = (method) => (method === 'PATCH' ? { status: 429, headers: { 'retry-after': '7200' } } : undefined);
    expect(await codeOf(applySet(platform('v1.0.0'), options()))).toMatch(/^API .*429.*retry after 3600 s/);
    // The pause before the Lease is given back.
    expect(waits).toEqual([250]);
  });

  test.each([409, 500, 503])('occasionally returns %i gets the request again', async (status) => {
    let count = 0;
    server.fault = (method) => (method === 'PATCH' && count++ % 2 === 0 ? { status } : undefined);
    expect((await applySet(platform('v1.0.0'), options())).failure).toBeUndefined();
    expect(waits.every((ms) => ms <= 11_000)).toBe(true);
  });

  test('always returns 503 ends the run after eight attempts, without changes', async () => {
    server.fault = (method) => (method === 'PATCH' ? { status: 503 } : undefined);
    expect(await codeOf(applySet(platform('v1.0.0'), options()))).toMatch(/^API .*after 8 attempts.*503/);
    expect(changes()).toHaveLength(8);
    expect([...server.objects.keys()]).toEqual([]);
  });

  test.each([400, 403, 422])('returns %i does not get the request again', async (status) => {
    server.fault = (method) => (method === 'PATCH' ? { status } : undefined);
    expect(await codeOf(applySet(platform('v1.0.0'), options()))).toMatch(`the API server answered ${status}`);
    expect(changes()).toHaveLength(1);
  });

  test('reports that another manager owns a field does not get the request again', async () => {
    const body = { message: 'Apply failed', details: { causes: [{ reason: 'FieldManagerConflict' }] } };
    server.fault = (method) => (method === 'PATCH' ? { status: 409, body } : undefined);
    expect(await codeOf(applySet(platform('v1.0.0'), options()))).toMatch(/^API .*use --force-conflicts to take/);
    expect(changes()).toHaveLength(1);
  });

  test.each([403, 409])('would refuse a package with %i is not changed', async (status) => {
    const body = { message: 'Apply failed', details: { causes: [{ reason: 'FieldManagerConflict' }] } };
    server.fault = (method, path) => (method === 'DRYRUN' && path.endsWith('/acme-b') ? { status, body } : undefined);
    expect(await codeOf(applySet(platform('v1.0.0'), options()))).toMatch(`the API server answered ${status}`);
    expect(changes()).toEqual([]);
    expect([...server.objects.keys()]).toEqual([]);
  });

  test('fails in the middle: the outcome reports it, and the next run continues from there', async () => {
    const packed = platform('v1.0.0');
    let count = 0;
    server.fault = (method) => (method === 'PATCH' && ++count > 3 ? { status: 403 } : undefined);
    const first = await applySet(packed, options());
    expect(first.applied).toHaveLength(3);
    expect(first.failure?.message).toMatch(/403/);
    expect([...server.objects.keys()].some((key) => key.endsWith('package-set-platform'))).toBe(false);
    server.fault = undefined;
    const second = await applySet(packed, options());
    expect(second).toMatchObject({ unchanged: 3, failure: undefined });
    expect(second.applied.length + 3).toBe(packed.objects.length);
  });

  test('does not have ImageConfigs is not changed', async () => {
    server.missing.add('imageconfigs');
    expect(await codeOf(applySet(platform('v1.0.0'), options()))).toMatch(/^API .*kind ImageConfig/);
    expect(changes()).toEqual([]);
  });
});

describe('two operators', () => {
  const lease = (renewTime: string) => ({
    metadata: { name: 'package-set-platform' },
    spec: { holderIdentity: 'alice@host', leaseDurationSeconds: 60, renewTime },
  });

  test('do not apply concurrently: the second is refused with the name of the first', async () => {
    server.put(LEASE, lease(new Date(990_000).toISOString()));
    expect(await codeOf(applySet(platform('v1.0.0'), options()))).toMatch(
      /^BUSY .*alice@host is changing it since 1970/,
    );
    expect(changes()).toEqual([]);
    expect(server.objects.has(LEASE)).toBe(true);
  });

  test('that begin at the same time: one of them applies', async () => {
    const both = [platform('v1.0.0'), platform('v2.0.0')].map((packed, index) =>
      codeOf(applySet(packed, options({ holder: `operator ${index}` }))),
    );
    const outcomes = await Promise.all(both);
    expect(outcomes.filter((outcome) => outcome.startsWith('BUSY'))).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'none')).toHaveLength(1);
    const versions = new Set(
      [...server.objects.values()].map(({ metadata }) =>
        Object.values(metadata.labels ?? {}).find((text) => /^v\d/.test(text)),
      ),
    );
    expect(versions.size).toBe(1);
  });

  test('the Lease of a dead one expires', async () => {
    server.put(LEASE, lease(new Date(900_000).toISOString()));
    expect((await applySet(platform('v1.0.0'), options())).failure).toBeUndefined();
  });

  test('one whose Lease was acquired by another stops', async () => {
    let time = 1_000_000;
    const packed = platform('v1.0.0');
    const summary = await applySet(packed, {
      ...options({ now: () => time }),
      onProgress: (done) => {
        if (done !== 2) return;
        time += 30_000;
        server.put(LEASE, lease(new Date(time).toISOString()));
      },
    });
    expect(summary.applied).toHaveLength(2);
    expect(summary.failure).toMatchObject({ code: 'BUSY' });
    expect(server.objects.get(LEASE)?.spec).toMatchObject({ holderIdentity: 'alice@host' });
  });
});

test('a canceled run reports its progress', async () => {
  const stopping = new AbortController();
  const summary = await applySet(platform('v1.0.0'), {
    ...options({ signal: stopping.signal }),
    onProgress: (done) => done === 2 && stopping.abort(),
  });
  expect(summary.applied).toHaveLength(2);
  expect(summary.failure?.message).toMatch(/canceled/);
});
