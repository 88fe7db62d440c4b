import { Command } from 'commander';
import { formatFinding, formatWarning, type LintFinding } from '../../xpkg/errors.ts';
import { lintExamples, lintFiles } from '../../xpkg/lint/lint.ts';
import { type RootOptions, readRoot, withRoot } from '../options/package-root.ts';
import { type FormatOptions, printData, withFormat } from '../output/format.ts';
import { withExamples } from '../output/help.ts';

interface LintOptions extends RootOptions, FormatOptions {
  readonly strict?: boolean;
}

/** Returns `xpkg lint`, which checks the files of a package. */
export function lintCommand(): Command {
  const command = withRoot(new Command('lint'))
    .description('check the files of a package by the rules of Crossplane; exit code 1 if Crossplane would refuse it')
    .option('--strict', 'exit code 1 also for warnings: unknown fields, duplicate keys, metadata without a name')
    .action(lint);
  return withExamples(
    withFormat(command),
    ['check the package in this folder', 'xpkg lint'],
    ['check it in a CI pipeline', 'xpkg lint -f package --strict'],
    ['list the files with findings', "xpkg lint -f package -o json | jq -r '.[].file'"],
  );
}

async function lint(options: LintOptions): Promise<void> {
  const { files, examples = [] } = await readRoot(options);
  const { findings, installFindings, warnings } = lintFiles(files);
  const refused = [...findings, ...installFindings, ...lintExamples(examples)];
  const lines = [
    ...refused.map(formatFinding),
    ...warnings.map(options.strict === true ? formatFinding : formatWarning),
  ];
  const found = [
    ...refused.map((finding) => describe('error', finding)),
    ...warnings.map((finding) => describe(options.strict === true ? 'error' : 'warning', finding)),
  ];
  const rows = found.map(({ severity, file, line, message }) => [severity, file, String(line), message]);
  const table = [['SEVERITY', 'FILE', 'LINE', 'MESSAGE'], ...rows] as const;
  printData({ value: found, table, text: lines.map((line) => `${line}\n`).join('') }, options);
  if (refused.length > 0 || (options.strict === true && warnings.length > 0)) process.exitCode = 1;
}

function describe(severity: 'error' | 'warning', { code, file, position: { line, column }, message }: LintFinding) {
  return { severity, code, file, line, column, message };
}
