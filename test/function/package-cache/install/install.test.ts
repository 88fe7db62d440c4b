import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../../src/json/value.ts';
import { composite } from '../../call.ts';
import { conditionOf, objectsIn, startCluster } from '../cluster.ts';
import { HOST } from '../stub-registry.ts';
import { CAPABILITIES, INSTALLED, installSetup, messageOf, source } from './install-setup.ts';

const env = installSetup();
const { ofKind, packages, rounds } = env;

test('two sources that install the same package: the first keeps it, and the condition reports the other', async () => {
  env.registry.push('acme/cfg', 'v2', 'two');
  env.cluster.sources = [source()];
  await rounds();
  env.cluster.sources = [source({ name: 'edge', ref: { tag: 'v2' } }), source()];
  const answer = await env.cluster.reconcile();
  expect(conditionOf(answer)).toBe('false Conflict');
  expect(messageOf(answer, 'PackageCacheReady')).toMatch(
    /^edge: the source cfg already installs Configuration acme-cfg/,
  );
  await rounds();
  expect(packages()).toEqual([INSTALLED]);
});

describe('a package of another kind than install.kind', () => {
  const both =
    /install\.kind must be Provider, the type of the package, not Configuration; set install\.kind: Provider/;

  test('is not installed, and the condition names both kinds', async () => {
    env.registry.push('acme/cfg', 'v1', 'provider', 'Provider');
    for (let round = 0; round < 3; round += 1) {
      const answer = await env.cluster.reconcile();
      expect(conditionOf(answer)).toBe('false InvalidArtifact');
      expect(messageOf(answer, 'PackageCacheReady')).toMatch(both);
    }
    expect(packages()).toEqual([]);
  });

  test('does not replace the installed one', async () => {
    await rounds();
    const maps = ofKind('ConfigMap').map(({ binaryData }) => binaryData);
    env.registry.push('acme/cfg', 'v1', 'provider', 'Provider');
    for (let round = 0; round < 3; round += 1)
      expect(conditionOf(await env.cluster.reconcile())).toBe('false InvalidArtifact');
    expect(packages()).toEqual([INSTALLED]);
    expect(ofKind('ConfigMap').map(({ binaryData }) => binaryData)).toEqual(maps);
  });

  test.each(['Keep', 'Uninstall'])(
    'leaves the installed one unchanged when install is changed, with onRemoval: %s',
    async (onRemoval) => {
      await rounds();
      env.cluster.input = { ...env.cluster.input, onRemoval };
      env.cluster.sources = [source({ install: { kind: 'Provider' } })];
      for (const down of [false, true, false]) {
        env.registry.down = down;
        env.cluster.restart(env.registry.artifacts);
        const answer = await env.cluster.reconcile();
        expect(messageOf(answer, 'PackageCacheReady')).toMatch(
          down ? /Configuration/ : /must be Configuration, the type of the package, not Provider/,
        );
        expect(packages()).toEqual([INSTALLED]);
        expect(objectsIn(env.cluster.status.keptPackages)).toMatchObject([{ kind: 'Configuration', name: 'acme-cfg' }]);
      }
    },
  );

  test('is installed by its digest next to one that is pinned by the same tag', async () => {
    await rounds();
    const digest = env.registry.push('acme/cfg', 'v1', 'provider', 'Provider');
    env.cluster.sources = [source({ install: { kind: 'Provider' } })];
    await rounds(4);
    expect(packages()).toEqual([INSTALLED, `Provider/acme-cfg ${HOST}/acme/cfg@${digest}`]);
    expect(ofKind('ImageConfig')).toHaveLength(1);
  });

  test('replaces the installed one once it exists, with onRemoval: Uninstall', async () => {
    await rounds();
    env.cluster.input = { ...env.cluster.input, onRemoval: 'Uninstall' };
    env.registry.push('acme/cfg', 'v1', 'provider', 'Provider');
    env.cluster.sources = [source({ install: { kind: 'Provider' } })];
    await rounds(1);
    expect(packages()).toEqual([INSTALLED]);
    await rounds(4);
    expect(packages()).toEqual([`Provider/acme-cfg ${HOST}/acme/cfg:v1`]);
    expect(ofKind('ImageConfig')).toHaveLength(1);
    expect(env.cluster.status.keptPackages).toBeUndefined();
  });
});

