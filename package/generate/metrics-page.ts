import { LOADER_METRICS, type MetricTable, SERVICE_METRICS } from '../../src/server/metrics/table.ts';

/** A Markdown table of metrics: name with labels, type, meaning. */
function metricTable(table: MetricTable): string {
  const rows = Object.entries(table).map(([name, { type, help, labels = {} }]) => {
    const meanings = Object.entries(labels).map(([label, values]) => `<br>\`${label}\`: ${values}`);
    return `| \`${name}\` | ${type} | ${help}${meanings.join('')} |`;
  });
  return ['| Metric | Type | Meaning, and the values of its labels |', '|---|---|---|', ...rows].join('\n');
}

/** The page of all metrics. */
export function metricsPage(): string {
  return `# Metrics

Generated from the table in src/server/metrics/table.ts; to regenerate it: \`UPDATE_GOLDEN=1 npm test\`.

Both programs serve them at \`/metrics\`, in the text format of Prometheus. Tenants do not control label values, so the number of time series is bounded: a few hundred for the service. Alerts, a dashboard and a PodMonitor that use them are in [operations](../operations).

## The service

${metricTable(SERVICE_METRICS)}

## The package cache loader

\`cache load --watch\` serves these on port 8081 or on the address in \`--http-address\`.

${metricTable(LOADER_METRICS)}
`;
}
