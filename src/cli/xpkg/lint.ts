import { Command } from 'commander';
import { formatFinding, formatWarning } from '../../xpkg/errors.ts';
import { lintExamples, lintFiles } from '../../xpkg/lint/lint.ts';
import { type RootOptions, readRoot, withRoot } from '../options/package-root.ts';

interface LintOptions extends RootOptions {
  readonly strict?: boolean;
}

/** `xpkg lint`. */
export function lintCommand(): Command {
  return withRoot(new Command('lint'))
    .description('check the files of a package by the rules of Crossplane; exit code 1 for what Crossplane refuses')
    .option('--strict', 'exit code 1 for warnings, too: unknown fields, duplicate keys, metadata without a name')
    .action(lint);
}

async function lint(options: LintOptions): Promise<void> {
  const { files, examples = [] } = await readRoot(options);
  const { findings, installFindings, warnings } = lintFiles(files);
  const refused = [...findings, ...installFindings, ...lintExamples(examples)];
  const lines = [
    ...refused.map(formatFinding),
    ...warnings.map(options.strict === true ? formatFinding : formatWarning),
  ];
  for (const line of lines) process.stdout.write(`${line}\n`);
  if (refused.length > 0 || (options.strict === true && warnings.length > 0)) process.exitCode = 1;
}
