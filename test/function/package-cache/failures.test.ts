import { describe, expect, test } from 'vitest';
import { smallImage } from '../../oci/fixtures.ts';
import { failWith } from '../../oci/registry-server.ts';
import { conditionOf } from './cluster.ts';
import { noise, registrySetup, secret } from './registry-setup.ts';

const env = registrySetup();
const { artifacts, configMaps, push, pushImage, source, statusOf } = env;

describe('content is kept', () => {
  async function settled(): Promise<string> {
    await push('acme/cfg:v1', noise(3_000));
    env.cluster.input = { ...env.cluster.input, chunkSize: 1_024 };
    await env.cluster.reconcile();
    await env.cluster.reconcile();
    expect(statusOf().ready).toBe(true);
    return JSON.stringify(configMaps().map(({ binaryData }) => binaryData));
  }
  const now = () => JSON.stringify(configMaps().map(({ binaryData }) => binaryData));

  const troubles: { name: string; reason: string; make: () => void | Promise<void> }[] = [
    { name: 'the registry is down', reason: 'FetchFailed', make: () => answer(503) },
    { name: 'access is refused', reason: 'AuthFailed', make: () => answer(403) },
    { name: 'the repository was deleted', reason: 'FetchFailed', make: () => answer(404) },
    {
      name: 'the source is no longer allowed',
      reason: 'NotAllowed',
      make: () => {
        env.cluster.input = { ...env.cluster.input, allowedRegistries: [] };
      },
    },
    {
      name: 'its Secret was deleted',
      reason: 'AuthFailed',
      make: () => {
        env.cluster.sources = [source({ secretRef: { name: 'pull' } })];
      },
    },
    {
      name: 'the package must be signed now, and is not',
      reason: 'VerifyFailed',
      make: () => {
        env.cluster.objects.set('Secret/default/keys', secret({ 'a.pub': 'no key' }));
        env.cluster.sources = [source({ verify: { secretRef: { name: 'keys' } } })];
      },
    },
    {
      name: 'the tag moved to something that is not a package',
      reason: 'InvalidArtifact',
      make: async () => {
        await pushImage('acme/cfg:v1', await smallImage('', { layers: [] }));
        env.clock = 1e9;
      },
    },
    {
      name: 'the tag moved to a package that is too large',
      reason: 'TooLarge',
      make: async () => {
        env.cluster.input = { ...env.cluster.input, maxContentBytes: 10_000 };
        await push('acme/cfg:v1', noise(60_000));
      },
    },
  ];

  const broken = { 'YAML that ends early': 'this: [is not', 'no Kubernetes object': 'a: 1', nothing: '' };
  for (const [what, text] of Object.entries(broken)) {
    troubles.push({
      name: `the package.yaml is ${what}`,
      reason: 'InvalidArtifact',
      make: async () => {
        await push('acme/cfg:v1', text);
        env.clock = 1e9;
      },
    });
  }

  function answer(status: number): void {
    env.registry.fault = failWith(status);
    env.clock = 1e9;
  }

  test.each(troubles)('when $name, also after a restart', async ({ reason, make }) => {
    const before = await settled();
    await make();
    env.cluster.restart(artifacts());
    for (let round = 0; round < 3; round += 1)
      expect(conditionOf(await env.cluster.reconcile())).toBe(`false ${reason}`);
    expect(now()).toBe(before);
    expect(statusOf()).toMatchObject({ ready: false, reason, revision: expect.stringMatching(/^v1@sha256:/) });
  });

  test('when the fetch takes longer than the call', async () => {
    const before = await settled();
    env.cluster.restart(artifacts(0));
    expect(conditionOf(await env.cluster.reconcile())).toBe('false Pending');
    expect(now()).toBe(before);
  });

  test('when nothing can be fetched, as in a rendering', async () => {
    const before = await settled();
    env.cluster.restart(undefined);
    expect(conditionOf(await env.cluster.reconcile())).toBe('false Pending');
    expect(now()).toBe(before);
  });

  test('when the parameters are invalid: the result is fatal and nothing is applied', async () => {
    const before = await settled();
    env.cluster.sources = [source({ name: 'Bad Name' })];
    const { results } = await env.cluster.reconcile();
    expect(results[0]?.message).toMatch(/spec\.parameters\.packageCache\.sources\[0\]\.name: must be/);
    expect(now()).toBe(before);
  });

  test('when a ConfigMap is deleted: it is created again', async () => {
    const before = await settled();
    const [victim] = [...env.cluster.observed].find(([, { kind }]) => kind === 'ConfigMap') ?? [];
    env.cluster.observed.delete(victim ?? '');
    await env.cluster.reconcile();
    expect(
      JSON.stringify(
        configMaps()
          .map(({ binaryData }) => binaryData)
          .sort(byKey),
      ),
    ).toBe(JSON.stringify(JSON.parse(before).sort(byKey)));
  });

  test('when a ConfigMap is deleted while the registry is down: the others are kept', async () => {
    await settled();
    const count = configMaps().length;
    const [victim] = [...env.cluster.observed].find(([, { kind }]) => kind === 'ConfigMap') ?? [];
    env.cluster.observed.delete(victim ?? '');
    answer(503);
    env.cluster.restart(artifacts());
    await env.cluster.reconcile();
    expect(configMaps()).toHaveLength(count - 1);
  });

  test('the source recovers when the failure ends', async () => {
    await settled();
    answer(503);
    await env.cluster.reconcile();
    env.registry.fault = undefined;
    env.clock += 1e9;
    expect(conditionOf(await env.cluster.reconcile())).toBe('true Available');
    expect(statusOf().ready).toBe(true);
  });

  function byKey(a: unknown, b: unknown): number {
    return JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;
  }
});
