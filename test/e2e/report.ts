import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Findings, Outcome } from './scenario.ts';

/** Writes e2e-report.md and e2e-report.json into `folder` and gives the text of the former. */
export function writeReport(folder: string, startSeconds: number, outcomes: readonly Outcome[]): string {
  const report = formatReport(startSeconds, outcomes);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'e2e-report.md'), report);
  writeFileSync(join(folder, 'e2e-report.json'), `${JSON.stringify({ startSeconds, outcomes }, null, 2)}\n`);
  return report;
}

function formatReport(startSeconds: number, outcomes: readonly Outcome[]): string {
  const rows = outcomes.map(({ name, title, seconds, findings, failure }) => {
    const result = failure === undefined ? 'passed' : 'FAILED';
    return `| ${name} | ${title} | ${seconds.toFixed(1)} s | ${result} | ${formatFindings(findings)} |`;
  });
  const failures = outcomes.flatMap(({ name, failure }) => {
    return failure === undefined ? [] : [`\n## ${name}\n\n\`\`\`\n${failure.trimEnd()}\n\`\`\``];
  });
  return `# End to end

Control plane, Crossplane, AWS provider, ECR emulator and registry started, and the function installed, in ${startSeconds.toFixed(1)} s.

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
