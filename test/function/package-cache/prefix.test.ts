import { expect, test } from 'vitest';
import { Severity } from '../../../src/protocol/messages.ts';
import { call, composite, input, objectAt, request, seedParameters } from '../call.ts';
import { startCluster } from './cluster.ts';
import { HOST, stubRegistry } from './stub-registry.ts';

const SOURCE = { name: 'cfg', url: `oci://${HOST}/acme/cfg`, ref: { tag: 'v1' }, install: { kind: 'Configuration' } };

async function settled(prefix: string | undefined) {
  const registry = stubRegistry();
  registry.push('acme/cfg', 'v1', 'one');
  const cluster = startCluster(registry.artifacts);
  cluster.prefix = prefix;
  cluster.input = { allowedRegistries: [HOST] };
  cluster.sources = [SOURCE];
  for (let round = 0; round < 3; round += 1) await cluster.reconcile();
  return { cluster, registry, last: await cluster.reconcile() };
}

test('a step with a prefix finds its package cache again, and adds another revision', async () => {
  const { cluster, registry } = await settled('west-');
  const names = [...cluster.observed.keys()];
  expect(names.every((name) => name.startsWith('west-'))).toBe(true);
  expect(names.some((name) => name.startsWith('west-package-cache-cfg-'))).toBe(true);
  expect(names).toContain('west-package-cache-configuration.acme-cfg');
  const map = [...cluster.observed.values()].find(({ kind }) => kind === 'ConfigMap');
  expect(objectAt(map ?? {}, 'metadata').name).toMatch(/^west-cfg-/);
  expect(objectAt(cluster.status, 'packageCache', 'west-cfg')).toMatchObject({ ready: true });
  const before = objectAt(cluster.observed.get('west-package-cache-configuration.acme-cfg') ?? {}, 'metadata').uid;
  registry.push('acme/cfg', 'v1', 'two');
  cluster.annotations = { 'reconcile.fluxcd.io/requestedAt': 'now' };
  for (let round = 0; round < 3; round += 1) await cluster.reconcile();
  expect(objectAt(cluster.observed.get('west-package-cache-configuration.acme-cfg') ?? {}, 'metadata').uid).toBe(
    before,
  );
});

test('a package that an earlier step installs is refused in a later step', async () => {
  const { cluster, last } = await settled(undefined);
  const parameters = { ...seedParameters, packageCache: { sources: [SOURCE] } };
  const west = [...cluster.observed].map(([name, object]) => [`west-${name}`, object] as const);
  const response = await call(
    request({
      input: input({ resourceNamePrefix: 'west-', enforced: { workloadName: 'other' }, allowed: cluster.allowed }),
      composite: composite(parameters),
      observed: Object.fromEntries(west),
      desired: last.desired,
      ...(last.context && { context: last.context }),
    }),
  );
  const fatal = response.results.filter(({ severity }) => severity === Severity.FATAL).map(({ message }) => message);
  expect(fatal).toEqual([
    expect.stringMatching(/composes "package-cache-configuration\.acme-cfg", .*the same package as one of this step/),
  ]);
});
