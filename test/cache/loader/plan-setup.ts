import { expect, test } from 'vitest';
import type { Offer, Refusal } from '../../../src/cache/loader/offer.ts';
import { comparisonKey, plan, type Situation } from '../../../src/cache/loader/plan.ts';
import type { Comparison } from '../../../src/cache/loader/same-content.ts';
import type { Placed } from '../../../src/cache/loader/target/target.ts';
import { entrySet } from '../sets.ts';

export function offer(name: string, options?: Parameters<typeof entrySet>[1]): Offer {
  const set = entrySet(name, options);
  return {
    name: set.name,
    where: `ns/${set.name}`,
    manifest: set.manifest,
    parts: [],
    origin: 'here',
    trust: 'full',
    owner: 'us',
  };
}

export function placed({ name, manifest, trust, owner, origin }: Offer, over: Partial<Placed> = {}): [string, Placed] {
  const { size } = manifest;
  return [manifest.file, { set: name, manifest, trust, owner, origin, isShared: false, size, intact: true, ...over }];
}

export function refusal({ name }: Offer): Refusal {
  return { name, where: 'ns', code: 'INCOMPLETE', message: 'cannot join' };
}

export const a = offer('a');
export const b = offer('b');
export const otherA = offer('a', { seed: 'other' });
export const sameA = offer('a', { chunkSize: 2_000 });
export const sizes = a.manifest.size + b.manifest.size;
export const theirs = { owner: undefined, isShared: true };

export type Case = Partial<Omit<Situation, 'state' | 'compared'>> & {
  name: string;
  placed?: [string, Placed][];
  foreign?: [string, number][];
  compared?: [Offer, Comparison][];
  want: {
    place?: string[];
    adopt?: string[];
    unchanged?: string[];
    kept?: { file: string; because: string }[];
    remove?: string[];
    release?: string[];
    refused?: string[];
  };
};

export function planOf({
  found = [],
  placed: records = [],
  foreign = [],
  compared = [],
  ...rest
}: Omit<Case, 'name' | 'want'>) {
  return plan({
    found,
    state: { placed: new Map(records), foreign: new Map(foreign) },
    compared: new Map(compared.map(([one, comparison]) => [comparisonKey(one), comparison])),
    contentSums: rest.contentSums ?? new Map(),
    isNeeded: rest.isNeeded ?? (() => false),
    maxBytes: rest.maxBytes ?? 1_000_000,
  });
}

/** Runs a test for each case. */
export function testPlans(cases: readonly Case[]): void {
  for (const { name, want, ...situation } of cases) {
    test(name, () => {
      // What was found first must not matter.
      for (const found of [situation.found ?? [], [...(situation.found ?? [])].reverse()]) {
        const { place, adopt, unchanged, kept, remove, release, refused } = planOf({ ...situation, found });
        const files = (offers: readonly (Offer | undefined)[]) => offers.map((one) => one?.manifest.file);
        expect({
          place: files(place.map(([first]) => first)).sort(),
          adopt: files(adopt),
          unchanged,
          kept,
          remove,
          release,
          refused: refused.map(({ code }) => code),
        }).toEqual({ place: [], adopt: [], unchanged: [], kept: [], remove: [], release: [], refused: [], ...want });
      }
    });
  }
}
