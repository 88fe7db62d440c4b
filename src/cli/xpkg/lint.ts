import { Command } from 'commander';
import { formatFinding } from '../../xpkg/errors.ts';
import { lintExamples, lintFiles } from '../../xpkg/lint.ts';
import { type RootOptions, readRoot, withRoot } from '../options/package-root.ts';

/** `xpkg lint`. */
export function lintCommand(): Command {
  return withRoot(new Command('lint'))
    .description('check the files of a package by the rules of Crossplane; exit code 1 when something is found')
    .action(lint);
}

async function lint(options: RootOptions): Promise<void> {
  const { files, examples = [] } = await readRoot(options);
  const findings = [...lintFiles(files).findings, ...lintExamples(examples)];
  for (const finding of findings) process.stdout.write(`${formatFinding(finding)}\n`);
  if (findings.length > 0) process.exitCode = 1;
}
