import { isList, isObject, type Json, type JsonObject } from '../json/value.ts';
import { objectAt, withValueAt } from './documents/object.ts';

/** A status condition as Crossplane writes it. */
export interface StatusCondition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message?: string | undefined;
  readonly observedGeneration?: number | undefined;
  readonly lastTransitionTime: string;
}

/** The time that render prints for every condition, so that the same input gives the same output. */
export const CONDITION_TIME = '2024-01-01T00:00:00Z';

const RFC_3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[-+]\d{2}:\d{2})$/;

/** Reads `status.conditions`; undefined without a status, or when an entry is not a condition. */
export function readConditions(object: JsonObject): readonly StatusCondition[] | undefined {
  const status = objectAt(object, 'status');
  if (status === undefined) return undefined;
  const { conditions = null } = status;
  if (conditions === null) return [];
  if (!isList(conditions)) return undefined;
  const read = conditions.map(readCondition);
  return read.every((condition) => condition !== undefined) ? read : undefined;
}

function readCondition(condition: Json): StatusCondition | undefined {
  if (!isObject(condition)) return undefined;
  const { observedGeneration = null, lastTransitionTime = null, message = null } = condition;
  const [type, status, reason] = [condition.type, condition.status, condition.reason].map((text) => text ?? '');
  if (typeof type !== 'string' || typeof status !== 'string' || typeof reason !== 'string') return undefined;
  if (message !== null && typeof message !== 'string') return undefined;
  if (observedGeneration !== null && !Number.isInteger(observedGeneration)) return undefined;
  if (lastTransitionTime !== null && (typeof lastTransitionTime !== 'string' || !RFC_3339.test(lastTransitionTime)))
    return undefined;
  return {
    type,
    status,
    reason,
    message: message || undefined,
    observedGeneration: typeof observedGeneration === 'number' ? observedGeneration || undefined : undefined,
    lastTransitionTime: lastTransitionTime ?? CONDITION_TIME,
  };
}

/** The object with conditions added to its status; each replaces one of its type, unless that says the same already. */
export function withConditions(object: JsonObject, ...conditions: readonly StatusCondition[]): JsonObject {
  const merged = [...(readConditions(object) ?? [])];
  for (const condition of conditions) {
    const at = merged.findIndex(({ type }) => type === condition.type);
    const existing = merged[at];
    if (existing === undefined) merged.push(condition);
    else if (!saysTheSame(existing, condition)) merged[at] = condition;
  }
  return withValueAt(object, ['status', 'conditions'], merged.map(toJson));
}

function saysTheSame(a: StatusCondition, b: StatusCondition): boolean {
  const sameGeneration =
    !a.observedGeneration || !b.observedGeneration || a.observedGeneration === b.observedGeneration;
  return sameGeneration && a.status === b.status && a.reason === b.reason && (a.message ?? '') === (b.message ?? '');
}

/**
 * The object with the same time in all its conditions, and nothing else left in them than what a condition has. An object with a status
 * but no conditions gets `conditions: null`: Crossplane's CLI prints that.
 */
export function withSteadyConditions(object: JsonObject): JsonObject {
  const conditions = readConditions(object);
  if (conditions === undefined) return object;
  const steady = conditions.map((condition) => toJson({ ...condition, lastTransitionTime: CONDITION_TIME }));
  const listed = isList(objectAt(object, 'status')?.conditions);
  return withValueAt(object, ['status', 'conditions'], listed ? steady : null);
}

function toJson(condition: StatusCondition): JsonObject {
  return Object.fromEntries(Object.entries(condition).filter(([, value]) => value !== undefined));
}
