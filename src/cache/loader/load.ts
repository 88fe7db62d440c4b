import { createHash } from 'node:crypto';
import { tapped } from '../../internal/bytes/tapped.ts';
import { isCacheError } from '../errors.ts';
import { type Candidate, isCandidate, type Rejection, rejectionOf } from './candidate.ts';
import { comparisonKey, isInPlace, type Kept, plan } from './plan.ts';
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
  readonly refused: readonly Rejection[];
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
  /** The rejections of candidates that could not be placed, by signature: unchanged candidates are not fetched again. */
  failures: Map<string, Rejection>;
  /** The sha256 of the unpacked content, by that of the file. */
  contentSums: Map<string, string>;
}

/** Options of {@link load}. */
export interface LoadOptions {
  readonly into: string;
  readonly target: Target;
  readonly found: readonly (Candidate | Rejection)[];
  readonly maxBytes: number;
  readonly memory: LoadMemory;
  /** Called only when a file may be removed or replaced, or candidates differ. Default: no package revision needs a file. */
  readonly neededByRevisions?: (() => Promise<IsNeeded>) | undefined;
}

/** Returns the state before the first pass. */
export function loadMemory(): LoadMemory {
  return { failures: new Map(), contentSums: new Map() };
}

/**
 * Updates a cache directory to the candidates that were found. Those that cannot be placed are in `refused` of the summary, and the files
 * that they would replace are kept. Throws {@link CacheError} if the directory cannot be read or written.
 */
export async function load(options: LoadOptions): Promise<LoadSummary> {
  const { into, target, maxBytes, memory } = options;
  const state = await target.read();
  const failed = new Map<string, Rejection>();
  const found = options.found.map((item) => {
    const failure = isCandidate(item) && item.signature !== undefined ? memory.failures.get(item.signature) : undefined;
    if (failure && isCandidate(item) && item.signature !== undefined) failed.set(item.signature, failure);
    return failure ?? item;
  });
  const candidates = found.filter(isCandidate);
  const mayChange = needsRevisions(candidates, state) || mayEvict(candidates, state, maxBytes);
  const isNeeded = mayChange ? ((await options.neededByRevisions?.()) ?? none) : none;
  const { compared, unreadable } = await compareFiles(candidates, state, target);
  const contentSums = await sumRivals(candidates, memory);
  const usable = found.filter((item) => !isCandidate(item) || !unreadable.has(item));
  const decided = plan({
    found: [...usable, ...unreadable.values()],
    state,
    compared,
    contentSums,
    isNeeded,
    maxBytes,
  });
  for (const file of [...decided.remove, ...decided.release]) await target.remove(file);
  for (const candidate of decided.adopt) await target.adopt(candidate);
  const placed: string[] = [];
  const refused = [...decided.refused];
  for (const alternatives of decided.place) {
    for (const candidate of alternatives) {
      const rejection = await tryToPlace(target, candidate);
      if (rejection === undefined) {
        placed.push(candidate.manifest.file);
        break;
      }
      refused.push(rejection);
      if (candidate.signature !== undefined && PERMANENT.has(rejection.code))
        failed.set(candidate.signature, rejection);
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

/** Places a candidate. Returns a rejection for bad content or a full disk; throws if the directory cannot be written. */
async function tryToPlace(target: Target, candidate: Candidate): Promise<Rejection | undefined> {
  try {
    await target.place(candidate);
    return undefined;
  } catch (error) {
    if (!isCacheError(error, 'CHECKSUM_MISMATCH', 'SWAPPED', 'INCOMPLETE', 'API', 'TOO_LARGE', 'FULL')) throw error;
    return rejectionOf(candidate.name, candidate.where, error);
  }
}

/** True when a placed file is no longer that of a candidate, or when candidates of one name differ. */
function needsRevisions(candidates: readonly Candidate[], { placed }: TargetState): boolean {
  const files = new Map<string, string>();
  for (const { manifest } of candidates) {
    const { file, sha256 } = manifest;
    if ((files.get(file) ?? sha256) !== sha256) return true;
    files.set(file, sha256);
  }
  return [...placed.values()].some(({ manifest, owner }) => {
    const sum = files.get(manifest.file);
    return sum === undefined ? owner !== undefined : sum !== manifest.sha256;
  });
}

/** True when fully trusted candidates that are not in place may not fit without the removal of files with other content. */
function mayEvict(candidates: readonly Candidate[], { placed, foreign }: TargetState, maxBytes: number): boolean {
  const missing = candidates.filter(({ trust, manifest }) => {
    return trust === 'full' && !isInPlace(placed.get(manifest.file), manifest);
  });
  if (missing.length === 0 || !candidates.some(({ trust }) => trust === 'prefix')) return false;
  const inPlace = [...foreign.values(), ...[...placed.values()].map(({ size = 0 }) => size)];
  const sizes = [...inPlace, ...missing.map(({ manifest }) => manifest.size)];
  return sizes.reduce((total, size) => total + size, 0) > maxBytes;
}

/** Compares candidates with the files of their names, unless those are the candidates' content in place. */
async function compareFiles(candidates: readonly Candidate[], { placed, foreign }: TargetState, target: Target) {
  const compared = new Map<string, Comparison>();
  const unreadable = new Map<Candidate, Rejection>();
  for (const candidate of candidates) {
    const { manifest } = candidate;
    const present = placed.get(manifest.file);
    const isOther = present?.size !== undefined && !isInPlace(present, manifest);
    if (!isOther && !foreign.has(manifest.file)) continue;
    try {
      compared.set(comparisonKey(candidate), await target.compare(candidate));
    } catch (error) {
      unreadable.set(candidate, rejectionOf(candidate.name, candidate.where, error));
    }
  }
  return { compared, unreadable };
}

/** Computes the checksums of unpacked content, for different files that claim to be one artifact under one name. */
async function sumRivals(candidates: readonly Candidate[], memory: LoadMemory): Promise<ReadonlyMap<string, string>> {
  const claims = new Map<string, Candidate[]>();
  for (const candidate of candidates) {
    const { file, artifact } = candidate.manifest;
    if (artifact === undefined) continue;
    const claim = `${file} ${artifact.source}@${artifact.digest}`;
    const same = claims.get(claim);
    if (same) same.push(candidate);
    else claims.set(claim, [candidate]);
  }
  const sums = new Map<string, string>();
  for (const rivals of claims.values()) {
    if (new Set(rivals.map(({ manifest }) => manifest.sha256)).size < 2) continue;
    for (const candidate of rivals) {
      const { sha256 } = candidate.manifest;
      const content = sums.get(sha256) ?? memory.contentSums.get(sha256) ?? (await sumOf(candidate));
      if (content !== undefined) sums.set(sha256, content);
    }
  }
  memory.contentSums = sums;
  return sums;
}

/** Returns the sha256 of a candidate's unpacked content; undefined if it cannot be read. */
async function sumOf({ manifest, parts }: Candidate): Promise<string | undefined> {
  const hash = createHash('sha256');
  try {
    const sum = await contentSum(tapped(joined(parts), hash), manifest.size, manifest.file);
    return hash.digest('hex') === manifest.sha256 ? sum : undefined;
  } catch (error) {
    if (!isCacheError(error)) throw error;
    return undefined;
  }
}
