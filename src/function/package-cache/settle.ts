import { setNameOf } from '../../cache/sets/chunks.ts';
import type { SetManifest } from '../../cache/sets/manifest.ts';
import { formatSize } from '../../cache/size.ts';
import { isIntact } from './integrity.ts';
import { TYPE_ANNOTATION } from './names.ts';
import type { ObservedMember, ObservedSet } from './observed.ts';
import type { SourcePlan } from './plan.ts';

/** What a look at a source came to. */
export type Reason =
  | 'Fetched'
  | 'Pending'
  | 'Suspended'
  | 'FetchFailed'
  | 'AuthFailed'
  | 'VerifyFailed'
  | 'NotAllowed'
  | 'InvalidArtifact'
  | 'TooLarge'
  | 'Conflict'
  | 'Damaged';

/** Annotations of ConfigMaps. */
export type Annotations = Readonly<Record<string, string>>;

/** What a source means now. */
export interface Wanted {
  readonly revision: string;
  readonly manifest: SetManifest;
  /** What is noted on the ConfigMaps, beside the revision. */
  readonly annotations: Annotations;
  /** The content; undefined while it is not at hand. */
  readonly content: Uint8Array | undefined;
}

/** A source as it was found in this call. */
export interface Finding {
  readonly plan: SourcePlan;
  readonly reason: Reason;
  readonly message?: string | undefined;
  readonly wanted: Wanted | undefined;
  readonly observed: readonly ObservedSet[];
  /** The sets that were present ones at the last call, as the composite's status says, likely ones first. */
  readonly currentSets: readonly string[];
  /** Those that were the earlier ones, the latest first. */
  readonly earlierSets: readonly string[];
}

/** A revision that is to be in the cluster. */
export type Carried =
  | {
      readonly kind: 'observed';
      readonly set: ObservedSet;
      readonly revision: string | undefined;
      readonly annotations: Annotations;
    }
  | {
      readonly kind: 'new';
      readonly name: string;
      readonly wanted: Wanted & { readonly content: Uint8Array };
      /** Observed ConfigMaps of this set that do not hold what they should. */
      readonly damaged: readonly ObservedMember[];
    };

/** What becomes of a source. */
export interface Settled {
  readonly plan: SourcePlan;
  readonly reason: Reason;
  readonly message?: string | undefined;
  readonly current: Carried | undefined;
  readonly history: readonly ObservedSet[];
}

/**
 * Decides for all sources of a composite which revisions are in the cluster. What is there stays until something newer can take its
 * place: when a source cannot be fetched, when its content is not at hand, when it does not fit into `maxBytes`, and when its file
 * would have the name of another one's. What a package is installed from stays in any case; `isPinned` says which sets that are.
 */
export function settleSources(
  findings: readonly Finding[],
  maxBytes: number,
  isPinned: (set: ObservedSet) => boolean,
): Settled[] {
  const present = findings.map((finding) => presentOf(finding, isPinned));
  const chosen: (Carried | undefined)[] = [...present];
  const settled = findings.map((finding, index): Settled => {
    const next = nextOf(finding);
    const others = chosen.filter((_, other) => other !== index);
    const { plan, reason, message } = finding;
    const refusal =
      typeProblem(plan, finding.wanted?.annotations) ??
      (next?.kind === 'new' ? refusalOf(next, others, maxBytes) : undefined);
    if (next && !refusal) chosen[index] = next;
    const isMissing = finding.wanted !== undefined && next === undefined && reason === 'Fetched';
    const report =
      refusal ?? (isMissing ? PENDING : (installProblem(plan, chosen[index], reason) ?? { reason, message }));
    return { plan, ...withDamage(report, chosen[index]), current: chosen[index], history: [] };
  });
  return withHistory(findings, settled, maxBytes, isPinned);
}

const PENDING = { reason: 'Pending', message: 'Fetching the content' } as const;

