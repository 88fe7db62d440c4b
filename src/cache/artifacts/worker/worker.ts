import { serveTasks, type TaskResult } from '../../../internal/workers/serve-tasks.ts';
import { DEFAULT_RETRY, sessionClient } from '../../../oci/index.ts';
import { fileStore, nopStore } from '../../store.ts';
import { localFetcher } from '../fetch.ts';
import { toPlainError } from './plain-error.ts';
import { remoteSession } from './remote-session.ts';
import type { FetchOutcome, RemoteFetch } from './worker-fetcher.ts';

// The program of a thread that fetches artifacts: all parsing of a registry's responses runs here.

/**
 * The maximum size of a manifest. Those of packages have a few kilobytes; parsing one of 4 MiB, the largest that registries accept, needs
 * 100 MiB of memory.
 */
const MAX_MANIFEST_BYTES = 1_048_576;

/** Does nothing: the other thread owns the connections. */
const noop = async () => undefined;

serveTasks<RemoteFetch, FetchOutcome>(async ({ task, store }, port, signal): Promise<TaskResult<FetchOutcome>> => {
  const session = remoteSession(port, signal);
  const options = { retry: DEFAULT_RETRY, maxManifestBytes: MAX_MANIFEST_BYTES };
  const client = { ...sessionClient(() => session, options), close: noop, destroy: noop };
  const fetcher = localFetcher(store === undefined ? nopStore() : fileStore(store));
  try {
    const artifact = await fetcher.run(client, task, signal);
    if (artifact === 'unchanged') return { value: { artifact }, transfer: [] };
    // Copy, as small buffers share their memory.
    const bytes = new Uint8Array(artifact.content.bytes);
    const value = { artifact: { ...artifact, content: { ...artifact.content, bytes } } };
    return { value, transfer: [bytes.buffer] };
  } catch (error) {
    return { value: { error: toPlainError(error) }, transfer: [] };
  }
});
