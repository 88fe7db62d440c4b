import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach } from 'vitest';
import { loadCluster } from '../../../src/cache/loader/run.ts';
import { DEFAULT_SELECTOR } from '../../../src/cache/sets/config-map.ts';
import { started } from '../../started.ts';
import { entrySet } from '../sets.ts';
import { type ApiServer, startApiServer } from './api-server.ts';

export const cfg = entrySet('cfg', { size: 6_000 });
export const other = entrySet('other');
export const late = entrySet('late');
export const nothing = { placed: [], unchanged: [], removed: [], kept: [], refused: [] };

/** Starts an API server for each test of the file, with a directory to load into. */
export function clusterSetup() {
  const work = mkdtempSync(join(tmpdir(), 'cluster-'));
  let cluster: ApiServer | undefined;

  const env = {
    get cluster(): ApiServer {
      return started(cluster);
    },
    into: work,
    /** How many times the loader was told that something is forbidden. */
    forbidden: 0,

    options(namespaces = ['crossplane-system']) {
      const onForbidden = () => {
        env.forbidden += 1;
      };
      const trusted = namespaces.map((namespace) => ({ namespace }));
      return {
        api: env.cluster.api,
        trusted,
        selector: DEFAULT_SELECTOR,
        into: env.into,
        maxBytes: 1_000_000,
        onForbidden,
      };
    },

    async once(namespaces?: string[]) {
      const { placed, unchanged, removed, kept, refused } = await loadCluster(env.options(namespaces));
      return {
        placed,
        unchanged,
        removed,
        kept: kept.map(({ file }) => file),
        refused: refused.map(({ code }) => code),
      };
    },

    entries: () => readdirSync(env.into).filter((name) => !name.startsWith('.')),
  };

  beforeEach(async () => {
    cluster = await startApiServer();
    env.into = mkdtempSync(join(work, 'd-'));
    env.forbidden = 0;
  });
  afterEach(() => env.cluster.close());
  afterAll(() => rmSync(work, { recursive: true }));
  return env;
}
