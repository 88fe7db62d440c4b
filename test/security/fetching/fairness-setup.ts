import { afterEach, beforeEach } from 'vitest';
import { localFetcher } from '../../../src/cache/artifacts/fetch.ts';
import type { Connection, SourceRequest } from '../../../src/cache/artifacts/request.ts';
import {
  type ArtifactSource,
  type ArtifactSourceOptions,
  createArtifactSource,
  type SourceResult,
} from '../../../src/cache/artifacts/source.ts';
import { nopStore } from '../../../src/cache/store.ts';
import { createRegistryClient } from '../../../src/oci/index.ts';
import { collect, FAST_RETRY, smallImage } from '../../oci/fixtures.ts';
import { type RegistryServer, startRegistry } from '../../oci/registry-server.ts';
import { started } from '../../started.ts';

const YAML = 'apiVersion: meta.pkg.crossplane.io/v1\nkind: Configuration\nmetadata:\n  name: cfg\n';
export const TENANT = { kind: 'tenant', pullSecrets: [], transport: { insecure: true } } as const;
export const PLATFORM = { kind: 'platform', identity: { kind: 'own' } } as const;

interface Asking {
  readonly tenant: string;
  readonly from: RegistryServer;
  readonly repository?: string;
  readonly connection?: Connection;
  readonly timeoutMs?: number;
}

export function request({ tenant, from, repository = 'a', connection = TENANT }: Asking): SourceRequest {
  return {
    tenant,
    repository: { registry: from.host, repository },
    selection: { kind: 'tag', tag: 'v1' },
    content: { kind: 'package' },
    connection,
    networks: { local: true, private: false },
    chunkSize: 786_432,
    maxBytes: 1_048_576,
  };
}

/** Starts a registry that has some packages. */
async function startWithPackages(): Promise<RegistryServer> {
  const registry = await startRegistry();
  const image = await smallImage(YAML);
  for (const name of ['a', 'b', 'c', 'd']) {
    registry.putManifest(name, 'v1', image.document.bytes, image.document.descriptor.mediaType);
  }
  for (const blob of [image.config, ...image.layers]) {
    registry.blobs.set(blob.descriptor.digest, await collect(blob.open()));
  }
  return registry;
}

/** The fixtures of one test: a source that tenants share, and the registries of an honest and of a hostile tenant. */
class Environment {
  clock = 0;
  faults: unknown[] = [];
  readonly timers: NodeJS.Timeout[] = [];
  #started: { readonly honest: RegistryServer; readonly hostile: RegistryServer } | undefined;
  #source: ArtifactSource | undefined;

  get honest(): RegistryServer {
    return started(this.#started).honest;
  }

  get hostile(): RegistryServer {
    return started(this.#started).hostile;
  }

  get source(): ArtifactSource {
    return started(this.#source);
  }

  set source(next) {
    this.#source = next;
  }

  readonly create = (options: Partial<ArtifactSourceOptions> = {}): ArtifactSource =>
    createArtifactSource({
      fetcher: localFetcher(nopStore()),
      aws: () => ({ get: async () => undefined }),
      now: () => this.clock,
      onFault: (error) => this.faults.push(error),
      createClient: (client) => createRegistryClient({ ...client, retry: { ...FAST_RETRY, attempts: 1 } }),
      ...options,
    });

  /** Requests and waits until the fetch ends. */
  readonly get = (asking: Asking): Promise<SourceResult> => this.#ask(asking, new AbortController().signal);

  /** Requests without waiting. */
  readonly begin = (asking: Asking): Promise<SourceResult> => this.#ask(asking, AbortSignal.abort());

  #ask(asking: Asking, signal: AbortSignal): Promise<SourceResult> {
    return this.source.get(request(asking), { intervalMs: 60_000, timeoutMs: asking.timeoutMs ?? 600_000 }, signal);
  }

  async start(): Promise<void> {
    this.#started = { honest: await startWithPackages(), hostile: await startWithPackages() };
    this.clock = 0;
    this.faults = [];
    this.source = this.create();
  }

  async close(): Promise<void> {
    for (const timer of this.timers.splice(0)) clearInterval(timer);
    await this.source.close();
    await this.honest.close();
    await this.hostile.close();
  }
}

/** Starts the registries and the source for each test of the file. */
export function fairnessSetup(): Environment {
  const env = new Environment();
  beforeEach(() => env.start());
  afterEach(() => env.close());
  return env;
}
