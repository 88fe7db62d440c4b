import { beforeEach } from 'vitest';
import type { JsonObject } from '../../../../src/json/value.ts';
import { objectAt } from '../../call.ts';
import { type Cluster, startCluster } from '../cluster.ts';
import { HOST, stubRegistry } from '../stub-registry.ts';

export const CAPABILITIES = [1, 2, 3, 4, 5];
export const INSTALLED = `Configuration/acme-cfg ${HOST}/acme/cfg:v1`;

/** The source `cfg`, which installs a Configuration, with the fields of `over`. */
export function source(over: JsonObject = {}): JsonObject {
  return {
    name: 'cfg',
    url: `oci://${HOST}/acme/cfg`,
    ref: { tag: 'v1' },
    install: { kind: 'Configuration' },
    ...over,
  };
}

function fresh() {
  const registry = stubRegistry();
  registry.push('acme/cfg', 'v1', 'one');
  const cluster = startCluster(registry.artifacts);
  cluster.capabilities = CAPABILITIES;
  cluster.input = { allowedRegistries: [HOST] };
  cluster.sources = [source()];
  return { registry, cluster };
}

/** Provides each test of the file with a registry with a package, and a cluster with the source that installs it. */
export function installSetup() {
  const env = {
    ...fresh(),

    async rounds(count = 3): Promise<void> {
      for (let round = 0; round < count; round += 1) await env.cluster.reconcile();
    },

    /** `kind/name image` of each package in the cluster. */
    packages(): string[] {
      return [...env.cluster.observed.values()]
        .filter(({ kind }) => ['Configuration', 'Provider', 'Function'].includes(String(kind)))
        .map((one) => `${one.kind}/${objectAt(one, 'metadata').name} ${objectAt(one, 'spec').package}`)
        .sort();
    },

    ofKind: (kind: string) => [...env.cluster.observed.values()].filter((one) => one.kind === kind),
  };
  beforeEach(() => {
    Object.assign(env, fresh());
  });
  return env;
}

export const uidOf = (object: JsonObject | undefined) => objectAt(object ?? {}, 'metadata').uid;

export const messageOf = ({ conditions }: Awaited<ReturnType<Cluster['reconcile']>>, type: string) =>
  conditions.find((one) => one.type === type)?.message;
