import { setNameOf } from '../../cache/sets/chunks.ts';
import type { SetManifest } from '../../cache/sets/manifest.ts';
import type { ReasonOf } from '../api/conditions.ts';
import { limitProblem, withHistory } from './budget.ts';
import { isIntact } from './integrity.ts';
import { TYPE_ANNOTATION } from './names.ts';
import type { ObservedMember, ObservedSet } from './observed.ts';
import type { SourcePlan } from './plan.ts';
import { isSameSet } from './same-content.ts';

/** The result of checking a source. */
export type Reason = 'Fetched' | ReasonOf<'PackageCacheReady'>;

/** Annotations of ConfigMaps. */
export type Annotations = Readonly<Record<string, string>>;

/** The artifact that a source currently selects. */
export interface SelectedArtifact {
  readonly revision: string;
  readonly manifest: SetManifest;
  /** The annotations of the ConfigMaps other than the revision. */
  readonly annotations: Annotations;
  /** The content; undefined while it is not available. */
  readonly content: Uint8Array | undefined;
}

/** The state of a source in this call. */
export interface SourceFinding {
  readonly plan: SourcePlan;
  readonly reason: Reason;
  readonly message?: string | undefined;
  readonly selected: SelectedArtifact | undefined;
  /** The sets of the source: the current one first, then the latest. */
  readonly observed: readonly ObservedSet[];
  /** The latest handled request for an immediate check. */
  readonly handledAt: string | undefined;
}

/** A revision that should be in the cluster. */
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
      readonly selected: SelectedArtifact & { readonly content: Uint8Array };
      /** The damaged observed ConfigMaps of this set. */
      readonly damaged: readonly ObservedMember[];
    };

/** The outcome of a source. */
export interface SourceOutcome {
  readonly plan: SourcePlan;
  readonly reason: Reason;
  readonly message?: string | undefined;
  readonly current: Carried | undefined;
  /** True when `current` is the artifact that the source selects, and not only the content that is left in the cluster. */
  readonly isSelected: boolean;
  readonly history: readonly ObservedSet[];
  /** A further note for the claim's author. */
  readonly note: string | undefined;
  readonly handledAt: string | undefined;
}

/** The present and the desired content of a source in the cluster. */
export interface SourceChoice {
  readonly finding: SourceFinding;
  readonly present: Carried | undefined;
  readonly current: Carried | undefined;
}

/** The limits of all sources of a composite. */
export interface Limits {
  readonly maxBytes: number;
  /** The size of the sets that are retained without a source, in bytes. */
  readonly reservedBytes: number;
  /** True for a set that a package is installed from. */
  readonly isPinned: (set: ObservedSet) => boolean;
}

/**
 * Decides for all sources of a composite which revisions are in the cluster. Existing content is retained until a newer revision can
 * replace it: if a source cannot be fetched, if its content is not available or does not fit into `maxBytes`, and if its file would have
 * the same name as another one. The content of an installed package is always retained.
 */
export function decideSources(findings: readonly SourceFinding[], limits: Limits): SourceOutcome[] {
  const choices = findings.map((finding): SourceChoice => {
    const present = presentOf(finding);
    return { finding, present, current: present };
  });
  const sources = findings.map((finding, index): SourceOutcome => {
    const next = nextOf(finding);
    const { plan, reason, message, handledAt } = finding;
    const choice = choices[index];
    const problem =
      typeProblem(plan, finding.selected?.annotations) ??
      (next?.kind === 'new' ? limitProblem(next, index, choices, limits) : undefined);
    if (choice && next && !problem) choices[index] = { ...choice, current: next };
    const current = choices[index]?.current;
    const isSelected = next !== undefined && current === next;
    const isMissing = finding.selected !== undefined && next === undefined && reason === 'Fetched';
    const report = problem ?? (isMissing ? PENDING : (installProblem(plan, current, reason) ?? { reason, message }));
    return { plan, ...withDamage(report, current), current, isSelected, history: [], note: undefined, handledAt };
  });
  return withHistory(sources, choices, limits);
}

