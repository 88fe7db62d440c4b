import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import type { SourceRequest } from '../../../src/cache/artifacts/request.ts';
import { fileStore } from '../../../src/cache/store.ts';
import { smallImage } from '../../oci/fixtures.ts';
import { failWith, startRegistry } from '../../oci/registry-server.ts';
import { OPEN, PACE, SOON, sourceSetup, YAML } from './source-setup.ts';

const env = sourceSetup();
const { contentOf, get, make, push, request } = env;

const work = mkdtempSync(join(tmpdir(), 'source-'));
afterAll(() => rmSync(work, { recursive: true }));

describe('the content store', () => {
  test('replaces all downloads after a restart, but not the requests that check access', async () => {
    const directory = mkdtempSync(join(work, 'store-'));
    const store = fileStore({ directory, maxBytes: 1e6 });
    await push('acme/cfg:v1.0.0', await smallImage(YAML));
    env.source = make(store);
    await get();
    expect(readdirSync(directory).length).toBeGreaterThanOrEqual(2);
    env.source = make(store);
    env.registry.requests.length = 0;
    const { fetched } = await get();
    expect(env.registry.requests.map(({ method }) => method)).toEqual(['GET', 'HEAD']);
    expect(await contentOf(fetched)).toBe(YAML);
  });

  const breakWith = (status: number | undefined) => {
    env.registry.fault = status === undefined ? undefined : failWith(status);
  };
  const textOf = async (over?: Partial<SourceRequest>) => {
    const { fetched } = await get(over);
    const bytes = fetched && (await env.source.content(request(over), fetched, PACE, SOON()));
    return bytes && gunzipSync(bytes).toString();
  };

  /** A new process, with a store of what the one before was given. */
  async function restarted(over?: Partial<SourceRequest>, directory = mkdtempSync(join(work, 'store-'))) {
    const store = fileStore({ directory, maxBytes: 1e6 });
    await push('acme/cfg:v1.0.0', await smallImage(YAML));
    env.source = make(store);
    await get(over);
    env.source = make(store);
    env.clock += 600_000;
    return store;
  }

  test('replaces a registry that does not respond, with the content that it sent to the same requester', async () => {
    const store = await restarted();
    breakWith(503);
    const { fetched, restored, failure: failed, pending } = await get();
    expect({ restored, pending, reason: failed?.reason }).toEqual({
      restored: true,
      pending: false,
      reason: 'FetchFailed',
    });
    expect(await contentOf(fetched)).toBe(YAML);
    breakWith(undefined);
    env.registry.requests.length = 0;
    env.clock += 600_000;
    expect(await get()).toMatchObject({ restored: undefined, failure: undefined, fetched });
    expect(env.registry.requests.map(({ method }) => method)).toEqual(['HEAD']);
    await env.registry.close();
    env.source = make(store);
    expect(await textOf()).toBe(YAML);
    env.registry = await startRegistry();
  });

  test('is not used once the registry denies access', async () => {
    await restarted();
    breakWith(503);
    expect(await textOf()).toBe(YAML);
    breakWith(403);
    env.clock += 600_000;
    expect(await get()).toMatchObject({ fetched: undefined, restored: undefined, failure: { reason: 'AuthFailed' } });
  });

  const pullSecrets = [{ name: 'pull', type: 'kubernetes.io/dockerconfigjson', data: {} }];
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const others: readonly (readonly [string, Partial<SourceRequest>])[] = [
    ['of another tenant', { tenant: 'other' }],
    ['with other credentials', { connection: { ...OPEN, pullSecrets } }],
    ['that asks for signatures', { signers: { keys: [{ name: 'a.pub', pem }] } }],
    ['of another tag', { selection: { kind: 'tag', tag: 'v1' } }],
    ['of another repository', { repository: { registry: 'other.example.com', repository: 'acme/cfg' } }],
  ];
  test.each(others)('is not used for an requester %s', async (_, over) => {
    await restarted();
    breakWith(503);
    expect(await textOf(over)).toBeUndefined();
    expect(await textOf()).toBe(YAML);
  });

  test.each([401, 403, 404, 429])('is not used for a registry that returns %d', async (status) => {
    await restarted();
    breakWith(status);
    expect(await textOf()).toBeUndefined();
  });

  test.each([401, 403, 404])('drops the record of access if the registry returns %d', async (status) => {
    const store = await restarted();
    breakWith(status);
    await get();
    env.source = make(store);
    breakWith(503);
    expect(await textOf()).toBeUndefined();
  });

  test('returns the latest revision of a moved tag', async () => {
    await restarted();
    await push('acme/cfg:v1.0.0', await smallImage(`${YAML}# moved\n`));
    await get();
    env.clock += 600_000;
    breakWith(502);
    expect(await textOf()).toBe(`${YAML}# moved\n`);
  });

  test.each(['damaged', 'gone'])('is not used if its content is %s', async (how) => {
    const directory = mkdtempSync(join(work, 'store-'));
    await restarted(undefined, directory);
    const contents = readdirSync(directory).filter((name) => !name.startsWith('note-'));
    expect(contents).toHaveLength(3);
    for (const name of contents) {
      if (how === 'gone') rmSync(join(directory, name));
      else writeFileSync(join(directory, name), 'x');
    }
    breakWith(503);
    expect(await textOf()).toBeUndefined();
    breakWith(undefined);
    env.clock += 600_000;
    expect(await textOf()).toBe(YAML);
  });

  test('that fails only causes downloads', async () => {
    env.source = make(fileStore({ directory: '/dev/null/no', maxBytes: 1e6 }));
    await push('acme/cfg:v1.0.0', await smallImage(YAML));
    expect((await get()).fetched).toBeDefined();
  });
});
