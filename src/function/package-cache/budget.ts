import type { SetManifest } from '../../cache/sets/manifest.ts';
import { formatSize } from '../../internal/size.ts';
import { MAX_CONTENT_BYTES } from '../api/package-cache.ts';
import {
  type Carried,
  type Limits,
  manifestOf,
  type SourceChoice,
  type SourceOutcome,
  type SourceProblem,
} from './decide-sources.ts';
import type { ObservedSet } from './observed.ts';
import { packCommand } from './plan.ts';
import { isRival, isSameContent } from './same-content.ts';

/** Returns the reason why a new revision cannot be stored in addition to the retained ones, or undefined. */
export function limitProblem(
  next: Carried,
  index: number,
  choices: readonly SourceChoice[],
  limits: Limits,
): SourceProblem | undefined {
  const manifest = manifestOf(next);
  const { file, size } = manifest ?? { file: '', size: 0 };
  const others = choices.filter((_, other) => other !== index);
  if (others.some(({ current }) => current && isRival(manifest, manifestOf(current)))) {
    const message = `another source has different content for ${file}, and Crossplane could not distinguish the two; use another repository for one of them`;
    return { reason: 'Conflict', message };
  }
  const own = choices[index];
  if (own === undefined || isRepair(next, own.present)) return undefined;
  const { maxBytes, reservedBytes } = limits;
  const taken = others.reduce((total, one) => total + bytesOf(retainedSets(one, limits)), reservedBytes);
  const before = retainedSets({ ...own, current: next }, limits).filter((set) => set !== manifest);
  const left = Math.max(0, maxBytes - taken);
  if (size + bytesOf(before) <= left) return undefined;
  const has = `${file} has ${formatSize(size)}`;
  const of = `${formatSize(left)} of ${formatSize(maxBytes)} are available`;
  const pack = `use "${packCommand(own.finding.plan)}" instead`;
  if (size > MAX_CONTENT_BYTES) {
    const most = formatSize(MAX_CONTENT_BYTES);
    return { reason: 'TooLarge', message: `${has}, and a response to Crossplane has at most ${most}; ${pack}` };
  }
  const raise = "raise the Input's packageCache.maxContentBytes";
  if (size > left || own.finding.plan.keep === 0) {
    return { reason: 'TooLarge', message: `${has}, and ${of}; ${raise}, or ${pack}` };
  }
  const beside = `in addition to the retained revision (${formatSize(bytesOf(before))}, keep: ${own.finding.plan.keep})`;
  return { reason: 'TooLarge', message: `${has}, and ${of} ${beside}; ${raise}, or set keep: 0` };
}

/** True for the content of a damaged set, whose bytes are already counted. */
function isRepair(next: Carried, present: Carried | undefined): boolean {
  return next.kind === 'new' && present?.kind === 'observed' && !present.set.intact && present.set.name === next.name;
}

/** Returns the manifests of the sets that are always retained: the current and the previous revision, and those that packages are installed from. */
function retainedSets({ finding, present, current }: SourceChoice, { isPinned }: Limits): SetManifest[] {
  const manifest = current && manifestOf(current);
  const before = present?.kind === 'observed' && current?.kind === 'new' ? present.set : undefined;
  const mayGo = finding.plan.keep === 0;
  const sets = finding.observed.filter((set) => {
    if (!set.intact || (current?.kind === 'observed' && (set === current.set || isSame(set, manifest)))) return false;
    return set === before ? !mayGo : isPinned(set);
  });
  return [...(manifest ? [manifest] : []), ...sets.flatMap((set) => set.manifest ?? [])];
}

function isSame({ manifest }: ObservedSet, other: SetManifest | undefined): boolean {
  return (
    manifest !== undefined && other !== undefined && manifest.file === other.file && isSameContent(manifest, other)
  );
}

function bytesOf(manifests: readonly SetManifest[]): number {
  return manifests.reduce((total, { size }) => total + size, 0);
}

/** Adds the earlier revisions to retain, the latest first: as many as are requested and fit in addition to those that are always retained. */
export function withHistory(
  sources: readonly SourceOutcome[],
  choices: readonly SourceChoice[],
  limits: Limits,
): SourceOutcome[] {
  const needed = choices.map((choice) => retainedSets(choice, limits));
  const present = choices.flatMap(({ current }) => (current && manifestOf(current)) ?? []);
  let room = needed.reduce((left, manifests) => left - bytesOf(manifests), limits.maxBytes - limits.reservedBytes);
  return sources.map((one, index) => {
    const choice = choices[index];
    if (choice === undefined) return one;
    // The previous revision is retained until the new one exists.
    const keep = Math.max(one.plan.keep, choice.current?.kind === 'new' ? 1 : 0);
    const earlier = earlierSets(choice, limits);
    const history = earlier.filter((set, place) => {
      const { manifest } = set;
      if (manifest === undefined || needed[index]?.includes(manifest)) return manifest !== undefined;
      if (limits.isPinned(set)) return true;
      if (place >= keep || manifest.size > room || present.some((other) => isRival(other, manifest))) return false;
      room -= manifest.size;
      return true;
    });
    const dropped = Math.min(one.plan.keep, earlier.length) - Math.min(one.plan.keep, history.length);
    const note =
      dropped > 0
        ? `${dropped} of ${one.plan.keep} earlier revisions do not fit into packageCache.maxContentBytes (${formatSize(limits.maxBytes)}) and are removed`
        : undefined;
    return { ...one, history, note };
  });
}

/**
 * Returns all sets except the current one, the latest first. Sets with the same content are dropped once the current one exists, as after a
 * change of the namespace, and so are damaged sets, unless a package is installed only from one of them.
 */
function earlierSets({ finding, current }: SourceChoice, { isPinned }: Limits): ObservedSet[] {
  const present = current?.kind === 'observed' ? current.set : undefined;
  const manifest = current && manifestOf(current);
  const isUseful = (set: ObservedSet) =>
    set.intact ? !(present?.intact && isSame(set, manifest)) : isPinned(set) && !isSame(set, manifest);
  return finding.observed.filter((set) => set !== present && isUseful(set));
}
