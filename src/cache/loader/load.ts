import { isCacheError } from '../errors.ts';
import { isOffer, type Offer, type Refusal, refusalOf } from './offer.ts';
import { type Kept, plan } from './plan.ts';
import type { Record } from './records.ts';
import type { Target } from './target.ts';

/** What a pass of the loader came to. */
export interface LoadSummary {
  readonly into: string;
  readonly placed: readonly string[];
  readonly unchanged: readonly string[];
  readonly kept: readonly Kept[];
  readonly removed: readonly string[];
  readonly refused: readonly Refusal[];
  /** Bytes of all files in the directory. */
  readonly bytes: number;
  readonly maxBytes: number;
}

/** One pass of the loader. */
export interface LoadOptions {
  readonly into: string;
  readonly target: Target;
  readonly found: readonly (Offer | Refusal)[];
  readonly maxBytes: number;
  /** Asked only when something is to be removed or replaced. Default: no package revision needs anything. */
  readonly namedByRevisions?: (() => Promise<(record: Record) => boolean>) | undefined;
}

/**
 * Brings a cache directory to hold what was found. What cannot be placed is in the summary's `refused`, and what was there before
 * stays. Throws {@link CacheError} when the directory itself cannot be read or written.
 */
export async function load(options: LoadOptions): Promise<LoadSummary> {
  const { into, target, found, maxBytes } = options;
  const state = await target.read();
  const offers = found.filter(isOffer);
  const current = new Set(offers.map(({ name, manifest }) => `${name} ${manifest.file}`));
  const isSettled = [...state.placed].every(([file, { set }]) => current.has(`${set} ${file}`));
  const isNamed = isSettled ? () => false : ((await options.namedByRevisions?.()) ?? (() => false));
  const present = new Set<string>();
  for (const offer of offers) {
    const { file } = offer.manifest;
    if (state.foreign.has(file) && (await target.foreignHolds(offer))) present.add(file);
  }
  const decided = plan({ found, state, present, isNamed, maxBytes });
  for (const file of decided.remove) await target.remove(file);
  const placed: string[] = [];
  const refused = [...decided.refused];
  for (const offer of decided.place) {
    try {
      await target.place(offer);
      placed.push(offer.manifest.file);
    } catch (error) {
      // Bad content is this set's trouble alone; a directory that cannot be written is everybody's.
      if (!isCacheError(error, 'ALTERED', 'SWAPPED', 'INCOMPLETE', 'API')) throw error;
      refused.push(refusalOf(offer.name, offer.where, error));
    }
  }
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
