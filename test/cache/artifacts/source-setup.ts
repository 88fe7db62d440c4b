import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach } from 'vitest';
import type { FetchReport } from '../../../src/cache/artifacts/attempts.ts';
import { localFetcher } from '../../../src/cache/artifacts/fetch.ts';
import type { SourceRequest } from '../../../src/cache/artifacts/request.ts';
import { type ArtifactSource, createArtifactSource, type SourceResult } from '../../../src/cache/artifacts/source.ts';
import { nopStore } from '../../../src/cache/store.ts';
import { buildIndex, createRegistryClient, parseReference, pushArtifact } from '../../../src/oci/index.ts';
import { FAST_RETRY, smallImage } from '../../oci/fixtures.ts';
import { type RegistryServer, startRegistry } from '../../oci/registry-server.ts';
import { started } from '../../started.ts';

export const YAML = 'apiVersion: meta.pkg.crossplane.io/v1\nkind: Configuration\nmetadata:\n  name: cfg\n';
export const PACE = { intervalMs: 60_000, timeoutMs: 5_000 };
export const SOON = () => AbortSignal.timeout(10_000);
export const OPEN = { kind: 'tenant', pullSecrets: [], transport: { insecure: true } } as const;

type Fetched = SourceResult['fetched'];

/** What a test has to itself: a registry over HTTP, a source that fetches from it, what the source reported, and the time. */
class Environment {
  clock = 0;
  reports: FetchReport[] = [];
  #registry: RegistryServer | undefined;
  #source: ArtifactSource | undefined;
  readonly #made: ArtifactSource[] = [];

  get registry(): RegistryServer {
    return started(this.#registry);
  }

  set registry(next) {
    this.#registry = next;
  }

  get source(): ArtifactSource {
    return started(this.#source);
  }

  set source(next) {
    this.#source = next;
  }

  /** Makes a source, which is like a new process. */
  readonly make = (store = nopStore(), concurrency = 4, maxWaitingPerTenant = 256): ArtifactSource => {
    const source = createArtifactSource({
      fetcher: localFetcher(store),
      concurrency,
      maxWaitingPerTenant,
      aws: () => ({ get: async () => undefined }),
      now: () => this.clock,
      onFetch: (fetch) => this.reports.push(fetch),
      createClient: (options) => createRegistryClient({ ...options, retry: { ...FAST_RETRY, attempts: 1 } }),
    });
    this.#made.push(source);
    return source;
  };

  /** Pushes an image or an index and returns its digest. */
  readonly push = async (name: string, artifact: Parameters<typeof pushArtifact>[2]): Promise<string> => {
    const client = createRegistryClient({ retry: FAST_RETRY });
    await pushArtifact(client, parseReference(`${this.registry.host}/${name}`), artifact);
    await client.close();
    return artifact.document.descriptor.digest;
  };

  readonly request = (over: Partial<SourceRequest> = {}): SourceRequest => ({
    repository: { registry: this.registry.host, repository: 'acme/cfg' },
    selection: { kind: 'tag', tag: 'v1.0.0' },
    content: { kind: 'package' },
    tenant: 'team',
    connection: OPEN,
    networks: { local: true, private: true },
    chunkSize: 786_432,
    maxBytes: 1_048_576,
    ...over,
  });

  readonly get = (over?: Partial<SourceRequest>, schedule = PACE) =>
    this.source.get(this.request(over), schedule, SOON());
  readonly failure = async (over?: Partial<SourceRequest>) => (await this.get(over)).failure;

  /** The unpacked content of what was fetched; empty if there is none. */
  readonly contentOf = async (fetched: Fetched, over?: Partial<SourceRequest>): Promise<string> => {
    const bytes = fetched && (await this.source.content(this.request(over), fetched, PACE, SOON()));
    return gunzipSync(bytes ?? '').toString('latin1');
  };

  async start(): Promise<void> {
    this.registry = await startRegistry();
    this.clock = 0;
    this.reports = [];
    this.source = this.make();
  }

  async close(): Promise<void> {
    for (const source of this.#made.splice(0)) await source.close();
    await this.registry.close();
  }
}

/** An index with an image for each architecture, whose content ends with its name. */
export async function indexOf(...platforms: string[]) {
  const children = await Promise.all(
    platforms.map(async (architecture) => {
      const platform = { os: 'linux', architecture };
      return { artifact: await smallImage(`${YAML}# ${architecture}\n`, { platform }), platform };
    }),
  );
  return buildIndex(children);
}

/** Starts a registry and a source for each test of the file. */
export function sourceSetup(): Environment {
  const env = new Environment();
  beforeEach(() => env.start());
  afterEach(() => env.close());
  return env;
}
