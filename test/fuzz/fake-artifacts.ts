import { createHash } from 'node:crypto';
import type { SourceRequest } from '../../src/cache/artifacts/request.ts';
import type { Fetched } from '../../src/cache/artifacts/state.ts';
import { type Content, splitContent } from '../../src/cache/sets/chunks.ts';
import type { Artifacts } from '../../src/function/package-cache/index.ts';
import { formatReference } from '../../src/oci/index.ts';
import { cacheFileName } from '../../src/xpkg/names.ts';

/** Bytes that fill more than one chunk of the smallest size. */
const CONTENT_BYTES = 3_000;

/** Registries in which everything is there, always the same; only repositories that begin with `x` cannot be reached. */
export const fakeArtifacts: Artifacts = {
  budgetMs: 1_000,
  source: {
    async get(request) {
      const failure = { reason: 'FetchFailed', message: 'connection refused', lasting: false } as const;
      const fetched = request.repository.repository.startsWith('x') ? undefined : fetchedOf(request);
      return { fetched, failure: fetched ? undefined : failure, pending: false, nextMs: 60_000 };
    },
    async content(request) {
      return contentOf(request).bytes;
    },
  },
};

function contentOf({ repository, selection }: SourceRequest): Content {
  const source = formatReference(repository);
  const digest = `sha256:${createHash('sha256')
    .update(JSON.stringify([source, selection]))
    .digest('hex')}`;
  const bytes = Buffer.alloc(CONTENT_BYTES, digest);
  return { file: cacheFileName(`${source}@${digest}`, digest), bytes, artifact: { source, digest } };
}

function fetchedOf(request: SourceRequest): Fetched {
  const content = contentOf(request);
  const { digest = '' } = content.artifact ?? {};
  const { manifest } = splitContent(content, { base: '', chunkSize: request.chunkSize });
  const tag = request.selection.kind === 'tag' ? request.selection.tag : undefined;
  return { revision: tag === undefined ? digest : `${tag}@${digest}`, digest, manifest };
}
