import { Command } from 'commander';
import metadata from '../../package.json' with { type: 'json' };
import { type FormatOptions, printData, withFormat } from './output/format.ts';
import { withExamples } from './output/help.ts';

/** The commit of the bundle, which package/bundle.ts defines. */
declare const BUILD_COMMIT: string;

/** Returns `version`, which prints the versions of the program and of Node. */
export function versionCommand(): Command {
  const command = new Command('version').description('print the version, the commit, and the version of Node');
  return withExamples(
    withFormat(command).action(print),
    ['print them for a bug report', 'version'],
    ['print the commit only', 'version -o json | jq -r .commit'],
  );
}

function print(options: FormatOptions): void {
  const commit = typeof BUILD_COMMIT === 'string' ? BUILD_COMMIT : 'unknown';
  const value = { version: metadata.version, commit, node: process.versions.node };
  const rows = Object.entries(value).map(([name, text]) => [name, text]);
  const text = rows.map(([name = '', found]) => `${name.padEnd(7)}  ${found}\n`).join('');
  printData({ value, table: [['PART', 'VERSION'], ...rows], text }, options);
}
