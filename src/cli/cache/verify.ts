import { Command } from 'commander';
import { CacheError } from '../../cache/errors.ts';
import { orFileError } from '../../cache/files.ts';
import { MAX_LOCK_BYTES, parseLock } from '../../cache/pack/lock.ts';
import { verifyCache } from '../../cache/verify.ts';
import { readRegularFile } from '../../internal/files/read-file.ts';
import { printableLines } from '../../internal/quote.ts';
import { addList } from '../options/lists.ts';

/** Exit code when Crossplane would not use something. */
const UNUSABLE = 2;

/** `cache verify`: why Crossplane would not use what is in a cache directory. */
export function verifyCommand(): Command {
  return new Command('verify')
    .description('say exactly why Crossplane would not install packages from a cache directory offline')
    .argument('<dir>', 'the cache directory')
    .option(
      '--package <reference>',
      'source@digest, or source:tag@digest for a tag that an ImageConfig pins; repeat it for a set; default: every entry',
      addList,
    )
    .option('--lock <file>', 'verify the packages of a lock file that cache pack wrote')
    .addHelpText('after', EXIT_CODES)
    .action(verify);
}

interface VerifyOptions {
  readonly package?: readonly string[];
  readonly lock?: string;
}

const EXIT_CODES = `
Dependencies of a package that are not named themselves are looked for in the directory, where their versions are not known.

Exit codes:
  0  what was checked would be installed without a registry; notes are on standard error
  1  the directory or the lock file cannot be read, or an option is invalid
  2  something is missing, damaged or of another version, or there is nothing to check; one line each on standard output`;

async function verify(directory: string, { package: packages, lock: path }: VerifyOptions): Promise<void> {
  // An empty variable of a script must not turn into a check of something else.
  if (packages?.length === 0) throw new CacheError('INVALID_OPTION', 'invalid --package: it must be a reference');
  const text =
    path === undefined ? undefined : await orFileError(`read ${path}`, readRegularFile(path, MAX_LOCK_BYTES));
  const lock = text && parseLock(text.toString('utf8'), path ?? '');
  const { findings, notes, checked } = await verifyCache(directory, { packages, lock });
  for (const note of notes) process.stderr.write(printableLines(`${note}\n`));
  for (const { cause, package: name, message } of findings) {
    process.stdout.write(printableLines(`${cause === 'closure' ? message : `${name}: ${message}`} (${cause})\n`));
  }
  if (findings.length > 0) process.exitCode = UNUSABLE;
  else
    process.stdout.write(
      `${checked === 1 ? '1 package' : `${checked} packages`} would be installed without a registry\n`,
    );
}
