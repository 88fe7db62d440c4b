import { METADATA_KEYS } from '../../cache/artifacts/state.ts';
import { configMapName } from '../../cache/sets/config-map.ts';
import { printable } from '../../internal/quote.ts';
import type { JsonObject } from '../../json/value.ts';
import { type Condition, type Result, Severity, Target } from '../../protocol/messages.ts';
import { CONDITIONS } from '../api/conditions.ts';
import type { Composite } from '../observed/composite.ts';
import { objectAt } from '../observed/managed-resource.ts';
import { conditionFalse, conditionTrue } from '../response.ts';
import { type Annotations, type Carried, manifestOf, type SourceOutcome } from './decide-sources.ts';
import { isTrue } from './install/observed-packages.ts';
import type { PackageOutcome } from './install/packages.ts';
import { LEFT_OUT_ANNOTATION } from './names.ts';
import type { ObservedSet } from './observed.ts';

const TO_CLAIM = Target.COMPOSITE_AND_CLAIM;

/**
 * Returns the status of each source by its name, and of packages that no source requests. It does not contain times, which would make
 * Crossplane reconcile continuously.
 */
export function statusOf(
  sources: readonly SourceOutcome[],
  outcomes: readonly PackageOutcome[],
  { generation }: Pick<Composite, 'generation'>,
  before: JsonObject,
): { readonly packageCache: JsonObject; readonly keptPackages: readonly JsonObject[] } {
  const without = outcomes.filter((one) => one.sourceOutcome === undefined);
  return {
    packageCache: Object.fromEntries(
      sources.map((one) => {
        const { name } = one.plan;
        const seen = one.reason === 'Fetched' ? observedOf(one, generation) : carriedOver(objectAt(before, name));
        return [name, { ...sourceStatus(one, outcomes), ...seen }];
      }),
    ),
    keptPackages: without.map(packageStatus),
  };
}

function sourceStatus(outcome: SourceOutcome, outcomes: readonly PackageOutcome[]): JsonObject {
  const { plan, reason, message, current, history, handledAt } = outcome;
  const installed = outcomes.find((one) => one.sourceOutcome === outcome);
  const ready = (reason === 'Fetched' || reason === 'Suspended') && isThere(current);
  return {
    ready,
    reason,
    message: message ?? (current && leftOutOf(current)),
    ...(current && currentStatus(current, plan.namespace)),
    history: history.map((set) => ({ revision: set.revision, set: set.name, configMaps: namesOf(set) })),
    install: installed && packageStatus(installed),
    lastHandledReconcileAt: handledAt,
  };
}

/** Returns the fields of the claim from which the content in the cluster results, with the names that Flux uses. */
function observedOf({ plan: { source } }: SourceOutcome, generation: number | undefined): JsonObject {
  return { observedGeneration: generation, observedIgnore: source.ignore, observedLayerSelector: source.layerSelector };
}

function carriedOver({ observedGeneration, observedIgnore, observedLayerSelector }: JsonObject): JsonObject {
  return { observedGeneration, observedIgnore, observedLayerSelector };
}

function packageStatus({ kind, name, observed, message }: PackageOutcome): JsonObject {
  const { conditions = [] } = observed ?? {};
  const failing = ['Healthy', 'Installed'].flatMap((type) => {
    const condition = conditions.find((one) => one.type === type);
    return condition !== undefined && condition.status !== 'True' ? [condition] : [];
  });
  const said = failing.map((condition) => condition.message ?? condition.reason).find((one) => typeof one === 'string');
  return {
    kind,
    name,
    package: observed?.image,
    installed: isTrue(conditions, 'Installed'),
    healthy: isTrue(conditions, 'Healthy'),
    message: message ?? said,
  };
}

function isThere(current: Carried | undefined): boolean {
  return current?.kind === 'observed' && current.set.intact;
}