const PENDING = { reason: 'Pending', message: 'Fetching the content' } as const;

/** Adds the problems of the ConfigMaps of the current revision. */
function withDamage(report: Report, current: Carried | undefined): Report {
  if (current === undefined) return report;
  const isNew = current.kind === 'new';
  const damaged = (isNew ? current.damaged : current.set.damaged).map(({ name }) => name);
  const missing = isNew ? 0 : (current.set.members[0]?.count ?? 0) - current.set.members.length;
  const what = [
    ...(damaged.length > 0 ? [`ConfigMap ${damaged.join(', ')} is damaged`] : []),
    ...(missing > 0 ? [`${missing} of its ConfigMaps are missing`] : []),
  ].join(' and ');
  if (what === '') return report;
  const { reason, message } = report;
  if (isNew) return { reason: 'Damaged', message: `${what}; it is created again` };
  if (reason === 'Fetched' || reason === 'Pending')
    return { reason: 'Damaged', message: `${what}; its content is fetched again` };
  if (reason === 'Suspended') return { reason: 'Damaged', message: `${what}, and the source is suspended; resume it` };
  return { reason, message: `${message ?? reason}; until then, ${what}` };
}

function presentOf({ observed: [set] }: SourceFinding): Carried | undefined {
  return set && { kind: 'observed', set, revision: set.revision, annotations: set.annotations };
}

function nextOf({ plan, selected, observed }: SourceFinding): Carried | undefined {
  if (selected === undefined) return undefined;
  const set = setInCluster(plan, selected.manifest, observed);
  const { content, manifest, revision, annotations } = selected;
  if (set) return { kind: 'observed', set, revision, annotations: { ...set.annotations, ...annotations } };
  if (content === undefined) return undefined;
  const name = setNameOf(plan.base, manifest);
  const present = observed.flatMap(({ members }) => members).filter((member) => member.set === name);
  const damaged = present.filter((member) => !isIntact(member, manifest));
  return { kind: 'new', name, selected: { ...selected, content }, damaged };
}

/** Returns the observed set that matches the manifest, intact and in the source's namespace. */
export function setInCluster(
  { namespace }: SourcePlan,
  manifest: SetManifest,
  observed: readonly ObservedSet[],
): ObservedSet | undefined {
  const isThere = ({ members }: ObservedSet) => members.every((member) => member.namespace === namespace);
  return observed.find((set) => set.intact && isThere(set) && isSameSet(set.manifest, manifest));
}

type Report = Pick<SourceFinding, 'reason' | 'message'>;

/** The reason why the artifact that a source selects is not stored. */
export type SourceProblem = Report & { readonly message: string };

/** Returns the reason why an artifact cannot be installed as the source requests, or undefined if it can or if its type is unknown. */
export function typeProblem({ source }: SourcePlan, annotations: Annotations | undefined): SourceProblem | undefined {
  const type = annotations?.[TYPE_ANNOTATION];
  const kind = source.install?.kind;
  if (type === undefined || kind === undefined || type === kind) return undefined;
  const message = `install.kind must be ${type}, the type of the package, not ${kind}; set install.kind: ${type}, or use the repository of the ${kind}`;
  return { reason: 'InvalidArtifact', message };
}

/** Returns the same reason for the content in the cluster, unless there is a more severe problem. */
function installProblem(plan: SourcePlan, current: Carried | undefined, reason: Reason): SourceProblem | undefined {
  if (current?.kind !== 'observed' || reason === 'NotAllowed' || reason === 'VerifyFailed') return undefined;
  return typeProblem(plan, current.annotations);
}

/** Returns the manifest of a stored revision, or undefined if it cannot be read. */
export function manifestOf(carried: Carried): SetManifest | undefined {
  return carried.kind === 'new' ? carried.selected.manifest : carried.set.manifest;
}
