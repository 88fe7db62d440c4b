import { expect, test } from 'vitest';
import { createLoaderMetrics } from '../../../src/server/metrics/loader.ts';
import { LOADER_METRICS } from '../../../src/server/metrics/table.ts';
import { declaredIn, samplesOf } from './samples.ts';

const PASS = { placed: ['a'], unchanged: ['b', 'c'], kept: [], removed: ['d'], refused: [], bytes: 5, maxBytes: 9 };

test('the loader exposes exactly the metrics of its table', async () => {
  expect(declaredIn((await createLoaderMetrics().expose()).text).sort()).toEqual(Object.keys(LOADER_METRICS).sort());
});

test('the loader counts passes, and exposes the rejections of the latest one', async () => {
  const metrics = createLoaderMetrics();
  metrics.summary({ ...PASS, refused: [{ code: 'INCOMPLETE' }], layers: { refused: [{ code: 'TOO_LARGE' }] } });
  metrics.summary({ ...PASS, refused: [{ code: 'CONFLICT' }, { code: 'CONFLICT' }] });
  metrics.failed();
  const found = samplesOf((await metrics.expose()).text);
  const at = (name: string) => found.get(`package_cache_loader_${name}`);
  expect([at('entries'), at('placed_total'), at('removed_total'), at('failures_total')]).toEqual([3, 2, 2, 1]);
  expect([at('refused{code="CONFLICT"}'), at('refused{code="INCOMPLETE"}')]).toEqual([2, undefined]);
  expect(at('last_pass_timestamp_seconds')).toBeCloseTo(Date.now() / 1000, -1);
});
