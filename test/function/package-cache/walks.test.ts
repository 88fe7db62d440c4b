import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LABELS } from '../../../src/cache/sets/config-map.ts';
import type { JsonObject } from '../../../src/json/value.ts';
import { objectAt } from '../call.ts';
import { type Cluster, startCluster } from './cluster.ts';
import { HOST, type StubRegistry, stubRegistry } from './stub-registry.ts';

/** The events that can happen to a composite with packages. */
type Step =
  | {
      readonly kind: 'add';
      readonly source: string;
      readonly package: string;
      readonly tag: string;
      readonly install: boolean;
    }
  | { readonly kind: 'rename' | 'remove' | 'install' | 'uninstall' | 'suspend' | 'resume'; readonly source: string }
  | { readonly kind: 'retag' | 'move'; readonly source: string; readonly to: string }
  | { readonly kind: 'kind'; readonly source: string; readonly to: string }
  | { readonly kind: 'keep' | 'limit' | 'chunk'; readonly to: number }
  | { readonly kind: 'push'; readonly package: string; readonly tag: string; readonly version: number }
  | {
      readonly kind: 'down' | 'stored' | 'pending' | 'broken' | 'lost status' | 'restart' | 'forbid';
      readonly on: boolean;
    }
  | { readonly kind: 'namespace'; readonly to: string }
  | { readonly kind: 'damage' | 'delete'; readonly which: number };

const SOURCES = ['a', 'b', 'c'];
const PACKAGES = ['acme/one', 'acme/two'];
const TAGS = ['v1', 'v2'];

const name = fc.constantFrom(...SOURCES);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('add' as const),
    source: name,
    package: fc.constantFrom(...PACKAGES),
    tag: fc.constantFrom(...TAGS),
    install: fc.boolean(),
  }),
  fc.record({
    kind: fc.constantFrom('rename' as const, 'remove', 'install', 'uninstall', 'suspend', 'resume'),
    source: name,
  }),
  fc.record({ kind: fc.constant('retag' as const), source: name, to: fc.constantFrom(...TAGS) }),
  fc.record({ kind: fc.constant('move' as const), source: name, to: fc.constantFrom(...PACKAGES) }),
  fc.record({ kind: fc.constant('kind' as const), source: name, to: fc.constantFrom('Configuration', 'Provider') }),
  fc.record({ kind: fc.constant('keep' as const), to: fc.integer({ min: 0, max: 2 }) }),
  fc.record({ kind: fc.constant('limit' as const), to: fc.constantFrom(1_000, 2_500, 100_000) }),
  fc.record({ kind: fc.constant('chunk' as const), to: fc.constantFrom(1_024, 786_432) }),
  fc.record({
    kind: fc.constant('push' as const),
    package: fc.constantFrom(...PACKAGES),
    tag: fc.constantFrom(...TAGS),
    version: fc.integer({ min: 0, max: 3 }),
  }),
  fc.record({
    kind: fc.constantFrom('down' as const, 'stored', 'pending', 'broken', 'lost status', 'restart', 'forbid'),
    on: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('namespace' as const), to: fc.constantFrom('crossplane-system', 'elsewhere') }),
  fc.record({ kind: fc.constantFrom('damage' as const, 'delete'), which: fc.nat(5) }),
);

interface World {
  readonly registry: StubRegistry;
  readonly cluster: Cluster;
}

function take({ registry, cluster }: World, one: Step): void {
  const sources = cluster.sources.map((source) => objectAt({ source }, 'source'));
  const change = (source: string, over: JsonObject) => {
    cluster.sources = sources.map((each) => (each.name === source ? { ...each, ...over } : each));
  };
  const input = (over: JsonObject) => {
    cluster.input = { ...cluster.input, ...over };
  };
  if (one.kind === 'add') {
    const { source, tag, install } = one;
    const added = { name: source, url: `oci://${HOST}/${one.package}`, ref: { tag } };
    const others = sources.filter((each) => each.name !== source);
    cluster.sources = [...others, { ...added, ...(install && { install: { kind: 'Configuration' } }) }];
  } else if (one.kind === 'rename') {
    const free = ['a', 'b', 'c', 'd'].find((each) => sources.every((source) => source.name !== each));
    change(one.source, { name: free ?? one.source });
  } else if (one.kind === 'remove') cluster.sources = sources.filter((each) => each.name !== one.source);
  else if (one.kind === 'install') change(one.source, { install: { kind: 'Configuration' } });
  else if (one.kind === 'uninstall') change(one.source, { install: undefined });
  else if (one.kind === 'suspend' || one.kind === 'resume') change(one.source, { suspend: one.kind === 'suspend' });
  else if (one.kind === 'retag') change(one.source, { ref: { tag: one.to } });
  else if (one.kind === 'move') change(one.source, { url: `oci://${HOST}/${one.to}` });
  else if (one.kind === 'kind') change(one.source, { install: { kind: one.to } });
  else if (one.kind === 'keep') cluster.sources = sources.map((each) => ({ ...each, keep: one.to }));
  else if (one.kind === 'limit') input({ maxContentBytes: one.to });
  else if (one.kind === 'chunk') input({ chunkSize: one.to });
  else if (one.kind === 'namespace') input({ namespace: one.to });
  else if (one.kind === 'forbid') input({ allowedRegistries: one.on ? [] : [HOST] });
  else if (one.kind === 'push') registry.push(one.package, one.tag, `${one.package} ${one.version} `.repeat(80));
  else if (one.kind === 'down') registry.down = one.on;
  else if (one.kind === 'pending') registry.pending = one.on;
  else if (one.kind === 'stored') registry.stored = one.on;
  else if (one.kind === 'broken') registry.broken = one.on;
  else if (one.kind === 'lost status') cluster.status = {};
  else if (one.kind === 'restart') cluster.restart(registry.artifacts);
  else if (one.kind === 'damage' || one.kind === 'delete') spoil(cluster, one.kind, one.which);
}

