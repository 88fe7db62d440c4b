import { Command } from 'commander';
import { applySet } from '../../cache/upgrade/apply.ts';
import { printableLines } from '../../internal/quote.ts';
import { type ChangeSetOptions, connectCluster, withPause } from '../options/cluster.ts';
import { readSetFiles } from '../options/set-files.ts';
import { counter } from '../output/count.ts';
import { type FormatOptions, printData, withFormat } from '../output/format.ts';
import { withExamples, withHelpList } from '../output/help.ts';
import { type NoteOptions, notesOf } from '../output/notes.ts';

interface ApplyOptions extends ChangeSetOptions, FormatOptions, NoteOptions {
  readonly fieldManager: string;
  readonly forceConflicts?: true;
}

/** Exit code when some objects were applied and others were not. */
const PARTIAL = 2;

/** Returns `cache apply`, which applies a packed set to a cluster. */
export function applyCommand(): Command {
  const command = new Command('apply')
    .description('apply a set that cache pack wrote, with server-side apply; slow down while the API server is busy')
    .argument('<files...>', 'files or folders that together contain one version of one set')
    .option('--field-manager <name>', 'field manager of server-side apply', 'function-workload-ecr')
    .option('--force-conflicts', 'take over fields that another manager owns')
    .action(apply);
  withHelpList(withFormat(withPause(command)), 'Exit codes', [
    ['0', 'the whole set is in the cluster'],
    [
      '1',
      'nothing was changed: a file is incomplete or invalid, the cluster refused, or another program is changing the set',
    ],
    ['2', 'a part of the set was applied; run the same command to continue'],
  ]);
  return withExamples(
    command,
    ['apply a set', 'cache apply platform-v2.yaml'],
    ['wait between changes, for a small control plane', 'cache apply platform-v2.yaml --pause 250ms'],
  );
}

async function apply(paths: readonly string[], options: ApplyOptions): Promise<void> {
  const packed = await readSetFiles(paths);
  const shown = counter(process.stderr);
  const { fieldManager: manager, forceConflicts: force = false, pause } = options;
  const run = await connectCluster(notesOf(options));
  const summary = await applySet(packed, {
    ...run,
    manager,
    force,
    pauseMs: pause * 1_000,
    onProgress: shown.update,
  }).finally(shown.end);
  const { set, version, applied, unchanged, failure } = summary;
  const text = `set ${set} ${version}: ${count(applied.length)} applied, ${unchanged} unchanged\n`;
  const rows = applied.map((object) => [object] as const);
  printData({ value: { ...summary, failure: failure?.message }, table: [['APPLIED'], ...rows], text }, options);
  if (failure === undefined) return;
  const rest = packed.objects.length - applied.length - unchanged;
  process.stderr.write(
    printableLines(`${failure.message}; ${count(rest)} not applied; run the same command to continue\n`),
  );
  process.exitCode = PARTIAL;
}

function count(objects: number): string {
  return objects === 1 ? '1 object' : `${objects} objects`;
}
