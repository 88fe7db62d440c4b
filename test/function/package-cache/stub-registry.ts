import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { SourceRequest } from '../../../src/cache/artifacts/request.ts';
import type { SourceAnswer } from '../../../src/cache/artifacts/source.ts';
import type { Fetched } from '../../../src/cache/artifacts/state.ts';
import { splitContent } from '../../../src/cache/sets/chunks.ts';
import type { Artifacts } from '../../../src/function/package-cache/index.ts';
import type { PackageType } from '../../../src/xpkg/kinds.ts';
import { cacheFileName } from '../../../src/xpkg/names.ts';

/** A registry and what fetches from it, in memory: answers come at once, and the same in each run. */
export interface StubRegistry {
  readonly artifacts: Artifacts;
  /** Puts a package of some content under a tag, and gives its digest. */
  push(repository: string, tag: string, text: string, type?: PackageType): string;
  /** Nothing answers while it is true. */
  down: boolean;
  /** What the latest call asked for. */
  readonly asked: SourceRequest[];
}

export const HOST = 'registry.example.com';

/** Starts a registry that has nothing. */
export function stubRegistry(): StubRegistry {
  const tags = new Map<string, string>();
  const packages = new Map<string, { text: string; type: PackageType }>();
  const asked: SourceRequest[] = [];
  const registry: StubRegistry = {
    down: false,
    asked,
    push(repository, tag, text, type = 'Configuration') {
      const digest = `sha256:${createHash('sha256').update(text).digest('hex')}`;
      tags.set(`${repository}:${tag}`, digest);
      packages.set(digest, { text, type });
      return digest;
    },
    artifacts: { source: { get, content }, budgetMs: 1_000 },
  };

  async function get(request: SourceRequest): Promise<SourceAnswer> {
    asked.push(request);
    const nextMs = 60_000;
    const failed = (reason: 'FetchFailed' | 'InvalidArtifact', message: string) => {
      return { fetched: undefined, failure: { reason, message, lasting: false }, pending: false, nextMs };
    };
    if (registry.down) return failed('FetchFailed', 'the registry is down');
    const { repository, selection } = request;
    const tag = selection.kind === 'tag' ? selection.tag : undefined;
    const digest = selection.kind === 'digest' ? selection.digest : tags.get(`${repository.repository}:${tag}`);
    const found = packages.get(digest ?? '');
    if (digest === undefined || found === undefined) return failed('FetchFailed', 'there is no such tag');
    const revision = tag === undefined ? digest : `${tag}@${digest}`;
    const fetched = { ...fetchedOf(request, revision, digest, found.text), packageType: found.type };
    return { fetched, failure: undefined, pending: false, nextMs };
  }

  async function content(_: SourceRequest, { digest }: Fetched): Promise<Uint8Array | undefined> {
    const found = registry.down ? undefined : packages.get(digest);
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

function bytesOf(text: string): Uint8Array {
  return gzipSync(text, { level: 0 });
}
