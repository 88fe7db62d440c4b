import { expect, test } from 'vitest';
import type { Candidate, Rejection } from '../../../src/cache/loader/candidate.ts';
import { comparisonKey, type PassInput, plan } from '../../../src/cache/loader/plan.ts';
import type { Comparison } from '../../../src/cache/loader/same-content.ts';
import type { Placed } from '../../../src/cache/loader/target/target.ts';
import { entrySet } from '../sets.ts';

export function candidate(name: string, options?: Parameters<typeof entrySet>[1]): Candidate {
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

export function placed(
  { name, manifest, trust, owner, origin }: Candidate,
  over: Partial<Placed> = {},
): [string, Placed] {
  const { size } = manifest;
  return [manifest.file, { set: name, manifest, trust, owner, origin, isShared: false, size, intact: true, ...over }];
}

export function rejection({ name }: Candidate): Rejection {
  return { name, where: 'ns', code: 'INCOMPLETE', message: 'cannot join' };
}

export const a = candidate('a');
export const b = candidate('b');
export const otherA = candidate('a', { seed: 'other' });
export const sameA = candidate('a', { chunkSize: 2_000 });
export const sizes = a.manifest.size + b.manifest.size;
export const theirs = { owner: undefined, isShared: true };

export type Case = Partial<Omit<PassInput, 'state' | 'compared'>> & {
  name: string;
  placed?: [string, Placed][];
  foreign?: [string, number][];
  compared?: [Candidate, Comparison][];
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
  for (const { name, want, ...input } of cases) {
    test(name, () => {
      // What was found first must not matter.
      for (const found of [input.found ?? [], [...(input.found ?? [])].reverse()]) {
        const { place, adopt, unchanged, kept, remove, release, refused } = planOf({ ...input, found });
        const files = (candidates: readonly (Candidate | undefined)[]) => candidates.map((one) => one?.manifest.file);
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
