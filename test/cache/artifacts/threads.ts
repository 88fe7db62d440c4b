import { type WorkerFetcherOptions, workerFetcher } from '../../../src/cache/artifacts/worker-fetcher.ts';

const REGISTER = `import { register } from '${import.meta.resolve('tsx/esm/api')}'; register();`;

/** Arguments that let a thread load TypeScript in all versions of Node: what vitest does for its own modules ends at the thread. */
export const TYPESCRIPT_ARGS = ['--import', `data:text/javascript,${encodeURIComponent(REGISTER)}`];

/** A fetcher whose threads run from the sources. */
export function sourceFetcher(options: WorkerFetcherOptions = {}) {
  return workerFetcher({ ...options, execArgv: TYPESCRIPT_ARGS });
}
