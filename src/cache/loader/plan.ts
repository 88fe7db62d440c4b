import { formatSize } from '../../internal/size.ts';
import { isEntryName } from '../sets/cache-name.ts';
import type { SetManifest } from '../sets/manifest.ts';
import { type Candidate, isCandidate, type Rejection } from './candidate.ts';
import { choose, rankOf } from './choose.ts';
import type { IsNeeded } from './revisions.ts';
import type { Comparison } from './same-content.ts';
import type { Placed, TargetState } from './target/target.ts';

/** The input of a pass of the loader. */
export interface PassInput {
  readonly found: readonly (Candidate | Rejection)[];
  readonly state: TargetState;
  /** The comparisons of files with different candidates of their names, by {@link comparisonKey}. */
  readonly compared: ReadonlyMap<string, Comparison>;
  /** The sha256 of the unpacked content, by that of the file, for different files of one artifact. */
  readonly contentSums: ReadonlyMap<string, string>;
  /** True when a package revision of the cluster needs the file. */
  readonly isNeeded: IsNeeded;
  /** The maximum total size of the directory, in bytes. */
  readonly maxBytes: number;
}

/** A file that is kept without a candidate. */
export interface Kept {
  readonly file: string;
  readonly because: 'package revision' | 'its set is refused' | 'another loader';
}

/** The steps of a pass of the loader. */
export interface Plan {
  readonly remove: readonly string[];
  /** Files that another loader still needs: only this loader's record is removed. */
  readonly release: readonly string[];
  /** For each file, the candidates of the chosen content, to be tried in order. */
  readonly place: readonly (readonly Candidate[])[];
  /** Candidates whose files are in place, but not yet recorded as this loader's. */
  readonly adopt: readonly Candidate[];
  readonly unchanged: readonly string[];
  readonly kept: readonly Kept[];
  readonly refused: readonly Rejection[];
}

/** Decides what to place, keep and remove. */
export function plan(input: PassInput): Plan {
  const { found, state, isNeeded, contentSums } = input;
  const refused = found.flatMap((item) => (isCandidate(item) ? [] : [item]));
  const wanted: (readonly Candidate[])[] = [];
  const unchanged: Candidate[] = [];
  for (const candidates of byFile(found.filter(isCandidate))) {
    const { chosen, refused: conflicts } = choose({ candidates, isNeeded, contentSums });
    refused.push(...conflicts);
    const [candidate] = chosen;
    if (candidate === undefined) continue;
    const verdict = judge(candidate, input);
    if (verdict === 'in place') unchanged.push(candidate);
    else if (verdict === 'place') wanted.push(chosen);
    else refused.push(verdict);
  }
  const withCandidate = new Set([...wanted.flat(), ...unchanged].map(({ manifest }) => manifest.file));
  const idle = [...state.placed.values()].filter(({ manifest }) => !withCandidate.has(manifest.file));
  const { kept, remove, release } = sortOut(idle, refused, input);
  const { place, evicted, tooMuch } = withinLimit(wanted, unchanged, new Set(remove), input);
  const staying = unchanged.filter(({ manifest }) => !evicted.has(manifest.file));
  return {
    remove: [...remove, ...evicted],
    release,
    place,
    adopt: staying.filter(({ manifest, owner }) => {
      const placed = state.placed.get(manifest.file);
      return isInPlace(placed, manifest) && placed?.owner !== owner;
    }),
    unchanged: staying.map(({ manifest }) => manifest.file),
    kept,
    refused: [...refused, ...tooMuch],
  };
}

/** True when the placed file is intact and has the content of the manifest. */
export function isInPlace(placed: Placed | undefined, { sha256 }: SetManifest): boolean {
  return placed?.intact === true && placed.manifest.sha256 === sha256;
}

/** Identifies the comparison of a candidate with the file of its name. */
export function comparisonKey({ manifest: { file, sha256 } }: Candidate): string {
  return `${file} ${sha256}`;
}

function byFile(candidates: readonly Candidate[]): Candidate[][] {
  const files = new Map<string, Candidate[]>();
  for (const candidate of candidates) {
    const same = files.get(candidate.manifest.file);
    if (same) same.push(candidate);
    else files.set(candidate.manifest.file, [candidate]);
  }
  return [...files].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, same]) => same);
}

/** Decides whether to place a candidate, given the file of its name in the directory. */
function judge(candidate: Candidate, { state, compared, isNeeded }: PassInput): 'in place' | 'place' | Rejection {
  const placed = state.placed.get(candidate.manifest.file);
  if (isInPlace(placed, candidate.manifest)) return 'in place';
  const comparison = compared.get(comparisonKey(candidate));
  if (comparison === 'same') return 'in place';
  if (placed?.intact) {
    if (placed.isShared) return notOurs(candidate, 'another loader placed other content under this name');
    const isSame =
      isSameArtifact(candidate, placed) ||
      rankOf(candidate.trust, candidate.manifest) < rankOf(placed.trust, placed.manifest);
    return isSame || !isNeeded(placed) ? 'place' : needed(candidate);
  }
  const isOwn = placed?.owner !== undefined;
  if (isOwn || comparison === undefined || comparison === 'broken') return 'place';
  if (comparison === 'different')
    return notOurs(candidate, 'a file of this name with other content exists; remove it to replace it');
  return notOurs(
    candidate,
    'a file of this name is damaged or being written; it is replaced after a minute without changes',
  );
}

function isSameArtifact({ manifest: { artifact } }: Candidate, { manifest }: Placed): boolean {
  return (
    artifact !== undefined &&
    artifact.source === manifest.artifact?.source &&
    artifact.digest === manifest.artifact.digest
  );
}

