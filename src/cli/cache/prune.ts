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

/** Exit code when some objects were removed and others were not. */
const PARTIAL = 2;

/** `cache prune`: what a set no longer needs out of a cluster. */
export function pruneCommand(): Command {
  const command = new Command('prune')
    .description('remove objects of a set that are not needed any more; without --yes it only says which')
    .requiredOption('--set <name>', 'name of the set')
    .option('--namespace <name>', 'namespace of the ConfigMaps', 'crossplane-system')
    .option(
      '--set-version <version>',
      'remove this version; repeatable; default: all that are older than the one in use',
      addValue,
    )
    .option('--all', 'remove the whole set')
    .option('--uninstall', 'delete packages, too, with their XRDs and CRDs and the custom resources of those')
    .option('--yes', 'do it')
    .action(prune);
  withHelpText(
    withFormat(withPause(command)),
    'An object stays while the version in use, another set, a newer version of the set, or a package revision of the cluster needs it. The version in use is the one that was applied last.',
  );
  withHelpList(command, 'Exit codes', [
    ['0', 'what may go is gone, or without --yes, is listed'],
    ['1', 'nothing was changed: an option is invalid, the cluster refused, or another program is changing the set'],
    ['2', 'a part was removed; run the same command to continue'],
  ]);
  return withExamples(
    command,
    ['list what an upgrade has left behind', 'cache prune --set platform'],
    ['remove it', 'cache prune --set platform --yes'],
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
    throw new CacheError('INVALID_OPTION', 'cannot prune: --all does not go with --set-version');
  }
  const run = await connectCluster(notesOf(options));
  const request = { namespace, set, versions, all, uninstall };
  const outcome = await pruneSet(request, { ...run, confirmed, pauseMs: pause * 1_000 });
  print(outcome, options, confirmed);
  const { failure, changed } = outcome;
  if (failure === undefined && changed.length === 0) return;
  const why = failure?.message ?? `${changed.map(nameObject).join(', ')} was changed meanwhile and stays`;
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
