import { expect, test } from 'vitest';
import { Severity } from '../../src/protocol/messages.ts';
import { createMetrics } from '../../src/server/metrics.ts';

/** The lines of the exposition that begin with `name`, as numbers by what stands before them. */
function linesOf(text: string, name: string): Record<string, number> {
  const lines = text.split('\n').filter((line) => line.startsWith(`function_workload_ecr_${name}`));
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.lastIndexOf(' ');
      return [line.slice('function_workload_ecr_'.length, at), Number(line.slice(at + 1))];
    }),
  );
}

test('every call counts once, however many there are between two looks', async () => {
  const metrics = createMetrics();
  for (let call = 0; call < 1_300; call++) metrics.call('OK', 0.002, 2_000, 500);
  metrics.call('INTERNAL', 20, 100, 0);
  metrics.results([{ severity: Severity.WARNING, message: 'x' }]);
  for (const { text } of [await metrics.expose(), await metrics.expose()]) {
    expect(linesOf(text, 'calls_total')).toEqual({
      'calls_total{code="OK"}': 1_300,
      'calls_total{code="INTERNAL"}': 1,
    });
    const durations = linesOf(text, 'call_duration_seconds');
    expect(durations).toMatchObject({
      'call_duration_seconds_bucket{le="0.001"}': 0,
      'call_duration_seconds_bucket{le="0.0025"}': 1_300,
      'call_duration_seconds_bucket{le="10"}': 1_300,
      'call_duration_seconds_bucket{le="+Inf"}': 1_301,
      call_duration_seconds_count: 1_301,
    });
    expect(durations.call_duration_seconds_sum).toBeCloseTo(22.6);
    expect(linesOf(text, 'request_bytes')).toMatchObject({ request_bytes_sum: 2_600_100, request_bytes_count: 1_301 });
    expect(linesOf(text, 'response_bytes')).toMatchObject({ response_bytes_sum: 650_000 });
    expect(linesOf(text, 'results_total')['results_total{severity="warning"}']).toBe(1);
  }
  metrics.call('OK', 0.002, 2_000, 500);
  expect(linesOf((await metrics.expose()).text, 'calls_total')['calls_total{code="OK"}']).toBe(1_301);
});
