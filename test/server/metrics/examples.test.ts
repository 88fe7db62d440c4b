import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { LOADER_METRICS, SERVICE_METRICS } from '../../../src/server/metrics/table.ts';

const known = Object.entries({ ...SERVICE_METRICS, ...LOADER_METRICS }).flatMap(([name, { type }]) =>
  type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
);

test.each(['dashboard.json', 'prometheus-rules.yaml'])(
  'examples/operations/%s only names metrics of the tables',
  (file) => {
    const text = readFileSync(`${import.meta.dirname}/../../../examples/operations/${file}`, 'utf8');
    const named = new Set(text.match(/\b(grpc_server|function_workload_ecr|package_cache_loader|process)_\w+/g));
    expect(named.size).toBeGreaterThan(8);
    expect([...named].filter((name) => !known.includes(name))).toEqual([]);
  },
);