describe('a missing object is requested again within 30 seconds, regardless of the ttl', () => {
  const missing: { name: string; over: JsonObject }[] = [
    { name: 'a Secret with credentials', over: { secretRef: { name: 'pull' } } },
    { name: 'a ServiceAccount', over: { serviceAccountName: 'builder' } },
    { name: 'a Secret with a CA', over: { certSecretRef: { name: 'ca' } } },
    { name: 'a Secret with a proxy', over: { proxySecretRef: { name: 'proxy' } } },
    { name: 'a Secret with keys', over: { verify: { secretRef: { name: 'keys' } } } },
    { name: 'the URI of the bundle repository', over: { url: undefined } },
  ];
  test.each(missing)('$name', async ({ over }) => {
    env.cluster.ttl = '24h';
    env.cluster.sources = [source(over)];
    for (let round = 0; round < 2; round += 1) {
      const { meta } = await env.cluster.reconcile();
      expect(meta.ttlSeconds).toBeGreaterThan(0);
      expect(meta.ttlSeconds).toBeLessThanOrEqual(30);
    }
  });

  test('the health of a package', async () => {
    env.cluster.ttl = '24h';
    await rounds();
    expect((await env.cluster.reconcile()).meta.ttlSeconds).toBeLessThanOrEqual(30);
  });
});

describe('protection', () => {
  test('is a ClusterUsage on a Crossplane that has the kind, once the package exists', async () => {
    await rounds(2);
    expect(ofKind('ClusterUsage')).toEqual([]);
    await rounds(1);
    expect(ofKind('ClusterUsage')).toMatchObject([
      {
        metadata: { name: 'keep-configuration-acme-cfg' },
        spec: { of: { apiVersion: 'pkg.crossplane.io/v1', kind: 'Configuration', resourceRef: { name: 'acme-cfg' } } },
      },
    ]);
  });

  test('is omitted on a Crossplane that does not have the kind', async () => {
    env.cluster.capabilities = undefined;
    await rounds();
    expect(ofKind('ClusterUsage')).toEqual([]);
    env.cluster.remove();
    expect(packages()).toEqual([INSTALLED]);
  });

  test('is not required on Crossplane v1, where lookups have another name', async () => {
    env.cluster.capabilities = undefined;
    env.cluster.isFirst = true;
    await rounds();
    expect(packages()).toEqual([INSTALLED]);
  });

  test.each<[string, readonly number[] | undefined, string]>([
    ['by its digest on Crossplane before 2.2, which would find the earlier content at the tag', undefined, '@sha256:'],
    ['by its tag on later versions', CAPABILITIES, ':v2'],
  ])('a later revision is installed %s', async (_, capabilities, reference) => {
    env.cluster.capabilities = capabilities;
    await rounds();
    expect(packages()).toEqual([INSTALLED]);
    env.registry.push('acme/cfg', 'v2', 'two');
    env.cluster.sources = [source({ ref: { tag: 'v2' } })];
    await rounds();
    expect(packages()).toEqual([expect.stringContaining(`${HOST}/acme/cfg${reference}`)]);
    expect(ofKind('ImageConfig')).toHaveLength(capabilities ? 1 : 0);
    const [before] = packages();
    await rounds();
    expect(packages()).toEqual([before]);
  });

  test('a moved tag is installed by its digest on Crossplane before 2.2', async () => {
    env.cluster.capabilities = undefined;
    await rounds();
    env.registry.push('acme/cfg', 'v1', 'two');
    env.cluster.annotations = { 'reconcile.fluxcd.io/requestedAt': 'now' };
    await rounds();
    expect(packages()).toEqual([expect.stringContaining(`${HOST}/acme/cfg@sha256:`)]);
  });

  test('cannot be removed by a claim', async () => {
    const own = { ...composite(), spec: { claimRef: { namespace: 'default' } } };
    env.cluster = startCluster(env.registry.artifacts, own);
    env.cluster.input = { allowedRegistries: [HOST] };
    env.cluster.sources = [{ ...source(), onRemoval: 'Uninstall' }];
    const { results } = await env.cluster.reconcile();
    expect(results.at(-1)).toMatchObject({ severity: 1, message: expect.stringMatching(/onRemoval: unknown field/) });
  });
});
