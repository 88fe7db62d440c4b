import type { SetManifest } from '../sets/manifest.ts';
import { formatSize } from '../size.ts';
import { isOffer, type Offer, type Refusal } from './offer.ts';
import type { Record } from './records.ts';
import type { Placed, TargetState } from './target.ts';

/** What a pass of the loader decides by. */
export interface Situation {
  readonly found: readonly (Offer | Refusal)[];
  readonly state: TargetState;
  /** Files of others that hold what is offered under their name. */
  readonly present: ReadonlySet<string>;
  /** True when a package revision of the cluster needs the file. */
  readonly isNamed: (record: Record) => boolean;
  /** Most bytes of all files in the directory together. */
  readonly maxBytes: number;
}

/** A file that stays although nothing offers it any more. */
export interface Kept {
  readonly file: string;
  readonly because: 'package revision' | 'its set is refused';
}

/** What a pass of the loader does. */
export interface Plan {
  readonly remove: readonly string[];
  readonly place: readonly Offer[];
  readonly unchanged: readonly string[];
  readonly kept: readonly Kept[];
  readonly refused: readonly Refusal[];
}

/** Decides what to place, keep and remove. What cannot be decided without doubt is left as it is. */
export function plan(situation: Situation): Plan {
  const { found, state, present } = situation;
  const refused = found.flatMap((item) => (isOffer(item) ? [] : [item]));
  const wanted: Offer[] = [];
  const unchanged: string[] = [];
  for (const offers of byFile(found.filter(isOffer))) {
    const { chosen, conflicts } = choose(offers, situation);
    refused.push(...conflicts);
    if (chosen === undefined) continue;
    const { file, sha256 } = chosen.manifest;
    const placed = state.placed.get(file);
    if (present.has(file) || (placed?.intact && placed.manifest.sha256 === sha256)) unchanged.push(file);
    else if (state.foreign.has(file)) refused.push(foreign(chosen));
    else wanted.push(chosen);
  }
  const offered = new Set([...wanted.map(({ manifest }) => manifest.file), ...unchanged]);
  const idle = [...state.placed.values()].filter(({ manifest }) => !offered.has(manifest.file));
  const { kept, remove } = sortOut(idle, refused, situation);
  const { place, tooMuch } = withinLimit(wanted, new Set(remove), situation);
  return { remove, place, unchanged, kept, refused: [...refused, ...tooMuch] };
}

function byFile(offers: readonly Offer[]): Offer[][] {
  const files = new Map<string, Offer[]>();
  for (const offer of offers) {
    const same = files.get(offer.manifest.file);
    if (same) same.push(offer);
    else files.set(offer.manifest.file, [offer]);
  }
  return [...files.values()].sort(([a], [b]) => ((a?.manifest.file ?? '') < (b?.manifest.file ?? '') ? -1 : 1));
}

/** Of offers for one file that are the same content, takes the one that is in place, else the first by sha256. */
function choose(
  offers: readonly Offer[],
  { state, isNamed }: Situation,
): { chosen: Offer | undefined; conflicts: Refusal[] } {
  const placed = state.placed.get(offers[0]?.manifest.file ?? '');
  const contents = [...new Set(offers.map(({ manifest }) => contentOf(manifest)))];
  const holds = placed && contentOf(placed.manifest);
  const isContested = contents.length > 1;
  const mustStay = placed !== undefined && isNamed(placed);
  const content =
    holds !== undefined && contents.includes(holds) ? holds : isContested || mustStay ? undefined : contents[0];
  const same = offers.filter(({ manifest }) => contentOf(manifest) === content);
  const inPlace = same.find(({ manifest }) => manifest.sha256 === placed?.manifest.sha256);
  const chosen = inPlace ?? same.toSorted((a, b) => (a.manifest.sha256 < b.manifest.sha256 ? -1 : 1))[0];
  const others = offers.filter((offer) => !same.includes(offer));
  const rivals = isContested
    ? offers.map(({ where }) => where).join(', ')
    : 'a package revision needs the one in place';
  return { chosen, conflicts: others.map((offer) => conflict(offer, rivals)) };
}

/** The same artifact is the same content however it is compressed. */
function contentOf({ artifact, sha256 }: SetManifest): string {
  return artifact === undefined ? sha256 : `${artifact.source}@${artifact.digest}`;
}

function conflict({ name, where, manifest }: Offer, rivals: string): Refusal {
  const message = `cannot place ${manifest.file}: different contents have this name (${rivals}), and Crossplane would not tell them apart; rename a repository or leave one out`;
  return { name, where, code: 'CONFLICT', message };
}

function foreign({ name, where, manifest }: Offer): Refusal {
  const message = `cannot place ${manifest.file}: a file of this name with other content is there, and this loader did not place it; remove that file if it should be replaced`;
  return { name, where, code: 'FOREIGN', message };
}

function sortOut(
  idle: readonly Placed[],
  refused: readonly Refusal[],
  { found, isNamed }: Situation,
): { kept: Kept[]; remove: string[] } {
  const refusedSets = new Set(refused.map(({ name }) => name));
  const files = new Set(found.filter(isOffer).map(({ manifest }) => manifest.file));
  const kept: Kept[] = [];
  const remove: string[] = [];
  for (const record of idle) {
    const { file } = record.manifest;
    if (refusedSets.has(record.set) || refusedSets.has(file) || files.has(file))
      kept.push({ file, because: 'its set is refused' });
    else if (isNamed(record)) kept.push({ file, because: 'package revision' });
    else remove.push(file);
  }
  return { kept, remove };
}

/** What is in place comes first; of what is new, as much as fits, in the order of file names. */
function withinLimit(
  wanted: readonly Offer[],
  removed: ReadonlySet<string>,
  { state, maxBytes }: Situation,
): { place: Offer[]; tooMuch: Refusal[] } {
  const replaced = new Set(wanted.map(({ manifest }) => manifest.file));
  let total = sum(state.foreign.values());
  for (const [file, { size = 0 }] of state.placed) if (!removed.has(file) && !replaced.has(file)) total += size;
  const place: Offer[] = [];
  const tooMuch: Refusal[] = [];
  for (const offer of wanted) {
    const { file, size } = offer.manifest;
    if (total + size <= maxBytes) {
      total += size;
      place.push(offer);
    } else {
      total += state.placed.get(file)?.size ?? 0;
      const message = `cannot place ${file}: the cache would hold ${formatSize(total + size)}, its limit is ${formatSize(maxBytes)}; raise --max-bytes together with packageCache.sizeLimit of Crossplane's chart`;
      tooMuch.push({ name: offer.name, where: offer.where, code: 'TOO_LARGE', message });
    }
  }
  return { place, tooMuch };
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