/** Changes or deletes a ConfigMap. */
function spoil(cluster: Cluster, kind: 'damage' | 'delete', which: number): void {
  const maps = [...cluster.observed].filter(([, object]) => object.kind === 'ConfigMap');
  const [composedName, object] = maps[which % Math.max(1, maps.length)] ?? [];
  if (composedName === undefined || object === undefined) return;
  if (kind === 'delete') cluster.observed.delete(composedName);
  else cluster.observed.set(composedName, { ...object, binaryData: { other: 'AA==' } });
}

async function start(): Promise<World> {
  const registry = stubRegistry();
  for (const repository of PACKAGES)
    for (const tag of TAGS) registry.push(repository, tag, `${repository} ${tag} `.repeat(80));
  const cluster = startCluster(registry.artifacts);
  cluster.capabilities = [1, 2, 3, 4, 5];
  cluster.input = { allowedRegistries: [HOST] };
  cluster.sources = [
    { name: 'a', url: `oci://${HOST}/acme/one`, ref: { tag: 'v1' }, install: { kind: 'Configuration' } },
    { name: 'b', url: `oci://${HOST}/acme/two`, ref: { tag: 'v2' } },
  ];
  for (let round = 0; round < 3; round += 1) await cluster.reconcile();
  return { registry, cluster };
}

/** Packages by kind and name, with their uid. */
function packages({ observed }: Cluster): Map<string, unknown> {
  const found = [...observed.values()].filter(({ kind }) => kind === 'Configuration' || kind === 'Provider');
  return new Map(found.map((one) => [`${one.kind}/${objectAt(one, 'metadata').name}`, objectAt(one, 'metadata').uid]));
}

/** The digests that packages are installed from, and those that are in ConfigMaps. */
function digests({ observed }: Cluster): { readonly installed: string[]; readonly carried: Set<string> } {
  const objects = [...observed.values()];
  const byTag = new Map(
    objects
      .filter(({ kind }) => kind === 'ImageConfig')
      .map((pin) => {
        const [match] = Array.isArray(objectAt(pin, 'spec').matchImages) ? Object(pin.spec).matchImages : [];
        return [String(match?.prefix), String(objectAt(pin, 'spec', 'rewriteImage').prefix)] as const;
      }),
  );
  const images = objects.filter(({ kind }) => kind === 'Configuration' || kind === 'Provider');
  const installed = images.map((one) => {
    const image = String(objectAt(one, 'spec').package);
    return byTag.get(image) ?? image;
  });
  const carried = new Set<string>();
  const maps = objects.filter(({ kind }) => kind === 'ConfigMap');
  const setOf = (map: JsonObject) => objectAt(map, 'metadata', 'labels')[LABELS.set];
  for (const map of maps) {
    for (const text of Object.values(objectAt(map, 'data'))) {
      const { artifact, chunks } = Object(JSON.parse(String(text)));
      const members = maps.filter((one) => setOf(one) === setOf(map));
      const isIntact =
        members.length === chunks.length && members.every((one) => !('other' in objectAt(one, 'binaryData')));
      if (isIntact) carried.add(`${artifact.source}@${artifact.digest}`);
    }
  }
  return { installed, carried };
}

const walk = fc.array(step, { minLength: 1, maxLength: 25 });

test('installed packages remain the same objects and keep their content, for any sequence of events', async () => {
  await fc.assert(
    fc.asyncProperty(walk, async (steps) => {
      const world = await start();
      expect(packages(world.cluster).size).toBe(1);
      let before = packages(world.cluster);
      for (const one of steps) {
        take(world, one);
        const spoiled = one.kind === 'damage' || one.kind === 'delete';
        const content = digests(world.cluster);
        await world.cluster.reconcile();
        const after = packages(world.cluster);
        for (const [each, uid] of before) expect(after.get(each), `${each} after ${JSON.stringify(one)}`).toBe(uid);
        before = after;
        const now = digests(world.cluster);
        for (const each of now.installed) {
          const wasThere = content.carried.has(each) && !spoiled;
          if (wasThere) expect(now.carried, `content of ${each} after ${JSON.stringify(one)}`).toContain(each);
        }
      }
    }),
    { numRuns: 150 },
  );
}, 300_000);

test('after recovery, every source that can be ready is ready', async () => {
  await fc.assert(
    fc.asyncProperty(walk, async (steps) => {
      const { registry, cluster } = await start();
      for (const one of steps) {
        take({ registry, cluster }, one);
        await cluster.reconcile();
      }
      Object.assign(registry, { down: false, pending: false, broken: false });
      cluster.input = { allowedRegistries: [HOST], maxContentBytes: 100_000 };
      cluster.sources = cluster.sources.map((source) => {
        const { install, ...rest } = objectAt({ source }, 'source');
        return { ...rest, suspend: false, ...(install && { install: { kind: 'Configuration' } }) };
      });
      for (let round = 0; round < 5; round += 1) await cluster.reconcile();
      for (const [source, status] of Object.entries(objectAt(cluster.status, 'packageCache'))) {
        const { ready, reason } = objectAt({ status }, 'status');
        expect(reason === 'Conflict' || ready, `${source}: ${reason}`).toBe(true);
      }
    }),
    { numRuns: 60 },
  );
}, 300_000);
