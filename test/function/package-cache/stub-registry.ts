import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { Schedule, SourceRequest } from '../../../src/cache/artifacts/request.ts';
import type { SourceResult } from '../../../src/cache/artifacts/source.ts';
import type { Fetched } from '../../../src/cache/artifacts/state.ts';
import { splitContent } from '../../../src/cache/sets/chunks.ts';
import type { Artifacts } from '../../../src/function/package-cache/index.ts';
import type { PackageType } from '../../../src/xpkg/kinds.ts';
import { cacheFileName } from '../../../src/xpkg/names.ts';

/** A registry and a fetcher in memory: responses are immediate and deterministic. */
export interface StubRegistry {
  readonly artifacts: Artifacts;
  /** Puts a package of some content under a tag, and returns its digest. */
  push(repository: string, tag: string, text: string, type?: PackageType): string;
  /** Removes a tag. */
  drop(repository: string, tag: string): void;
  /** While it is true, the fetched artifact is not a package. */
  broken: boolean;
  /** The names of some contents by their digests. */
  lettersOf(contents: Readonly<Record<string, string>>): ReadonlyMap<string, string>;
  /** While it is true, the registry does not respond. */
  down: boolean;
  /** While it is true, earlier fetches are in a content store. */
  stored: boolean;
  /** While it is true, fetches do not finish. */
  pending: boolean;
  /** The requests. */
  readonly asked: { readonly request: SourceRequest; readonly schedule: Schedule }[];
}

export const HOST = 'registry.example.com';

/** Starts an empty registry. */
export function stubRegistry(): StubRegistry {
  const tags = new Map<string, string>();
  const packages = new Map<string, { text: string; type: PackageType }>();
  const asked: StubRegistry['asked'] = [];
  const registry: StubRegistry = {
    down: false,
    stored: false,
    broken: false,
    pending: false,
    asked,
    push(repository, tag, text, type = 'Configuration') {
      const digest = digestOf(text);
      tags.set(`${repository}:${tag}`, digest);
      packages.set(digest, { text, type });
      return digest;
    },
    drop(repository, tag) {
      tags.delete(`${repository}:${tag}`);
    },
    lettersOf: (contents) => new Map(Object.entries(contents).map(([name, text]) => [digestOf(text), name])),
    artifacts: { source: { get, content }, budgetMs: 1_000 },
  };

  async function get(request: SourceRequest, schedule: Schedule): Promise<SourceResult> {
    asked.push({ request, schedule });
    const nextMs = 60_000;
    const failed = (reason: 'FetchFailed' | 'InvalidArtifact', message: string, lasting = false) => {
      return { fetched: undefined, failure: { reason, message, lasting }, pending: false, nextMs };
    };
    if (registry.pending) return { fetched: undefined, failure: undefined, pending: true, nextMs };
    if (registry.down && !registry.stored) return failed('FetchFailed', 'the registry is down');
    if (registry.broken) return failed('InvalidArtifact', 'invalid package');
    const { repository, selection } = request;
    const versions = [...tags.keys()].map((name) => name.slice(name.indexOf(':') + 1)).sort();
    const tag = selection.kind === 'tag' ? selection.tag : selection.kind === 'semver' ? versions.at(-1) : undefined;
    const digest = selection.kind === 'digest' ? selection.digest : tags.get(`${repository.repository}:${tag}`);
    const found = packages.get(digest ?? '');
    if (registry.down && found === undefined) return failed('FetchFailed', 'the registry is down');
    if (digest === undefined || found === undefined) return failed('FetchFailed', 'there is no such tag', true);
    const revision = tag === undefined ? digest : `${tag}@${digest}`;
    const metadata = { 'org.opencontainers.image.revision': `commit of ${found.text.slice(0, 10)}` };
    const fetched = { ...fetchedOf(request, revision, digest, found.text), packageType: found.type, metadata };
    if (registry.down) return { ...failed('FetchFailed', 'the registry is down'), fetched, restored: true };
    return { fetched, failure: undefined, pending: false, nextMs };
  }

  async function content(_: SourceRequest, { digest }: Fetched): Promise<Uint8Array | undefined> {
    const found = registry.down && !registry.stored ? undefined : packages.get(digest);
    return found && bytesOf(found.text);
  }
  return registry;
}

function fetchedOf({ repository, chunkSize }: SourceRequest, revision: string, digest: string, text: string): Fetched {
  const source = `${repository.registry}/${repository.repository}`;
  const file = cacheFileName(`${source}@${digest}`, digest);
  const { manifest } = splitContent(
    { file, bytes: bytesOf(text), artifact: { source, digest } },
    { base: '', chunkSize },
  );
  return { revision, digest, manifest };
}

function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

function bytesOf(text: string): Uint8Array {
  return gzipSync(text, { level: 0 });
}
