import { Command } from 'commander';
import { CacheError } from '../../cache/errors.ts';
import { orFileError } from '../../cache/files.ts';
import { MAX_LOCK_BYTES, parseLock } from '../../cache/pack/lock.ts';
import { verifyCache } from '../../cache/verify.ts';
import { readRegularFile } from '../../internal/files/read-file.ts';
import { addList } from '../options/lists.ts';
import { type FormatOptions, printData, withFormat } from '../output/format.ts';
import { withExamples, withHelpList, withHelpText } from '../output/help.ts';
import { type NoteOptions, notesOf } from '../output/notes.ts';

/** The exit code if Crossplane does not use a package. */
const UNUSABLE = 2;

/** Returns `cache verify`, which checks whether Crossplane uses the packages in a cache directory. */
export function verifyCommand(): Command {
  const command = new Command('verify')
    .description(
      'check whether Crossplane can install packages from a cache directory offline, and print the reasons why not',
    )
    .argument('<dir>', 'the cache directory')
    .option(
      '--package <reference>',
      'source@digest, or source:tag@digest for a tag that an ImageConfig pins; repeatable; default: every entry',
      addList,
    )
    .option('--lock <file>', 'verify the packages of a lock file that cache pack wrote')
    .action(verify);
  withHelpText(withFormat(command), DEPENDENCIES);
  withExamples(
    command,
    ['verify every entry', 'cache verify /cache/xpkg'],
    ['verify the packages that cache pack recorded', 'cache verify /cache/xpkg --lock package-cache.lock.json'],
  );
  return withHelpList(command, 'Exit codes', EXIT_CODES);
}

interface VerifyOptions extends FormatOptions, NoteOptions {
  readonly package?: readonly string[];
  readonly lock?: string;
}

const DEPENDENCIES =
  'Dependencies that are not named are searched for in the directory, where their versions are unknown.';

const EXIT_CODES = [
  ['0', 'all checked packages can be installed without a registry; notes are on standard error'],
  ['1', 'the directory or the lock file cannot be read, or an option is invalid'],
  [
    '2',
    'a package is missing, damaged or of another version, or the directory has no packages; one line each on standard output',
  ],
] as const;

async function verify(directory: string, options: VerifyOptions): Promise<void> {
  const { package: packages, lock: path } = options;
  // With an empty variable in a script, all entries would be checked instead.
  if (packages?.length === 0) throw new CacheError('INVALID_OPTION', 'invalid --package: it must be a reference');
  const text = path === undefined ? undefined : await orFileError('read', path, readRegularFile(path, MAX_LOCK_BYTES));
  const lock = text && parseLock(text.toString('utf8'), path ?? '');
  const { findings, notes, checked } = await verifyCache(directory, { packages, lock });
  for (const note of notes) notesOf(options).info(note);
  const lines = findings.map(({ cause, package: name, message }) => {
    return `${cause === 'closure' ? message : `${name}: ${message}`} (${cause})`;
  });
  const clear = `${checked === 1 ? '1 package' : `${checked} packages`} can be installed without a registry`;
  const rows = findings.map(({ cause, package: name, message }) => [name, cause, message]);
  printData(
    {
      value: { checked, findings },
      table: [['PACKAGE', 'CAUSE', 'MESSAGE'], ...rows],
      text: `${(findings.length > 0 ? lines : [clear]).join('\n')}\n`,
    },
    options,
  );
  if (findings.length > 0) process.exitCode = UNUSABLE;
}
