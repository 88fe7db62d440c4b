import { createWorkerPool, WorkerError, type WorkerPoolOptions } from '../../../internal/workers/worker-pool.ts';
import { cancelError } from '../../../oci/http/cancel.ts';
import { formatReference, OciError } from '../../../oci/index.ts';
import type { FileStoreOptions } from '../../store.ts';
import type { ArtifactFetcher, FetchedArtifact, FetchRequest, FetchTask } from '../fetch.ts';
import { fromPlainError, type PlainError } from './plain-error.ts';
import { serveSession } from './remote-session.ts';

/** A task for a thread, without access to the registry. */
export interface RemoteFetch {
  readonly task: FetchTask;
  readonly store: FileStoreOptions | undefined;
}

/** The response of a thread. */
export type FetchOutcome = { readonly artifact: FetchedArtifact | 'unchanged' } | { readonly error: PlainError };

/** Options of {@link workerFetcher}. */
export interface WorkerFetcherOptions extends Partial<Pick<WorkerPoolOptions, 'execArgv' | 'maxStuckMs' | 'threads'>> {
  /** The store for fetched content. Default: none. */
  readonly store?: FileStoreOptions | undefined;
}

/** Fetches mostly wait for a registry, so one thread serves many. Each further thread may need as much memory again. */
const THREADS = 1;
/** Long work yields regularly; its longest step takes a tenth of a second. */
const MAX_STUCK_MS = 5_000;
const MAX_HEAP_MEBIBYTES = 64;
const IDLE_MS = 10_000;

// In the bundle, this code is in a folder below the entry points.
const SCRIPT = import.meta.url.endsWith('.ts')
  ? new URL('./worker.ts', import.meta.url)
  : new URL('../worker.js', import.meta.url);

/**
 * Returns a fetcher that runs in worker threads, so that parsing a registry's responses never blocks this thread, which only forwards bytes.
 * A fetch whose signal aborts is ended; a thread that does not react or needs too much memory is ended with all its fetches.
 */
export function workerFetcher({ store, ...options }: WorkerFetcherOptions): ArtifactFetcher {
  const pool = createWorkerPool<RemoteFetch, FetchOutcome>({
    script: SCRIPT,
    threads: THREADS,
    maxStuckMs: MAX_STUCK_MS,
    maxHeapMebibytes: MAX_HEAP_MEBIBYTES,
    idleMs: IDLE_MS,
    ...options,
  });
  return {
    async run(client, { request, ...task }, signal) {
      const session = client.session(request.repository);
      try {
        const outcome = await pool.run({
          data: { task: { ...task, request: withoutConnection(request) }, store },
          signal,
          serve: (port, ended) => serveSession(port, session, ended),
        });
        if ('error' in outcome) throw fromPlainError(outcome.error);
        return outcome.artifact;
      } catch (error) {
        throw asFetchError(error, request, signal);
      }
    },
    close: () => pool.close(),
  };
}

/** Copies the fields of a fetch only: a request may have more fields than its type, and credentials must not leave this thread. */
function withoutConnection({
  repository,
  selection,
  content,
  signers,
  platform,
  chunkSize,
  maxBytes,
}: FetchRequest): FetchRequest {
  return { repository, selection, content, signers, platform, chunkSize, maxBytes };
}

function asFetchError(error: unknown, { repository }: FetchRequest, signal: AbortSignal): unknown {
  if (!(error instanceof WorkerError) || error.code === 'CRASHED') return error;
  if (error.code === 'ABORTED') return cancelError(signal);
  // Another fetch in the same thread may be the cause, so this one is retried.
  const why = error.code === 'STUCK' ? 'reading it took too long' : 'reading it needed too much memory';
  return new OciError('TIMEOUT', `cannot fetch ${formatReference(repository)}: ${why}`, { cause: error });
}
