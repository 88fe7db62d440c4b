import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { type WorkerFetcherOptions, workerFetcher } from '../../../../src/cache/artifacts/worker/worker-fetcher.ts';

// The module beside what `require` finds: vitest has no import.meta.resolve.
const TSX = new URL('index.mjs', pathToFileURL(createRequire(import.meta.url).resolve('tsx/esm/api'))).href;
const REGISTER = `import { register } from '${TSX}'; register();`;

/** Arguments that let a thread load TypeScript in all versions of Node: what vitest does for its own modules ends at the thread. */
export const TYPESCRIPT_ARGS = ['--import', `data:text/javascript,${encodeURIComponent(REGISTER)}`];

/** A fetcher whose threads run from the sources. */
export function sourceFetcher(options: WorkerFetcherOptions = {}) {
  return workerFetcher({ ...options, execArgv: TYPESCRIPT_ARGS });
}
