import { Command } from 'commander';
import { CacheError } from '../../cache/errors.ts';
import { checkPackageSet } from '../../cache/sets/package-set.ts';
import type { ListedObject } from '../../cache/upgrade/cluster.ts';
import { nameObject } from '../../cache/upgrade/objects.ts';
import { type PruneOutcome, pruneSet } from '../../cache/upgrade/prune.ts';
import { printableLines } from '../../internal/quote.ts';
import { type ChangeSetOptions, connectCluster, withPause } from '../options/cluster.ts';
import { addValue } from '../options/lists.ts';
import { type FormatOptions, printData, withFormat } from '../output/format.ts';
import { withExamples, withHelpList, withHelpText } from '../output/help.ts';
import { type NoteOptions, notesOf } from '../output/notes.ts';

interface PruneOptions extends ChangeSetOptions, FormatOptions, NoteOptions {
  readonly set: string;
  readonly namespace: string;
  readonly setVersion?: readonly string[];
  readonly all?: true;
  readonly uninstall?: true;
  readonly yes?: true;
}

/** The exit code if some objects were removed and others were not. */
const PARTIAL = 2;

/** Returns `cache prune`, which removes objects that a set no longer needs from a cluster. */
export function pruneCommand(): Command {
  const command = new Command('prune')
    .description('remove objects of a set that are no longer needed; without --yes, only list them')
    .requiredOption('--set <name>', 'name of the set')
    .option('--namespace <name>', 'namespace of the ConfigMaps', 'crossplane-system')
    .option(
      '--set-version <version>',
      'version to remove; repeatable; default: all versions older than the current one',
      addValue,
    )
    .option('--all', 'remove the whole set')
    .option('--uninstall', 'also delete packages, with their XRDs, CRDs and all custom resources')
    .option('--yes', 'remove the objects')
    .action(prune);
  withHelpText(
    withFormat(withPause(command)),
    'An object is kept while the current version, another set, a newer version of the set, or a package revision of the cluster needs it. The current version is the one that was last applied.',
  );
  withHelpList(command, 'Exit codes', [
    ['0', 'all objects that are not needed were removed or, without --yes, listed'],
    ['1', 'nothing was changed: an option is invalid, the cluster refused, or another program is changing the set'],
    ['2', 'some objects were removed; run the same command to continue'],
  ]);
  return withExamples(
    command,
    ['list the objects that an upgrade made obsolete', 'cache prune --set platform'],
    ['remove them', 'cache prune --set platform --yes'],
    ['remove a set and its packages', 'cache prune --set platform --all --uninstall --yes'],
  );
}

async function prune(options: PruneOptions): Promise<void> {
  const {
    set,
    namespace,
    setVersion: versions,
    all = false,
    uninstall = false,
    yes: confirmed = false,
    pause,
  } = options;
  for (const version of versions ?? ['any']) checkPackageSet({ name: set, version });
  if (all && versions !== undefined) {
    throw new CacheError('INVALID_OPTION', 'cannot prune: --all must not be used with --set-version');
  }
  const run = await connectCluster(notesOf(options));
  const request = { namespace, set, versions, all, uninstall };
  const outcome = await pruneSet(request, { ...run, confirmed, pauseMs: pause * 1_000 });
  print(outcome, options, confirmed);
  const { failure, changed } = outcome;
  if (failure === undefined && changed.length === 0) return;
  const why = failure?.message ?? `${changed.map(nameObject).join(', ')} was changed in the meantime and is kept`;
  process.stderr.write(printableLines(`${why}; run the same command to continue\n`));
  process.exitCode = PARTIAL;
}

function print(outcome: PruneOutcome, options: PruneOptions, confirmed: boolean): void {
  const { current, remove, keep, removed } = outcome;
  const gone = confirmed ? removed : remove;
  const action = confirmed ? 'removed' : 'would remove';
  const lines = [
    ...gone.map((object) => `${action} ${shown(object)}`),
    ...keep.map(({ object, reason }) => `kept ${shown(object)}: ${reason}`),
  ];
  const table = [
    ['ACTION', 'OBJECT', 'VERSION', 'REASON'],
    ...gone.map((object) => [action, nameObject(object), object.set.version, '']),
    ...keep.map(({ object, reason }) => ['kept', nameObject(object), object.set.version, reason]),
  ] as const;
  const value = {
    set: options.set,
    current,
    dryRun: !confirmed,
    removed: gone.map(plain),
    kept: keep.map(({ object, reason }) => ({ ...plain(object), reason })),
  };
  printData({ value, table, text: lines.map((line) => `${line}\n`).join('') }, options);
  const notes = notesOf(options);
  if (lines.length === 0) notes.info('nothing to remove');
  else if (!confirmed && gone.length > 0) notes.info(`nothing was changed; --yes removes ${gone.length} objects`);
}

function shown(object: ListedObject): string {
  return `${nameObject(object)} (${object.set.version})`;
}

function plain({ kind, namespace, name, set }: ListedObject): object {
  return { kind, ...(namespace === '' ? {} : { namespace }), name, version: set.version };
}