function notOurs({ name, where, manifest }: Candidate, why: string): Rejection {
  return { name, where, code: 'NOT_OURS', message: `cannot place ${manifest.file}: ${why}` };
}

function needed({ name, where, manifest }: Candidate): Rejection {
  const message = `cannot place ${manifest.file}: different contents have this name, and a package revision needs the one in place; rename a repository or remove one of the contents`;
  return { name, where, code: 'CONFLICT', message };
}

/** The codes of rejections for which earlier content is removed: it must not be in place either. */
const REMOVED_CODES = ['UNTRUSTED', 'CONFLICT'];

function sortOut(
  idle: readonly Placed[],
  refused: readonly Rejection[],
  { found, isNeeded }: PassInput,
): { kept: Kept[]; remove: string[]; release: string[] } {
  const retaining = refused.filter(({ code }) => !REMOVED_CODES.includes(code));
  const names = new Set(retaining.map(({ name }) => name));
  const hidden = new Set(retaining.flatMap(({ hides }) => hides ?? []));
  const refusedFiles = new Set(
    found.filter(isCandidate).flatMap(({ name, manifest }) => (names.has(name) ? [manifest.file] : [])),
  );
  const kept: Kept[] = [];
  const remove: string[] = [];
  const release: string[] = [];
  for (const record of idle) {
    const { set, owner, origin, manifest } = record;
    const { file } = manifest;
    if (owner === undefined) kept.push({ file, because: 'another loader' });
    else if (names.has(set) || names.has(file) || refusedFiles.has(file) || isHidden(origin, hidden))
      kept.push({ file, because: 'its set is refused' });
    else if (isNeeded(record)) kept.push({ file, because: 'package revision' });
    else if (record.isShared) {
      release.push(file);
      kept.push({ file, because: 'another loader' });
    } else remove.push(file);
  }
  return { kept, remove, release };
}

/** True when a file may come from an origin that could not be read. Records of earlier versions name no origin, so they may be of any. */
function isHidden(origin: string | undefined, hidden: ReadonlySet<string>): boolean {
  return origin === undefined ? hidden.size > 0 : hidden.has(origin);
}

interface Limited {
  readonly place: (readonly Candidate[])[];
  readonly evicted: ReadonlySet<string>;
  readonly tooMuch: Rejection[];
}

/**
 * Selects the content that fits into the directory: first the content in place and its smaller replacements, then new content, the fully
 * trusted before the rest, each in the order of file names. Fully trusted content replaces other content, unless a package revision needs
 * that. The existing content of a file frees its space only when it is replaced.
 */
function withinLimit(
  wanted: readonly (readonly Candidate[])[],
  unchanged: readonly Candidate[],
  removed: ReadonlySet<string>,
  { state, isNeeded, maxBytes }: PassInput,
): Limited {
  let total = sum(state.foreign.values());
  for (const [file, { size = 0 }] of state.placed) if (!removed.has(file)) total += size;
  const evictable = unchanged
    .filter(({ trust, manifest }) => trust === 'prefix' && isRemovable(state.placed.get(manifest.file), isNeeded))
    .sort((a, b) => b.manifest.size - a.manifest.size);
  const evicted = new Set<string>();
  const place: (readonly Candidate[])[] = [];
  const tooMuch: Rejection[] = [];
  const rank = ([candidate]: readonly Candidate[]) =>
    candidate && growthOf(candidate, state) <= 0 ? -1 : trustRank(candidate);
  for (const candidates of wanted.toSorted((a, b) => rank(a) - rank(b))) {
    const [candidate] = candidates;
    if (candidate === undefined) continue;
    const { file } = candidate.manifest;
    const growth = growthOf(candidate, state);
    const room = evictable.reduce((bytes, { manifest }) => bytes + manifest.size, 0);
    if (candidate.trust === 'full' && total + growth > maxBytes && total + growth - room <= maxBytes) {
      while (total + growth > maxBytes) {
        const victim = evictable.shift();
        if (victim === undefined) break;
        total -= victim.manifest.size;
        evicted.add(victim.manifest.file);
        tooMuch.push(tooLarge(victim, `it was replaced by ${file}, whose namespace is trusted for all sources`));
      }
    }
    if (total + growth <= maxBytes) {
      total += growth;
      place.push(candidates);
      continue;
    }
    const full = `the cache would have ${formatSize(total + growth)}, its limit is ${formatSize(maxBytes)}`;
    tooMuch.push(tooLarge(candidate, `${full}; raise --max-bytes${advice(file)}`));
  }
  return { place, evicted, tooMuch };
}

/** Returns the bytes by which the directory grows when a candidate is placed. */
function growthOf({ manifest: { file, size } }: Candidate, { placed, foreign }: TargetState): number {
  return size - (placed.get(file)?.size ?? foreign.get(file) ?? 0);
}

function isRemovable(placed: Placed | undefined, isNeeded: IsNeeded): boolean {
  return placed?.owner !== undefined && placed.intact && !placed.isShared && !isNeeded(placed);
}

function advice(file: string): string {
  return isEntryName(file) ? " together with packageCache.sizeLimit of Crossplane's chart" : '';
}

function trustRank(candidate: Candidate | undefined): number {
  return candidate?.trust === 'full' ? 0 : 1;
}

function tooLarge({ name, where, manifest }: Candidate, why: string): Rejection {
  return { name, where, code: 'TOO_LARGE', message: `cannot place ${manifest.file}: ${why}` };
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
