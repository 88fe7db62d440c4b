import { createHash } from 'node:crypto';
import { tapped } from '../../internal/bytes/tapped.ts';
import { isCacheError } from '../errors.ts';
import { isOffer, type Offer, type Refusal, refusalOf } from './offer.ts';
import { comparisonKey, type Kept, plan } from './plan.ts';
import type { IsNeeded } from './revisions.ts';
import { type Comparison, contentSum, joined } from './same-content.ts';
import type { Target, TargetState } from './target/target.ts';

/** The outcome of a pass of the loader. */
export interface LoadSummary {
  readonly into: string;
  readonly placed: readonly string[];
  readonly unchanged: readonly string[];
  readonly kept: readonly Kept[];
  readonly removed: readonly string[];
  readonly refused: readonly Refusal[];
  /** The paths of links for Crossplane v1 that were added and removed. */
  readonly linked?: readonly string[] | undefined;
  readonly unlinked?: readonly string[] | undefined;
  /** Images and layers that are not loaded, as no directory is set for them. */
  readonly skipped?: readonly string[] | undefined;
  /** Notes about files in place. */
  readonly notes?: readonly string[] | undefined;
  /** The summary for the directory of images and layers, if one is set. */
  readonly layers?: LoadSummary | undefined;
  /** Bytes of all files in the directory. */
  readonly bytes: number;
  readonly maxBytes: number;
}

/** The state of a loader between passes. */
export interface LoadMemory {
  /** The refusals of offers that could not be placed, by signature: unchanged offers are not fetched again. */
  failures: Map<string, Refusal>;
  /** The sha256 of the unpacked content, by that of the file. */
  contentSums: Map<string, string>;
}

/** Options of {@link load}. */
export interface LoadOptions {
  readonly into: string;
  readonly target: Target;
  readonly found: readonly (Offer | Refusal)[];
  readonly maxBytes: number;
  readonly memory: LoadMemory;
  /** Called only when a file may be removed or replaced, or offers differ. Default: no package revision needs a file. */
  readonly neededByRevisions?: (() => Promise<IsNeeded>) | undefined;
}

/** Returns the state before the first pass. */
export function loadMemory(): LoadMemory {
  return { failures: new Map(), contentSums: new Map() };
}

/**
 * Updates a cache directory to the offers that were found. Offers that cannot be placed are in `refused` of the summary, and the files that
 * they would replace are kept. Throws {@link CacheError} if the directory cannot be read or written.
 */
export async function load(options: LoadOptions): Promise<LoadSummary> {
  const { into, target, maxBytes, memory } = options;
  const state = await target.read();
  const failed = new Map<string, Refusal>();
  const found = options.found.map((item) => {
    const failure = isOffer(item) && item.signature !== undefined ? memory.failures.get(item.signature) : undefined;
    if (failure && isOffer(item) && item.signature !== undefined) failed.set(item.signature, failure);
    return failure ?? item;
  });
  const offers = found.filter(isOffer);
  const mayChange = needsRevisions(offers, state) || mayEvict(offers, state, maxBytes);
  const isNeeded = mayChange ? ((await options.neededByRevisions?.()) ?? none) : none;
  const { compared, unreadable } = await compareFiles(offers, state, target);
  const contentSums = await sumRivals(offers, memory);
  const usable = found.filter((item) => !isOffer(item) || !unreadable.has(item));
  const decided = plan({
    found: [...usable, ...unreadable.values()],
    state,
    compared,
    contentSums,
    isNeeded,
    maxBytes,
  });
  for (const file of [...decided.remove, ...decided.release]) await target.remove(file);
  for (const offer of decided.adopt) await target.adopt(offer);
  const placed: string[] = [];
  const refused = [...decided.refused];
  for (const alternatives of decided.place) {
    for (const offer of alternatives) {
      const refusal = await tryToPlace(target, offer);
      if (refusal === undefined) {
        placed.push(offer.manifest.file);
        break;
      }
      refused.push(refusal);
      if (offer.signature !== undefined && PERMANENT.has(refusal.code)) failed.set(offer.signature, refusal);
    }
  }
  memory.failures = failed;
  const after = await target.read();
  const sizes = [...after.foreign.values(), ...[...after.placed.values()].map(({ size = 0 }) => size)];
  return {
    into,
    placed,
    unchanged: decided.unchanged,
    kept: decided.kept,
    removed: decided.remove,
    refused,
    bytes: sizes.reduce((total, size) => total + size, 0),
    maxBytes,
  };
}

