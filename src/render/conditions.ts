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

/** The time that render prints for every condition, so that the same input results in the same output. */
export const CONDITION_TIME = '2024-01-01T00:00:00Z';

const RFC_3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[-+]\d{2}:\d{2})$/;

/** Reads `status.conditions`; undefined without a status, or if an entry is not a condition. */
export function readConditions(object: JsonObject): readonly StatusCondition[] | undefined {
  if (objectAt(object, 'status') === undefined) return undefined;
  const entries = conditionsIn(object);
  if (entries === undefined) return undefined;
  return entries.every(isCondition) ? entries.map(decodeCondition) : undefined;
}

/**
 * Returns the conditions of an object as Crossplane reads them before it sets others. Crossplane ignores decoding errors, and encoding/json
 * leaves only the fields of another type empty.
 */
export function existingConditions(object: JsonObject): readonly StatusCondition[] {
  return (conditionsIn(object) ?? []).map(decodeCondition);
}

/** Returns the entries of `status.conditions`: none if it is absent, and undefined if it is not a list. */
function conditionsIn(object: JsonObject): readonly Json[] | undefined {
  const { conditions = null } = objectAt(object, 'status') ?? {};
  if (conditions === null) return [];
  return isList(conditions) ? conditions : undefined;
}

function isCondition(entry: Json): boolean {
  if (!isObject(entry)) return false;
  const { type = null, status = null, reason = null, message = null } = entry;
  const { observedGeneration = null, lastTransitionTime = null } = entry;
  const texts = [type, status, reason, message].every((text) => text === null || typeof text === 'string');
  return texts && (observedGeneration === null || Number.isInteger(observedGeneration)) && isTime(lastTransitionTime);
}

function isTime(value: Json): boolean {
  return value === null || (typeof value === 'string' && RFC_3339.test(value));
}

/** Decodes an entry. Fields of another type are treated as absent. */
function decodeCondition(entry: Json): StatusCondition {
  const fields = isObject(entry) ? entry : {};
  const text = (value: Json | undefined) => (typeof value === 'string' ? value : '');
  const { observedGeneration, lastTransitionTime = null } = fields;
  const generation = Number.isInteger(observedGeneration) ? Number(observedGeneration) : 0;
  return {
    type: text(fields.type),
    status: text(fields.status),
    reason: text(fields.reason),
    message: text(fields.message) || undefined,
    observedGeneration: generation || undefined,
    lastTransitionTime: isTime(lastTransitionTime) ? text(lastTransitionTime) || CONDITION_TIME : CONDITION_TIME,
  };
}

/** Adds conditions to the status of an object. Each replaces the condition of its type, unless both are equal. */
export function withConditions(object: JsonObject, ...conditions: readonly StatusCondition[]): JsonObject {
  const merged = [...existingConditions(object)];
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
 * Sets the same time in all conditions of an object, and removes fields that conditions do not have. An object with a status but no
 * conditions gets `conditions: null`, as in the output of Crossplane's CLI.
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
