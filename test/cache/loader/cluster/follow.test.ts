import { afterEach, describe, expect, test } from 'vitest';
import type { LoadSummary } from '../../../../src/cache/loader/load.ts';
import { watchCluster } from '../../../../src/cache/loader/run.ts';
import { configMaps } from '../api-server.ts';
import { cfg, clusterSetup, late, other } from '../cluster-setup.ts';

const env = clusterSetup();
const { entries, once, options } = env;

describe('following a cluster', () => {
  const stopping: AbortController[] = [];
  const running: Promise<void>[] = [];
  const errors: Error[] = [];
  let summaries: LoadSummary[] = [];
  let wake: (() => void) | undefined;

  function start(namespaces?: string[]): void {
    const stop = new AbortController();
    stopping.push(stop);
    summaries = [];
    errors.length = 0;
    const told = () => wake?.();
    running.push(
      watchCluster({
        ...options(namespaces),
        signal: stop.signal,
        onSummary: (summary) => {
          summaries.push(summary);
          told();
        },
        onError: (error) => {
          errors.push(error);
          told();
        },
      }),
    );
  }

  afterEach(async () => {
    for (const stop of stopping.splice(0)) stop.abort();
    await Promise.all(running.splice(0));
  });

  /** Waits until `done` holds after some pass or error. */
  async function until(done: () => boolean): Promise<void> {
    while (!done()) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }

  test('loads existing and new sets, and removes deleted ones', async () => {
    env.cluster.apply(...configMaps(cfg));
    start();
    await until(() => entries().includes('cfg.gz'));
    env.cluster.apply(...configMaps(other));
    await until(() => entries().includes('other.gz'));
    env.cluster.delete(...configMaps(cfg));
    await until(() => !entries().includes('cfg.gz'));
    expect(entries()).toEqual(['other.gz']);
    expect(errors).toEqual([]);
  });

  test('waits for a set to be complete', async () => {
    const [last, ...earlier] = configMaps(cfg).reverse();
    if (last === undefined) throw new Error('no ConfigMap');
    env.cluster.apply(...earlier);
    start();
    await until(() => summaries.some(({ refused }) => refused[0]?.code === 'INCOMPLETE'));
    expect(entries()).toEqual([]);
    env.cluster.apply(last);
    await until(() => entries().includes('cfg.gz'));
  });

  test('lists again when a watch ends, and detects changes in between', async () => {
    start();
    await until(() => summaries.length > 0);
    env.cluster.apply(...configMaps(cfg));
    env.cluster.endWatches({ type: 'ERROR', object: { kind: 'Status', code: 410 } });
    env.cluster.apply(...configMaps(other));
    await until(() => entries().length === 2);
  });

  test('removes nothing from a namespace that cannot be listed, loads the others, and retries', async () => {
    env.cluster.apply(...configMaps(cfg), ...configMaps(other, 'team-a'));
    await once(['crossplane-system', 'team-a']);
    env.cluster.fail('namespaces/team-a', 403);
    env.cluster.apply(...configMaps(late));
    start(['crossplane-system', 'team-a']);
    await until(() => summaries.length > 0);
    expect(summaries[0]).toMatchObject({
      placed: ['late.gz'],
      unchanged: ['cfg.gz'],
      kept: [{ file: 'other.gz', because: 'its set is refused' }],
      refused: [{ code: 'API' }],
      removed: [],
    });
    expect(errors.length).toBeGreaterThan(0);
    env.cluster.fail('namespaces/team-a', undefined);
    await until(() => summaries.at(-1)?.refused.length === 0);
    expect(summaries.at(-1)).toMatchObject({ unchanged: ['cfg.gz', 'late.gz', 'other.gz'], removed: [] });
  });

  test('ends when its signal aborts', async () => {
    start();
    await until(() => summaries.length > 0);
    stopping[0]?.abort();
    await running[0];
  });
});