const none: IsNeeded = () => false;

/** The failures that recur until the ConfigMaps change. */
const PERMANENT: ReadonlySet<string> = new Set(['CHECKSUM_MISMATCH', 'SWAPPED', 'INCOMPLETE']);

/** Places an offer. Returns a refusal for bad content or a full disk; throws if the directory cannot be written. */
async function tryToPlace(target: Target, offer: Offer): Promise<Refusal | undefined> {
  try {
    await target.place(offer);
    return undefined;
  } catch (error) {
    if (!isCacheError(error, 'CHECKSUM_MISMATCH', 'SWAPPED', 'INCOMPLETE', 'API', 'TOO_LARGE', 'FULL')) throw error;
    return refusalOf(offer.name, offer.where, error);
  }
}

/** True when a placed file is no longer offered with its content, or when offers of one name differ. */
function needsRevisions(offers: readonly Offer[], { placed }: TargetState): boolean {
  const files = new Map<string, string>();
  for (const { manifest } of offers) {
    const { file, sha256 } = manifest;
    if ((files.get(file) ?? sha256) !== sha256) return true;
    files.set(file, sha256);
  }
  return [...placed.values()].some(({ manifest, owner }) => {
    const sum = files.get(manifest.file);
    return sum === undefined ? owner !== undefined : sum !== manifest.sha256;
  });
}

/** True when fully trusted offers that are not in place may not fit without the removal of files with other content. */
function mayEvict(offers: readonly Offer[], { placed, foreign }: TargetState, maxBytes: number): boolean {
  const missing = offers.filter(({ trust, manifest: { file, sha256 } }) => {
    const present = placed.get(file);
    return trust === 'full' && !(present?.intact && present.manifest.sha256 === sha256);
  });
  if (missing.length === 0 || !offers.some(({ trust }) => trust === 'prefix')) return false;
  const inPlace = [...foreign.values(), ...[...placed.values()].map(({ size = 0 }) => size)];
  const sizes = [...inPlace, ...missing.map(({ manifest }) => manifest.size)];
  return sizes.reduce((total, size) => total + size, 0) > maxBytes;
}

/** Compares offers with the files of their names, unless those are the offers' content in place. */
async function compareFiles(offers: readonly Offer[], { placed, foreign }: TargetState, target: Target) {
  const compared = new Map<string, Comparison>();
  const unreadable = new Map<Offer, Refusal>();
  for (const offer of offers) {
    const { file, sha256 } = offer.manifest;
    const present = placed.get(file);
    const isOther = present?.size !== undefined && !(present.intact && present.manifest.sha256 === sha256);
    if (!isOther && !foreign.has(file)) continue;
    try {
      compared.set(comparisonKey(offer), await target.compare(offer));
    } catch (error) {
      unreadable.set(offer, refusalOf(offer.name, offer.where, error));
    }
  }
  return { compared, unreadable };
}

/** Computes the checksums of unpacked content, for different files that claim to be one artifact under one name. */
async function sumRivals(offers: readonly Offer[], memory: LoadMemory): Promise<ReadonlyMap<string, string>> {
  const claims = new Map<string, Offer[]>();
  for (const offer of offers) {
    const { file, artifact } = offer.manifest;
    if (artifact === undefined) continue;
    const claim = `${file} ${artifact.source}@${artifact.digest}`;
    const same = claims.get(claim);
    if (same) same.push(offer);
    else claims.set(claim, [offer]);
  }
  const sums = new Map<string, string>();
  for (const rivals of claims.values()) {
    if (new Set(rivals.map(({ manifest }) => manifest.sha256)).size < 2) continue;
    for (const offer of rivals) {
      const { sha256 } = offer.manifest;
      const content = sums.get(sha256) ?? memory.contentSums.get(sha256) ?? (await sumOf(offer));
      if (content !== undefined) sums.set(sha256, content);
    }
  }
  memory.contentSums = sums;
  return sums;
}

/** Returns the sha256 of an offer's unpacked content; undefined if it cannot be read. */
async function sumOf({ manifest, parts }: Offer): Promise<string | undefined> {
  const hash = createHash('sha256');
  try {
    const sum = await contentSum(tapped(joined(parts), hash), manifest.size, manifest.file);
    return hash.digest('hex') === manifest.sha256 ? sum : undefined;
  } catch (error) {
    if (!isCacheError(error)) throw error;
    return undefined;
  }
}
