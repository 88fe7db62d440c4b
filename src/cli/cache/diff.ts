import { Command } from 'commander';
import { CacheError } from '../../cache/errors.ts';
import {
  type DiffSide,
  diffSets,
  type ObjectChange,
  type PackageChange,
  readLiveSide,
  type SetDiff,
} from '../../cache/upgrade/diff.ts';
import { connectCluster } from '../options/cluster.ts';
import { withErrorCode } from '../options/exit-code.ts';
import { readSetFiles } from '../options/set-files.ts';
import { type FormatOptions, printData, withFormat } from '../output/format.ts';
import { withExamples, withHelpList } from '../output/help.ts';
import { type NoteOptions, notesOf } from '../output/notes.ts';

interface DiffOptions extends FormatOptions, NoteOptions {
  readonly namespace: string;
}

const DIFFERENT = 1;
const FAILED = 2;
const CLUSTER = 'cluster';

/** Returns `cache diff`, which compares two versions of a set. */
export function diffCommand(): Command {
  const command = new Command('diff')
    .description('show the packages and objects that differ between two versions of a set')
    .argument('<old>', 'a file or folder, or "cluster" for the live objects')
    .argument('<new>', 'a file or folder, or "cluster"')
    .option('--namespace <name>', 'namespace of the ConfigMaps in the cluster', 'crossplane-system');
  withHelpList(withErrorCode(withFormat(command), FAILED, diff), 'Exit codes', [
    ['0', 'the versions are equal'],
    ['1', 'the versions differ'],
    ['2', 'a version cannot be read, or an option is invalid'],
  ]);
  return withExamples(
    command,
    ['show what an upgrade would change', 'cache diff cluster platform-v2.yaml'],
    ['list the packages that differ between two files', "cache diff v1.yaml v2.yaml -o json | jq '.packages'"],
  );
}

async function diff(old: string, next: string, options: DiffOptions): Promise<void> {
  if (old === CLUSTER && next === CLUSTER) {
    throw new CacheError('INVALID_OPTION', 'cannot compare the cluster with itself: one side must be a file or folder');
  }
  const [before, after] = await readSides(old, next, options);
  const found = diffSets(before, after);
  const { packages, objects } = found;
  const table = [
    ['CHANGE', 'KIND', 'NAME', 'DETAILS'],
    ...packages.map((one) => [one.change, 'package', one.source, versions(one)]),
    ...objects.map((one) => [one.change, one.kind, one.name, one.fields?.join(', ') ?? '']),
  ] as const;
  printData({ value: found, table, text: textOf(found) }, options);
  if (packages.length + objects.length > 0) process.exitCode = DIFFERENT;
  else notesOf(options).info('no difference');
}

/** Reads both sides. Files come first, as they name the set to read from the cluster. */
async function readSides(old: string, next: string, options: DiffOptions): Promise<[DiffSide, DiffSide]> {
  const files = new Map<string, DiffSide>();
  const names = new Set<string>();
  for (const path of [old, next].filter((side) => side !== CLUSTER)) {
    const { set, record, objects } = await readSetFiles([path]);
    files.set(path, { version: set.version, packages: record.packages, objects, isLive: false });
    names.add(set.name);
  }
  const [name, other] = names;
  if (other !== undefined) {
    throw new CacheError(
      'INVALID_OPTION',
      `cannot compare the set ${name} with the set ${other}: both must be versions of one set`,
    );
  }
  const sideOf = async (path: string) => {
    const side = files.get(path);
    if (side !== undefined) return side;
    const { api } = await connectCluster(notesOf(options));
    return readLiveSide(api, options.namespace, name ?? '');
  };
  return [await sideOf(old), await sideOf(next)];
}

const SIGNS = { added: '+', removed: '-', changed: '~' } as const;

function textOf({ old, new: next, packages, objects }: SetDiff): string {
  if (packages.length + objects.length === 0) return '';
  return [
    `version ${old} -> ${next}`,
    ...packages.map((one) => `${SIGNS[one.change]} ${one.source} ${versions(one)}`),
    ...objects.map((one) => `${SIGNS[one.change]} ${one.kind} ${one.name}${fieldsOf(one)}`),
    '',
  ].join('\n');
}

function fieldsOf({ fields }: ObjectChange): string {
  return fields === undefined ? '' : ` (${fields.join(', ')})`;
}

function versions({ old, new: next }: PackageChange): string {
  const isSameVersion = old?.version === next?.version;
  const shown = [old, next].flatMap((one) => (one === undefined ? [] : [versionOf(one, isSameVersion)]));
  return shown.join(' -> ');
}

/** Formats a version. If both sides have the same one, adds the beginning of the digest to distinguish them. */
function versionOf(
  { version, digest }: { readonly version?: string | undefined; readonly digest: string },
  isSame: boolean,
) {
  const short = digest.slice(0, 'sha256:'.length + 12);
  return version === undefined ? short : isSame ? `${version}@${short}` : version;
}
