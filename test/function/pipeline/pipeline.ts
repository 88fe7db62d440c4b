import { isList, isObject, type JsonObject } from '../../../src/json/value.ts';
import { type Result, Severity, type State, Status } from '../../../src/protocol/messages.ts';
import { call, objectAt, request } from '../call.ts';

/** The result of one reconcile. */
export interface Reconciled {
  readonly composite: JsonObject;
  readonly desired: State;
  readonly results: readonly Result[];
  /** Changes of conditions, in the order in which Crossplane makes them; each is a write of the status. */
  readonly changes: readonly string[];
}

/**
 * Calls the function once for each Input, and applies its conditions as Crossplane does (internal/controller/apiextensions/composite
 * in v2.4.0): in order, up to the first fatal result, after which the conditions that were not set become Unknown.
 */
export async function reconcile(
  composite: JsonObject,
  inputs: readonly JsonObject[],
  observed: Readonly<Record<string, JsonObject>> = {},
): Promise<Reconciled> {
  const before = objectAt(composite, 'status');
  const conditions = new Map(
    (isList(before.conditions) ? before.conditions.filter(isObject) : []).map((one) => [String(one.type), one]),
  );
  const seen = new Set<string>();
  const changes: string[] = [];
  const results: Result[] = [];
  const set = (condition: JsonObject) => {
    const type = String(condition.type);
    const old = conditions.get(type);
    if (JSON.stringify(old) !== JSON.stringify(condition)) changes.push(`${type}=${String(condition.status)}`);
    conditions.set(type, condition);
  };
  let desired: State = {};
  let failed = false;
  let context: JsonObject | undefined;
  for (const input of inputs) {
    const response = await call(request({ input, composite, observed, desired, ...(context && { context }) }));
    for (const { type, status, reason, message } of response.conditions) {
      seen.add(type);
      const named = status === Status.TRUE ? 'True' : status === Status.FALSE ? 'False' : 'Unknown';
      set({ type, status: named, reason, ...(message && { message }) });
    }
    results.push(...response.results);
    if (response.results.some(({ severity }) => severity === Severity.FATAL)) {
      for (const type of conditions.keys()) {
        if (type !== 'Synced' && !seen.has(type))
          set({ type, status: 'Unknown', reason: 'FatalError', message: 'A fatal error occurred' });
      }
      failed = true;
      break;
    }
    ({ desired, context } = response);
  }
  set({ type: 'Synced', status: failed ? 'False' : 'True', reason: 'Test', ...(failed && { message: 'fatal' }) });
  const said = failed ? before : objectAt(desired.composite?.resource ?? {}, 'status');
  const status = { ...said, conditions: [...conditions.values()] };
  return { composite: { ...composite, status }, desired, results, changes };
}

/** A condition of a composite. */
export function conditionOf(composite: JsonObject, type: string): JsonObject | undefined {
  const { conditions } = objectAt(composite, 'status');
  return isList(conditions) ? conditions.filter(isObject).find((one) => one.type === type) : undefined;
}
