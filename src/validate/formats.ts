import { type Finding, RULES } from './finding.ts';

/** Formats findings for people, one line each. */
export function formatFindings(findings: readonly Finding[]): string {
  return findings.map((finding) => `${placeOf(finding)}: ${finding.severity}: ${sentenceOf(finding)}\n`).join('');
}

function placeOf({ file, line, column }: Finding): string {
  return `${file}:${line}:${column}`;
}

function sentenceOf({ path, message }: Finding): string {
  return path === '' ? message : `${path}: ${message}`;
}

/**
 * Formats findings as annotations of GitHub Actions
 * (https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#setting-an-error-message).
 */
export function formatAnnotations(findings: readonly Finding[]): string {
  return findings
    .map((finding) => {
      const { severity, file, line, column } = finding;
      return `::${severity} file=${escapeProperty(file)},line=${line},col=${column}::${escapeData(sentenceOf(finding))}\n`;
    })
    .join('');
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

/** The program that a report names. */
export interface Tool {
  readonly name: string;
  readonly version: string;
}

/** Formats findings as a SARIF 2.1.0 log (https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html). */
export function sarifOf(findings: readonly Finding[], { name, version }: Tool): unknown {
  const rules = Object.entries(RULES).map(([id, text]) => ({ id, shortDescription: { text } }));
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name, version, rules } },
        columnKind: 'utf16CodeUnits',
        results: findings.map((finding) => ({
          ruleId: finding.rule,
          ruleIndex: Object.keys(RULES).indexOf(finding.rule),
          level: finding.severity,
          message: { text: sentenceOf(finding) },
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: uriOf(finding.file) },
                region: { startLine: finding.line, startColumn: finding.column },
              },
            },
          ],
        })),
      },
    ],
  };
}

/** Formats a file name as a URI reference. Relative names are relative to the working directory, which is the root of a repository. */
function uriOf(file: string): string {
  const path = file.replace(/^\.\//, '').split('/').map(encodeURIComponent).join('/');
  return path.startsWith('/') ? `file://${path}` : path;
}
