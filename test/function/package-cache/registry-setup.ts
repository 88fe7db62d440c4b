import { afterEach, beforeEach } from 'vitest';
import { localFetcher } from '../../../src/cache/artifacts/fetch.ts';
import { type ArtifactSource, createArtifactSource } from '../../../src/cache/artifacts/source.ts';
import { type ContentStore, nopStore } from '../../../src/cache/store.ts';
import type { Artifacts } from '../../../src/function/package-cache/index.ts';
import type { JsonObject } from '../../../src/json/value.ts';
import { createRegistryClient, type Image, parseReference, pushArtifact } from '../../../src/oci/index.ts';
import { FAST_RETRY, smallImage } from '../../oci/fixtures.ts';
import { type RegistryServer, startRegistry } from '../../oci/registry-server.ts';
import { started } from '../../started.ts';
import { objectAt } from '../call.ts';
import { type Cluster, startCluster } from './cluster.ts';

export const YAML = 'apiVersion: meta.pkg.crossplane.io/v1\nkind: Configuration\nmetadata:\n  name: cfg\n';

/** The fixtures of one test: a registry over HTTP, a cluster with one source in it, and the time. */
interface Environment {
  registry: RegistryServer;
  cluster: Cluster;
  clock: number;
  /** Fetches from the registry like a new pod. With a budget of 0, the call ends before any fetch does. */
  artifacts(budgetMs?: number, store?: ContentStore): Artifacts & { readonly source: ArtifactSource };
  /** The source `cfg` with the fields of `over`. */
  source(over?: JsonObject): JsonObject;
  /** Pushes a package and returns its digest. */
  push(name: string, text?: string): Promise<string>;
  pushImage(name: string, image: Image): Promise<void>;
  configMaps(): JsonObject[];
  statusOf(name?: string): JsonObject;
}

/** Starts a registry and a cluster for each test of the file or the `describe` that calls it. */
export function registrySetup(): Environment {
  const open: ArtifactSource[] = [];
  let registry: RegistryServer | undefined;

  const env: Environment = {
    get registry() {
      return started(registry);
    },
    set registry(next) {
      registry = next;
    },
    cluster: startCluster(undefined),
    clock: 0,
    artifacts(budgetMs = 10_000, store = nopStore()) {
      const source = createArtifactSource({
        fetcher: localFetcher(store),
        aws: () => ({ get: async () => undefined }),
        now: () => env.clock,
        createClient: (options) => createRegistryClient({ ...options, retry: { ...FAST_RETRY, attempts: 1 } }),
      });
      open.push(source);
      return { source, budgetMs };
    },
    source(over = {}) {
      return { name: 'cfg', url: `oci://${env.registry.host}/acme/cfg`, ref: { tag: 'v1' }, insecure: true, ...over };
    },
    async push(name, text = YAML) {
      const image = await smallImage(text);
      await env.pushImage(name, image);
      return image.document.descriptor.digest;
    },
    async pushImage(name, image) {
      const client = createRegistryClient({ retry: FAST_RETRY });
      await pushArtifact(client, parseReference(`${env.registry.host}/${name}`), image);
      await client.close();
    },
    configMaps: () => [...env.cluster.observed.values()].filter(({ kind }) => kind === 'ConfigMap'),
    statusOf: (name = 'cfg') => objectAt(env.cluster.status, 'packageCache', name),
  };

  beforeEach(async () => {
    env.registry = await startRegistry();
    env.clock = 0;
    env.cluster = startCluster(env.artifacts());
    env.cluster.input = { allowedRegistries: [env.registry.host], allowLocalAddresses: true, allowInsecure: true };
    env.cluster.sources = [env.source()];
  });
  afterEach(async () => {
    for (const one of open.splice(0)) await one.close();
    await env.registry.close();
  });
  return env;
}

/** A Secret, or an object of another kind, as Crossplane returns it. */
export function secret(data: Readonly<Record<string, string>>, type = 'Opaque'): JsonObject {
  const entries = Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]);
  return { apiVersion: 'v1', kind: 'Secret', type, data: Object.fromEntries(entries) };
}

/** Text that compresses to about `size` bytes. */
export function noise(size: number): string {
  let text = YAML;
  for (let seed = 1; text.length < size * 1.5; seed = (seed * 16_807) % 2_147_483_647)
    text += `# ${seed.toString(36)}\n`;
  return text;
}