/** Adds what is wrong with the ConfigMaps of the present revision. */
function withDamage(report: Report, current: Carried | undefined): Report {
  if (current === undefined) return report;
  const isNew = current.kind === 'new';
  const damaged = (isNew ? current.damaged : current.set.damaged).map(({ name }) => name);
  const missing = isNew ? 0 : (current.set.members[0]?.count ?? 0) - current.set.members.length;
  const what = [
    ...(damaged.length > 0 ? [`ConfigMap ${damaged.join(', ')} does not hold what it should`] : []),
    ...(missing > 0 ? [`${missing} of its ConfigMaps are missing`] : []),
  ].join(' and ');
  if (what === '') return report;
  const { reason, message } = report;
  if (isNew) return { reason: 'Damaged', message: `${what}; it is made again` };
  if (reason === 'Fetched' || reason === 'Pending')
    return { reason: 'Damaged', message: `${what}; its content is fetched again` };
  if (reason === 'Suspended') return { reason: 'Damaged', message: `${what}, and the source is suspended; resume it` };
  return { reason, message: `${message ?? reason}; until then, ${what}` };
}

/** The set that was the present one; where the status does not tell, what is installed, else what was made last. */
function presentOf({ observed, currentSets }: Finding, isPinned: (set: ObservedSet) => boolean): Carried | undefined {
  const [remembered] = currentSets.flatMap((name) => observed.find((set) => set.name === name) ?? []);
  const latest = observed.toSorted((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
  const set = remembered ?? latest.find(isPinned) ?? latest[0];
  return set && { kind: 'observed', set, revision: set.revision, annotations: set.annotations };
}

function nextOf({ plan, wanted, observed }: Finding): Carried | undefined {
  if (wanted === undefined) return undefined;
  const set = setInCluster(plan, wanted.manifest, observed);
  const { content, manifest, revision, annotations } = wanted;
  if (set) return { kind: 'observed', set, revision, annotations: { ...set.annotations, ...annotations } };
  const name = setNameOf(plan.base, manifest);
  const there = observed.flatMap(({ members }) => members).filter((member) => member.set === name);
  const damaged = there.filter((member) => !isIntact(member, manifest));
  return content && { kind: 'new', name, wanted: { ...wanted, content }, damaged };
}

/** The observed set that holds what the manifest describes, intact and in the source's namespace. */
export function setInCluster(
  { namespace }: SourcePlan,
  manifest: SetManifest,
  observed: readonly ObservedSet[],
): ObservedSet | undefined {
  const isThere = ({ members }: ObservedSet) => members.every((member) => member.namespace === namespace);
  return observed.find((set) => set.intact && isThere(set) && isSameSet(set.manifest, manifest));
}

function isSameSet(a: SetManifest | undefined, b: SetManifest): boolean {
  return a !== undefined && a.chunkSize === b.chunkSize && a.file === b.file && isSameContent(a, b);
}

/**
 * The same bytes, or the entry of the same package: another version of this program may compress that to other bytes, which is no reason to
 * change anything.
 */
function isSameContent(a: SetManifest, b: SetManifest): boolean {
  if (a.sha256 === b.sha256) return true;
  const isPackage = a.file.endsWith('.gz') && !a.file.endsWith('.tar.gz');
  return (
    isPackage &&
    a.artifact !== undefined &&
    a.artifact.digest === b.artifact?.digest &&
    a.artifact.source === b.artifact?.source
  );
}

type Report = Pick<Finding, 'reason' | 'message'>;
type Refusal = Report & { readonly message: string };

/** Why an artifact cannot be installed as the source asks; undefined where it can, or nobody knows its type. */
export function typeProblem({ source }: SourcePlan, annotations: Annotations | undefined): Refusal | undefined {
  const type = annotations?.[TYPE_ANNOTATION];
  const kind = source.install?.kind;
  if (type === undefined || kind === undefined || type === kind) return undefined;
  const message = `install.kind is ${kind}, but the package is a ${type}; set install.kind: ${type}, or take the ${kind} from where it is`;
  return { reason: 'InvalidArtifact', message };
}

/** The same for what is in the cluster, where nothing worse is wrong. */
function installProblem(plan: SourcePlan, current: Carried | undefined, reason: Reason): Refusal | undefined {
  if (current?.kind !== 'observed' || reason === 'NotAllowed' || reason === 'VerifyFailed') return undefined;
  return typeProblem(plan, current.annotations);
}

function refusalOf(next: Carried, others: readonly (Carried | undefined)[], maxBytes: number): Refusal | undefined {
  const { file, size } = manifestOf(next) ?? { file: '', size: 0 };
  const rival = others.find((other) => other && isRival(manifestOf(next), manifestOf(other)));
  if (rival) {
    const message = `another source carries other content as ${file}, and Crossplane could not tell them apart; take one of them from another repository`;
    return { reason: 'Conflict', message };
  }
  const taken = others.reduce((total, other) => total + sizeOf(other), 0);
  if (taken + size <= maxBytes) return undefined;
  const message = `${file} has ${formatSize(size)}, and ${formatSize(Math.max(0, maxBytes - taken))} of ${formatSize(maxBytes)} are left for it; raise the Input's packageCache.maxContentBytes, or carry it with "cache pack"`;
  return { reason: 'TooLarge', message };
}

/** True for different content in files of one name: a loader could place one of them only. */
function isRival(a: SetManifest | undefined, b: SetManifest | undefined): boolean {
  return a !== undefined && b !== undefined && a.file === b.file && !isSameContent(a, b);
}

/** Earlier revisions stay, the latest first, as many as are asked for and as fit beside all present ones. */
function withHistory(
  findings: readonly Finding[],
  settled: readonly Settled[],
  maxBytes: number,
  isPinned: (set: ObservedSet) => boolean,
): Settled[] {
  const earlier = settled.map((one, index) => earlierSets(findings[index], one, isPinned));
  const pinned = earlier.flat().filter(isPinned);
  const present = settled.flatMap(({ current }) => (current && manifestOf(current)) ?? []);
  let room = settled.reduce((left, { current }) => left - sizeOf(current), maxBytes);
  for (const { manifest } of pinned) room -= manifest?.size ?? 0;
  return settled.map((one, index) => {
    const history = earlier[index]?.filter((set, place) => {
      if (isPinned(set)) return true;
      if (present.some((manifest) => isRival(manifest, set.manifest))) return false;
      const size = set.manifest?.size ?? 0;
      // The revision before stays until the new one is there.
      const keep = Math.max(one.plan.keep, one.current?.kind === 'new' ? 1 : 0);
      if (place >= keep || size > room) return false;
      room -= size;
      return true;
    });
    return { ...one, history: history ?? [] };
  });
}

/**
 * All sets but the present one, the latest first. One of the same content is of no use once the present one is there, as after a change of
 * the namespace, and neither is one that is damaged, unless a package is installed from it alone.
 */
function earlierSets(
  finding: Finding | undefined,
  { current }: Settled,
  isPinned: (set: ObservedSet) => boolean,
): ObservedSet[] {
  const { observed = [], earlierSets: remembered = [] } = finding ?? {};
  const age = new Map(remembered.map((name, place) => [name, place]));
  const present = current?.kind === 'observed' ? current.set : undefined;
  const manifest = current && manifestOf(current);
  const isSame = (set: ObservedSet) =>
    manifest !== undefined && set.manifest?.file === manifest.file && isSameContent(set.manifest, manifest);
  const isUseful = (set: ObservedSet) =>
    set.intact ? !(present?.intact && isSame(set)) : isPinned(set) && !isSame(set);
  return observed
    .filter((set) => set !== present && isUseful(set))
    .sort((a, b) => (age.get(a.name) ?? -1) - (age.get(b.name) ?? -1) || (a.createdAt < b.createdAt ? 1 : -1));
}

/** The manifest of what is carried; undefined when it cannot be read. */
export function manifestOf(carried: Carried): SetManifest | undefined {
  return carried.kind === 'new' ? carried.wanted.manifest : carried.set.manifest;
}

function sizeOf(carried: Carried | undefined): number {
  return carried === undefined ? 0 : (manifestOf(carried)?.size ?? 0);
}
