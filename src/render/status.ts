import { isList, type JsonObject } from '../json/value.ts';
import { Ready } from '../protocol/messages.ts';
import type { ComposedResource } from './composed.ts';
import type { CompositeSchema } from './composite.ts';
import { CONDITION_TIME, existingConditions, type StatusCondition, withConditions } from './conditions.ts';
import { objectAt, withValueAt } from './documents/object.ts';
import type { PipelineOutput } from './pipeline.ts';
import { compareText } from './store.ts';

/** Crossplane's own conditions: functions cannot set them. */
const SYSTEM_TYPES: ReadonlySet<string> = new Set(['Ready', 'Synced', 'Healthy', 'UpToDate', 'Responsive']);

/** The maximum number of unready resources that the Ready condition names. */
const NAMED_RESOURCES = 3;

/** Reports that Crossplane has not stopped watching a composite because of too many events. */
export const RESPONSIVE = systemCondition('Responsive', 'True', 'WatchCircuitClosed');

/** Returns one of Crossplane's own conditions. */
export function systemCondition(type: string, status: string, reason: string, message?: string): StatusCondition {
  return { type, status, reason, message, lastTransitionTime: CONDITION_TIME };
}

/** Returns the names of the composed resources that are not ready. */
export function unreadyNames(composed: readonly ComposedResource[]): readonly string[] {
  return composed
    .filter(({ ready }) => !ready)
    .map(({ composedName }) => composedName)
    .sort(compareText);
}

/**
 * Returns the status of a composite after its pipeline. `applied` is the desired status with the previous conditions; `final` also has the
 * conditions of functions and of Crossplane.
 */
export function compositeStatus(
  composite: JsonObject,
  schema: CompositeSchema,
  { desired, conditions }: PipelineOutput,
  composed: readonly ComposedResource[],
): { readonly applied: JsonObject; readonly final: JsonObject } {
  const before = existingConditions(composite);
  const applied = withConditions(desired.composite?.resource ?? {}, ...before);
  const custom = conditions.filter(({ type }) => !SYSTEM_TYPES.has(type));
  const told = custom.filter(({ toClaim }) => toClaim).map(({ type }) => type);
  const withCustom = withConditions(applied, ...custom.map(({ toClaim: _, ...condition }) => condition));
  const withTypes = schema === 'legacy' ? withClaimConditionTypes(withCustom, told) : withCustom;
  const final = withConditions(
    withTypes,
    systemCondition('Synced', 'True', 'ReconcileSuccess'),
    readiness(desired.composite?.ready, unreadyNames(composed)),
  );
  return { applied: statusOf(applied), final: statusOf(final) };
}

function readiness(desired: number | undefined, unready: readonly string[]): StatusCondition {
  if (desired === Ready.TRUE) return systemCondition('Ready', 'True', 'Available');
  if (desired === Ready.FALSE) return systemCondition('Ready', 'False', 'Creating');
  if (unready.length === 0) return systemCondition('Ready', 'True', 'Available');
  return systemCondition('Ready', 'False', 'Creating', `Unready resources: ${firstOf(unready)}`);
}

function firstOf(names: readonly string[]): string {
  const first = names.slice(0, NAMED_RESOURCES);
  if (names.length > NAMED_RESOURCES) return `${first.join(', ')}, and ${names.length - NAMED_RESOURCES} more`;
  if (names.length < NAMED_RESOURCES) return first.join(', ');
  return `${first.slice(0, -1).join(', ')}, and ${first.at(-1)}`;
}

function withClaimConditionTypes(composite: JsonObject, types: readonly string[]): JsonObject {
  if (types.length === 0) return composite;
  const known = statusOf(composite).claimConditionTypes;
  const all = new Set([...(isList(known) ? known : []), ...types]);
  return withValueAt(composite, ['status', 'claimConditionTypes'], [...all]);
}

function statusOf(composite: JsonObject): JsonObject {
  return objectAt(composite, 'status') ?? {};
}
