import { describe, expect, test } from 'vitest';
import { failWith } from '../../../oci/registry-server.ts';
import { registrySetup, YAML } from '../registry-setup.ts';

const env = registrySetup();
const { artifacts, push, source, statusOf } = env;

describe('install', () => {
  const packages = () =>
    [...env.cluster.observed.values()].filter(({ apiVersion }) => String(apiVersion).startsWith('pkg.'));

  test('creates the package with its tag, and the ImageConfig that pins the tag, once the content is complete', async () => {
    const digest = await push('acme/cfg:v1');
    env.cluster.sources = [source({ install: { kind: 'Configuration' } })];
    await env.cluster.reconcile();
    expect(packages()).toEqual([]);
    expect(statusOf().install).toMatchObject({ kind: 'Configuration', name: 'acme-cfg', installed: false });
    await env.cluster.reconcile();
    const [first, second] = packages();
    expect(first).toMatchObject({
      kind: 'Configuration',
      metadata: { name: 'acme-cfg' },
      spec: { package: `${env.registry.host}/acme/cfg:v1`, packagePullPolicy: 'Never' },
    });
    expect(second).toMatchObject({
      kind: 'ImageConfig',
      spec: {
        matchImages: [{ type: 'Prefix', prefix: `${env.registry.host}/acme/cfg:v1` }],
        rewriteImage: { prefix: `${env.registry.host}/acme/cfg@${digest}` },
      },
    });
  });

  test('uses the digest if the source has no tag, and pulls a package with a runtime if it is not present', async () => {
    const digest = await push('acme/cfg:v1', YAML.replace('Configuration', 'Function'));
    const install = { kind: 'Function', name: 'fn', skipDependencyResolution: true };
    env.cluster.sources = [source({ ref: { digest }, install })];
    await env.cluster.reconcile();
    await env.cluster.reconcile();
    expect(packages()).toEqual([
      expect.objectContaining({
        spec: {
          package: `${env.registry.host}/acme/cfg@${digest}`,
          packagePullPolicy: 'IfNotPresent',
          skipDependencyResolution: true,
        },
      }),
    ]);
  });

  test('is unchanged while the registry is down, even when the ConfigMaps are deleted', async () => {
    await push('acme/cfg:v1');
    env.cluster.sources = [source({ install: { kind: 'Configuration' } })];
    for (let round = 0; round < 3; round += 1) await env.cluster.reconcile();
    const before = packages().map(({ spec }) => spec);
    env.registry.fault = failWith(500);
    for (const [name, { kind }] of env.cluster.observed) if (kind === 'ConfigMap') env.cluster.observed.delete(name);
    env.cluster.restart(artifacts());
    await env.cluster.reconcile();
    expect(packages().map(({ spec }) => spec)).toEqual(before);
  });
});
