import { describe, expect, test } from 'vitest';
import { buildLayer, writeTar } from '../../../src/oci/index.ts';
import { smallImage } from '../../oci/fixtures.ts';
import { failWith } from '../../oci/registry-server.ts';
import { indexOf, sourceSetup, YAML } from './source-setup.ts';

const env = sourceSetup();
const { failure, get, push } = env;

describe('a source that fails', () => {
  test('keeps its result, and waits longer after each failure', async () => {
    const digest = await push('acme/cfg:v1.0.0', await smallImage(YAML));
    await get();
    env.registry.fault = failWith(503);
    env.clock = 60_000;
    expect(await get()).toMatchObject({ fetched: { digest }, failure: { reason: 'FetchFailed' }, nextMs: 1_000 });
    env.clock = 61_000;
    expect(await get()).toMatchObject({ fetched: { digest }, nextMs: 2_000 });
    env.registry.fault = undefined;
    env.clock = 63_000;
    expect(await get()).toMatchObject({ fetched: { digest }, failure: undefined });
  });

  test('does not immediately request missing content again', async () => {
    expect(await failure()).toMatchObject({ reason: 'FetchFailed', lasting: true });
    await push('acme/cfg:v1.0.0', await smallImage(YAML));
    env.registry.requests.length = 0;
    env.clock = 29_999;
    expect((await get()).fetched).toBeUndefined();
    expect(env.registry.requests).toEqual([]);
    env.clock = 30_000;
    expect((await get()).fetched).toBeDefined();
  });

  test.each([
    [401, 'AuthFailed'],
    [403, 'AuthFailed'],
    [404, 'FetchFailed'],
    [429, 'FetchFailed'],
    [500, 'FetchFailed'],
  ])('reports status %d: %s', async (status, reason) => {
    env.registry.fault = failWith(status);
    expect((await failure())?.reason).toBe(reason);
  });

  test('reports an unreachable registry', async () => {
    const repository = { registry: '127.0.0.1:1', repository: 'acme/cfg' };
    expect(await failure({ repository })).toMatchObject({ reason: 'FetchFailed', lasting: false });
  });

  test('reports a range without a match, and an invalid range', async () => {
    await push('acme/cfg:v1.0.0', await smallImage(YAML));
    expect((await failure({ selection: { kind: 'semver', semver: '^2.0.0' } }))?.message).toContain(
      'satisfies "^2.0.0"',
    );
    expect((await failure({ selection: { kind: 'semver', semver: 'newest' } }))?.lasting).toBe(true);
  });

  test('refuses local addresses unless they are allowed', async () => {
    const networks = { local: false, private: true };
    expect(await failure({ networks })).toMatchObject({ reason: 'NotAllowed', lasting: true });
  });

  test('refuses an index without the platform that Crossplane selects', async () => {
    await push('acme/cfg:v1.0.0', await indexOf('arm64', 's390x'));
    expect(await failure()).toMatchObject({ reason: 'InvalidArtifact', lasting: true });
  });

  test('refuses an image that is not a package', async () => {
    const layer = await buildLayer(writeTar([{ type: 'file', name: 'other.yaml', content: Buffer.from(YAML) }]));
    await push('acme/cfg:v1.0.0', await smallImage('', { layers: [layer] }));
    expect((await failure())?.reason).toBe('InvalidArtifact');
  });

  test('refuses content over the limit, and accepts exactly the limit', async () => {
    await push('acme/cfg:v1.0.0', await smallImage(YAML));
    const size = (await get()).fetched?.manifest.size ?? 0;
    expect((await get({ maxBytes: size })).fetched).toBeDefined();
    expect(await failure({ maxBytes: size - 1 })).toMatchObject({ reason: 'TooLarge', lasting: true });
  });

  test('refuses a layer whose bytes do not have its digest', async () => {
    const image = await smallImage(YAML);
    await push('acme/cfg:v1.0.0', image);
    const [layer] = image.layers;
    env.registry.blobs.set(layer?.descriptor.digest ?? '', Buffer.alloc(layer?.descriptor.size ?? 0));
    expect((await get()).fetched).toBeUndefined();
    expect((await failure())?.reason).toMatch(/FetchFailed|InvalidArtifact/);
  });
});