function currentStatus(current: Carried, namespace: string): JsonObject {
  const manifest = manifestOf(current);
  const chunks = current.kind === 'new' ? manifest?.chunks.length : current.set.members.length;
  const isNew = current.kind === 'new';
  const set = isNew ? current.name : current.set.name;
  const annotations = annotationsOf(current);
  const { artifact } = manifest ?? {};
  const metadata = METADATA_KEYS.flatMap((key) => (annotations[key] === undefined ? [] : [[key, annotations[key]]]));
  return {
    revision: isNew ? current.selected.revision : current.revision,
    digest: artifact?.digest,
    url: artifact && `oci://${artifact.source}@${artifact.digest}`,
    metadata: metadata.length === 0 ? undefined : Object.fromEntries(metadata),
    cacheKey: manifest?.file,
    bytes: manifest?.size,
    chunks,
    set,
    namespace: isNew ? namespace : current.set.members[0]?.namespace,
    configMaps: isNew
      ? Array.from({ length: chunks ?? 0 }, (_, index) => configMapName(set, index))
      : namesOf(current.set),
  };
}

function annotationsOf(current: Carried): Annotations {
  return current.kind === 'new' ? current.selected.annotations : current.annotations;
}

/** Returns the value of {@link LEFT_OUT_ANNOTATION}, which others may have written. */
function leftOutOf(current: Carried): string | undefined {
  const text = annotationsOf(current)[LEFT_OUT_ANNOTATION];
  return text === undefined ? undefined : printable(text, 300);
}

function namesOf({ members }: ObservedSet): string[] {
  return members.map(({ name }) => name);
}

/**
 * Returns one condition for all sources: the most severe reason, and a sentence for each source that is not as requested and for each
 * package that no source requests. `lonely` are the sets from which those packages are installed.
 */
export function conditionOf(
  sources: readonly SourceOutcome[],
  outcomes: readonly PackageOutcome[],
  lonely: readonly ObservedSet[],
): Condition {
  const failing = [
    ...sources.flatMap(({ plan, reason, message = reason, current }) =>
      reason === 'Fetched' || (reason === 'Suspended' && isThere(current))
        ? []
        : [{ reason, text: `${plan.name}: ${message}` }],
    ),
    ...lonely.filter(({ intact }) => !intact).map((set) => ({ reason: 'Damaged' as const, text: damageOf(set) })),
  ];
  const [worst] = failing.toSorted((a, b) => SEVERITY.indexOf(a.reason) - SEVERITY.indexOf(b.reason));
  const notes = sources.flatMap(({ plan, note, current }) =>
    [note, current && leftOutOf(current)].flatMap((text) => (text === undefined ? [] : [`${plan.name}: ${text}`])),
  );
  const kept = outcomes.flatMap((one) => (one.sourceOutcome === undefined ? (one.message ?? []) : []));
  const message = [...failing.map(({ text }) => text), ...notes, ...kept].join('; ');
  if (worst === undefined) return conditionTrue('PackageCacheReady', message === '' ? undefined : message);
  return conditionFalse('PackageCacheReady', worst.reason, message);
}

function damageOf({ damaged, members }: ObservedSet): string {
  const names = (damaged.length > 0 ? damaged : members).map(({ name }) => name).join(', ');
  const what = damaged.length > 0 ? 'is damaged' : 'is part of an incomplete set';
  return `ConfigMap ${names} ${what}, and no source can restore it; add the source of the package again`;
}

/** The reasons of the condition, the most severe one first. */
const SEVERITY: readonly string[] = Object.keys(CONDITIONS.PackageCacheReady.reasons);

/** Returns events: a warning for each failed source, and a notice for each new revision in the cluster. */
export function resultsOf(sources: readonly SourceOutcome[]): Result[] {
  return sources.flatMap(({ plan, reason, message = '', current, note }): Result[] => {
    const results = note === undefined ? [] : [warning('HistoryDropped', `${plan.name}: ${note}`)];
    if (reason === 'Fetched' && current?.kind === 'new') {
      const text = `Storing ${plan.name} ${current.selected.revision} in ConfigMaps`;
      return [
        ...results,
        { severity: Severity.NORMAL, reason: 'ComposePackageCache', message: text, target: TO_CLAIM },
      ];
    }
    if (reason === 'Fetched' || reason === 'Pending' || reason === 'Suspended') return results;
    return [...results, warning(reason, `${plan.name}: ${message}`)];
  });
}

function warning(reason: string, message: string): Result {
  return { severity: Severity.WARNING, reason, message, target: TO_CLAIM };
}
