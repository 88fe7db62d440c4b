import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CrossplaneVersion } from './crossplane-version.ts';
import type { Findings, Outcome } from './scenario.ts';

/** The results of a run. */
export interface Report {
  /** The version of Crossplane. */
  readonly crossplane: CrossplaneVersion;
  readonly startSeconds: number;
  readonly outcomes: readonly Outcome[];
}

/** Writes e2e-report.md and e2e-report.json into `folder` and returns the text of the former. */
export function writeReport(folder: string, report: Report): string {
  const text = formatReport(report);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'e2e-report.md'), text);
  writeFileSync(join(folder, 'e2e-report.json'), `${JSON.stringify(report, null, 2)}\n`);
  return text;
}

function formatReport({ crossplane, startSeconds, outcomes }: Report): string {
  const rows = outcomes.map(({ name, title, seconds, findings, failure }) => {
    const result = failure === undefined ? 'passed' : 'FAILED';
    return `| ${name} | ${title} | ${seconds.toFixed(1)} s | ${result} | ${formatFindings(findings)} |`;
  });
  const failures = outcomes.flatMap(({ name, failure }) => {
    return failure === undefined ? [] : [`\n## ${name}\n\n\`\`\`\n${failure.trimEnd()}\n\`\`\``];
  });
  return `# End to end

Control plane, Crossplane ${crossplane}, AWS provider, ECR emulator and registry started, and the function installed, in ${startSeconds.toFixed(1)} s.

| scenario | shows | time | result | seen |
| --- | --- | --- | --- | --- |
${[...rows, ...failures].join('\n')}
`;
}

function formatFindings(findings: Findings): string {
  return Object.entries(findings)
    .map(([name, value]) => `${name}: ${value}`)
    .join(', ');
}
