import { isIdentified } from '../sets/cache-name.ts';
import type { SetManifest } from '../sets/manifest.ts';
import type { Candidate, Rejection } from './candidate.ts';
import type { IsNeeded } from './revisions.ts';
import type { Trust } from './trust.ts';

/** The facts that decide between candidates of one file name. */
export interface ChoiceInput {
  readonly candidates: readonly Candidate[];
  /** True when a package revision of the cluster needs the file. */
  readonly isNeeded: IsNeeded;
  /** The sha256 of the unpacked content, by that of the file, for different files of one artifact. */
  readonly contentSums: ReadonlyMap<string, string>;
}

/** The candidates of the chosen content, the best first, or none; and the rejections of the others. */
export interface Choice {
  readonly chosen: readonly Candidate[];
  readonly refused: readonly Rejection[];
}

/**
 * Chooses between candidates of one file name, regardless of their order. The most trusted ones take precedence, and of those the ones
 * whose file is named after their artifact. If their contents differ, the one that a package revision needs is chosen; if revisions need
 * several or none of them, nothing is chosen.
 */
export function choose({ candidates, isNeeded, contentSums }: ChoiceInput): Choice {
  const ranked = candidates.toSorted(
    (a, b) =>
      rankOf(a.trust, a.manifest) - rankOf(b.trust, b.manifest) || compare(a.manifest.sha256, b.manifest.sha256),
  );
  const [first] = ranked;
  if (first === undefined) return { chosen: [], refused: [] };
  const rank = rankOf(first.trust, first.manifest);
  const best = ranked.filter(({ trust, manifest }) => rankOf(trust, manifest) === rank);
  const contents = new Set(best.map(({ manifest }) => contentOf(manifest, contentSums)));
  const needed = new Set(best.filter(isNeeded).map(({ manifest }) => contentOf(manifest, contentSums)));
  const [content] = contents.size === 1 ? contents : needed.size === 1 ? needed : [undefined];
  const winner = best.find(({ manifest }) => contentOf(manifest, contentSums) === content);
  const same = ranked.filter(({ manifest }) => contentOf(manifest, contentSums) === content);
  const others = ranked.filter((candidate) => !same.includes(candidate));
  return {
    // Other candidates of the same bytes are alternatives, in case one turns out to be damaged.
    chosen: same.filter(({ manifest }) => manifest.sha256 === winner?.manifest.sha256),
    refused: others.map((candidate) => conflict(candidate, winner, others)),
  };
}

/** Returns the rank of a candidate among those of its name: lower is better. */
export function rankOf(trust: Trust | undefined, manifest: SetManifest): number {
  return (trust === 'prefix' ? 2 : 0) + (isIdentified(manifest) ? 0 : 1);
}

/** Identifies the content of a file. Different files of one artifact have the same content if they unpack to the same bytes. */
function contentOf({ artifact, sha256 }: SetManifest, contentSums: ReadonlyMap<string, string>): string {
  const sum = contentSums.get(sha256) ?? sha256;
  return artifact === undefined ? sha256 : `${artifact.source}@${artifact.digest} ${sum}`;
}

function conflict(
  { name, where, manifest }: Candidate,
  winner: Candidate | undefined,
  rivals: readonly Candidate[],
): Rejection {
  const { file } = manifest;
  const message =
    winner === undefined
      ? `cannot place ${file}: different contents have this name (${placesOf(rivals)}), and Crossplane cannot distinguish them; rename a repository or remove one of the contents`
      : `cannot place ${file} of ${describe(manifest)}: ${describe(winner.manifest)} in ${winner.where} has the same name and takes precedence`;
  return { name, where, code: 'CONFLICT', message };
}

function placesOf(candidates: readonly Candidate[]): string {
  const places = candidates.map(({ where }) => where);
  return places.length > 3 ? `${places.slice(0, 3).join(', ')} and ${places.length - 3} more` : places.join(', ');
}

function describe({ artifact, sha256 }: SetManifest): string {
  return artifact === undefined
    ? `content ${sha256.slice(0, 12)}`
    : `${artifact.source.slice(0, 200)}@${artifact.digest}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
