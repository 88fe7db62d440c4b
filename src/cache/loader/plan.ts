import { formatSize } from '../../internal/size.ts';
import { isEntryName } from '../sets/cache-name.ts';
import { choose, rankOf } from './choose.ts';
import { isOffer, type Offer, type Refusal } from './offer.ts';
import type { IsNeeded } from './revisions.ts';
import type { Comparison } from './same-content.ts';
import type { Placed, TargetState } from './target/target.ts';

/** The input of a pass of the loader. */
export interface Situation {
  readonly found: readonly (Offer | Refusal)[];
  readonly state: TargetState;
  /** The comparisons of files with different offers of their names, by {@link comparisonKey}. */
  readonly compared: ReadonlyMap<string, Comparison>;
  /** The sha256 of the unpacked content, by that of the file, for different files of one artifact. */
  readonly contentSums: ReadonlyMap<string, string>;
  /** True when a package revision of the cluster needs the file. */
  readonly isNeeded: IsNeeded;
  /** The maximum total size of the directory, in bytes. */
  readonly maxBytes: number;
}

/** A file that is kept although it is no longer offered. */
export interface Kept {
  readonly file: string;
  readonly because: 'package revision' | 'its set is refused' | 'another loader';
}

/** The steps of a pass of the loader. */
export interface Plan {
  readonly remove: readonly string[];
  /** Files that another loader still needs: only this loader's record is removed. */
  readonly release: readonly string[];
  /** For each file, the offers of the chosen content, to be tried in order. */
  readonly place: readonly (readonly Offer[])[];
  /** Offered files in place of which this loader has no record yet. */
  readonly adopt: readonly Offer[];
  readonly unchanged: readonly string[];
  readonly kept: readonly Kept[];
  readonly refused: readonly Refusal[];
}

/** Decides what to place, keep and remove. */
export function plan(situation: Situation): Plan {
  const { found, state, isNeeded, contentSums } = situation;
  const refused = found.flatMap((item) => (isOffer(item) ? [] : [item]));
  const wanted: (readonly Offer[])[] = [];
  const unchanged: Offer[] = [];
  for (const offers of byFile(found.filter(isOffer))) {
    const { chosen, refused: conflicts } = choose({ offers, isNeeded, contentSums });
    refused.push(...conflicts);
    const [offer] = chosen;
    if (offer === undefined) continue;
    const verdict = judge(offer, situation);
    if (verdict === 'in place') unchanged.push(offer);
    else if (verdict === 'place') wanted.push(chosen);
    else refused.push(verdict);
  }
  const offered = new Set([...wanted.flat(), ...unchanged].map(({ manifest }) => manifest.file));
  const idle = [...state.placed.values()].filter(({ manifest }) => !offered.has(manifest.file));
  const { kept, remove, release } = sortOut(idle, refused, situation);
  const { place, evicted, tooMuch } = withinLimit(wanted, unchanged, new Set(remove), situation);
  const staying = unchanged.filter(({ manifest }) => !evicted.has(manifest.file));
  return {
    remove: [...remove, ...evicted],
    release,
    place,
    adopt: staying.filter(({ manifest, owner }) => {
      const placed = state.placed.get(manifest.file);
      return placed?.intact && placed.manifest.sha256 === manifest.sha256 && placed.owner !== owner;
    }),
    unchanged: staying.map(({ manifest }) => manifest.file),
    kept,
    refused: [...refused, ...tooMuch],
  };
}

/** Identifies the comparison of an offer with the file of its name. */
export function comparisonKey({ manifest: { file, sha256 } }: Offer): string {
  return `${file} ${sha256}`;
}

function byFile(offers: readonly Offer[]): Offer[][] {
  const files = new Map<string, Offer[]>();
  for (const offer of offers) {
    const same = files.get(offer.manifest.file);
    if (same) same.push(offer);
    else files.set(offer.manifest.file, [offer]);
  }
  return [...files].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, same]) => same);
}

/** Decides whether to place an offer, given the file of its name in the directory. */
function judge(offer: Offer, { state, compared, isNeeded }: Situation): 'in place' | 'place' | Refusal {
  const { file, sha256 } = offer.manifest;
  const placed = state.placed.get(file);
  if (placed?.intact && placed.manifest.sha256 === sha256) return 'in place';
  const comparison = compared.get(comparisonKey(offer));
  if (comparison === 'same') return 'in place';
  if (placed?.intact) {
    if (placed.isShared) return notOurs(offer, 'another loader placed other content under this name');
    const isSame =
      isSameArtifact(offer, placed) || rankOf(offer.trust, offer.manifest) < rankOf(placed.trust, placed.manifest);
    return isSame || !isNeeded(placed) ? 'place' : needed(offer);
  }
  const isOwn = placed?.owner !== undefined;
  if (isOwn || comparison === undefined || comparison === 'broken') return 'place';
  if (comparison === 'different')
    return notOurs(offer, 'a file of this name with other content exists; remove it to replace it');
  return notOurs(
    offer,
    'a file of this name is damaged or being written; it is replaced after a minute without changes',
  );
}

