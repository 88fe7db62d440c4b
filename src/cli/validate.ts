import { Command, Option } from 'commander';
import metadata from '../../package.json' with { type: 'json' };
import { printableLines } from '../internal/quote.ts';
import { filesAt, readText } from '../render/documents/load.ts';
import type { Finding } from '../validate/finding.ts';
import { formatAnnotations, formatFindings, sarifOf } from '../validate/formats.ts';
import { validateFiles } from '../validate/validate.ts';
import { printData } from './output/format.ts';
import { withExamples, withHelpList } from './output/help.ts';
import { type NoteOptions, notesOf } from './output/notes.ts';

const FORMATS = ['json', 'yaml', 'table', 'sarif', 'github'] as const;

interface ValidateOptions extends NoteOptions {
  readonly format?: (typeof FORMATS)[number];
  readonly strict?: true;
}

/** Returns `validate`, which checks files without a cluster. */
export function validateCommand(): Command {
  const command = new Command('validate')
    .description('check claims, composites, Inputs, Compositions and package metadata in files, without a cluster')
    .argument('<file...>', 'file, folder of .yaml and .yml files, or - for standard input')
    .addOption(
      new Option('-o, --format <format>', 'print findings as json, yaml, table, sarif or github annotations').choices(
        FORMATS,
      ),
    )
    .option('--strict', 'exit code 1 also for warnings: fields of claims that are ignored')
    .action(validate);
  return withHelpList(
    withExamples(
      command,
      ['check a claim with its Composition and XRD', 'validate claim.yaml composition.yaml xrd.yaml'],
      ['check all files of a repository in GitHub Actions', 'validate deploy -o github'],
      ['write a report for code scanning', 'validate deploy -o sarif > findings.sarif'],
    ),
    'Exit codes',
    [
      ['0', 'no errors'],
      ['1', 'an error was found, or a warning with --strict, or a file cannot be read'],
    ],
  );
}

async function validate(paths: readonly string[], options: ValidateOptions): Promise<void> {
  const names = (await Promise.all(paths.map(filesAt))).flat();
  const files = await Promise.all(
    [...new Set(names)].map(async (path) => ({ path: path === '-' ? 'stdin' : path, text: await readText(path) })),
  );
  const { findings, checked, skipped } = validateFiles(files);
  print(findings, options);
  const count = (severity: Finding['severity']) => findings.filter((finding) => finding.severity === severity).length;
  const [errors, warnings] = [count('error'), count('warning')];
  notesOf(options).info(
    `Checked ${plural(checked, 'object')}: ${plural(errors, 'error')}, ${plural(warnings, 'warning')}${skipped === 0 ? '' : `; skipped ${skipped} of other kinds`}`,
  );
  if (errors > 0 || (options.strict && warnings > 0)) process.exitCode = 1;
}

function print(findings: readonly Finding[], { format }: ValidateOptions): void {
  if (format === 'github') {
    process.stdout.write(printableLines(formatAnnotations(findings)));
    return;
  }
  const rows = findings.map(({ severity, file, line, path, message }) => [severity, `${file}:${line}`, path, message]);
  const isSarif = format === 'sarif';
  const data = {
    value: isSarif ? sarifOf(findings, metadata) : findings,
    table: [['SEVERITY', 'FILE', 'FIELD', 'MESSAGE'], ...rows] as const,
    text: formatFindings(findings),
  };
  printData(data, format === undefined ? {} : { format: isSarif ? 'json' : format });
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