function isSameArtifact({ manifest: { artifact } }: Offer, { manifest }: Placed): boolean {
  return (
    artifact !== undefined &&
    artifact.source === manifest.artifact?.source &&
    artifact.digest === manifest.artifact.digest
  );
}

function notOurs({ name, where, manifest }: Offer, why: string): Refusal {
  return { name, where, code: 'NOT_OURS', message: `cannot place ${manifest.file}: ${why}` };
}

function needed({ name, where, manifest }: Offer): Refusal {
  const message = `cannot place ${manifest.file}: different contents have this name, and a package revision needs the one in place; rename a repository or remove one of the contents`;
  return { name, where, code: 'CONFLICT', message };
}

/** The codes of refusals for which earlier content is removed: it must not be in place either. */
const REMOVED_CODES = ['UNTRUSTED', 'CONFLICT'];

function sortOut(
  idle: readonly Placed[],
  refused: readonly Refusal[],
  { found, isNeeded }: Situation,
): { kept: Kept[]; remove: string[]; release: string[] } {
  const retaining = refused.filter(({ code }) => !REMOVED_CODES.includes(code));
  const names = new Set(retaining.map(({ name }) => name));
  const hidden = new Set(retaining.flatMap(({ hides }) => hides ?? []));
  const refusedFiles = new Set(
    found.filter(isOffer).flatMap(({ name, manifest }) => (names.has(name) ? [manifest.file] : [])),
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
  readonly place: (readonly Offer[])[];
  readonly evicted: ReadonlySet<string>;
  readonly tooMuch: Refusal[];
}

/**
 * Selects the content that fits into the directory: first the content in place and its smaller replacements, then new content, the fully
 * trusted before the rest, each in the order of file names. Fully trusted content replaces other content, unless a package revision needs
 * that. The existing content of a file frees its space only when it is replaced.
 */
function withinLimit(
  wanted: readonly (readonly Offer[])[],
  unchanged: readonly Offer[],
  removed: ReadonlySet<string>,
  { state, isNeeded, maxBytes }: Situation,
): Limited {
  let total = sum(state.foreign.values());
  for (const [file, { size = 0 }] of state.placed) if (!removed.has(file)) total += size;
  const evictable = unchanged
    .filter(({ trust, manifest }) => trust === 'prefix' && isRemovable(state.placed.get(manifest.file), isNeeded))
    .sort((a, b) => b.manifest.size - a.manifest.size);
  const evicted = new Set<string>();
  const place: (readonly Offer[])[] = [];
  const tooMuch: Refusal[] = [];
  const rank = ([offer]: readonly Offer[]) => (offer && growthOf(offer, state) <= 0 ? -1 : trustRank(offer));
  for (const offers of wanted.toSorted((a, b) => rank(a) - rank(b))) {
    const [offer] = offers;
    if (offer === undefined) continue;
    const { file } = offer.manifest;
    const growth = growthOf(offer, state);
    const room = evictable.reduce((bytes, { manifest }) => bytes + manifest.size, 0);
    if (offer.trust === 'full' && total + growth > maxBytes && total + growth - room <= maxBytes) {
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
      place.push(offers);
      continue;
    }
    const full = `the cache would have ${formatSize(total + growth)}, its limit is ${formatSize(maxBytes)}`;
    tooMuch.push(tooLarge(offer, `${full}; raise --max-bytes${advice(file)}`));
  }
  return { place, evicted, tooMuch };
}

/** Returns the bytes by which the directory grows when an offer is placed. */
function growthOf({ manifest: { file, size } }: Offer, { placed, foreign }: TargetState): number {
  return size - (placed.get(file)?.size ?? foreign.get(file) ?? 0);
}

function isRemovable(placed: Placed | undefined, isNeeded: IsNeeded): boolean {
  return placed?.owner !== undefined && placed.intact && !placed.isShared && !isNeeded(placed);
}

function advice(file: string): string {
  return isEntryName(file) ? " together with packageCache.sizeLimit of Crossplane's chart" : '';
}

function trustRank(offer: Offer | undefined): number {
  return offer?.trust === 'full' ? 0 : 1;
}

function tooLarge({ name, where, manifest }: Offer, why: string): Refusal {
  return { name, where, code: 'TOO_LARGE', message: `cannot place ${manifest.file}: ${why}` };
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
