import { type Condition, Status } from '../../protocol/messages.ts';
import type { ObservedCondition } from '../observed/composite.ts';
import type { Step } from './step.ts';

// Crossplane applies the conditions of all steps in order, so that the last one of a type remains. If the steps of a pipeline reported
// different conditions, each reconcile would change the condition back and forth, and write the status twice.

const SEPARATOR = '; ';
const LABEL = /^([a-z][a-z0-9-]*-): /;
const BETWEEN_STEPS = /; (?=[a-z][a-z0-9-]*-: )/g;
/** The statuses, the best one first. */
const BY_SEVERITY: readonly number[] = [Status.TRUE, Status.UNKNOWN, Status.FALSE];

/** Prefixes a condition's message with the step's label. The message cannot contain text that looks like the label of another step. */
export function labelled(condition: Condition, label: string): Condition {
  if (condition.status === Status.TRUE) return condition;
  const message = (condition.message ?? condition.reason).replaceAll(BETWEEN_STEPS, ', ');
  return { ...condition, message: label === '' ? message : `${label}: ${message}` };
}

/**
 * Merges the condition of earlier steps with that of this step: the worst status, the reason of the first step with that status, and the
 * messages of all steps whose condition is not True, in the order of the steps.
 */
export function mergeConditions(earlier: Condition | undefined, own: Condition): Condition {
  if (earlier === undefined || earlier.status === Status.TRUE) return own;
  if (own.status === Status.TRUE) return earlier;
  const worst = BY_SEVERITY.indexOf(own.status) > BY_SEVERITY.indexOf(earlier.status) ? own : earlier;
  const messages = [earlier.message, own.message].filter((message) => message !== undefined);
  return { ...worst, message: messages.join(SEPARATOR) };
}

/**
 * Returns the condition of a step while later steps may add to it: the observed condition, if it consists of `merged` and messages of steps
 * that have not run yet. Those steps will repeat or drop their messages. Messages of steps that were removed from the Composition are
 * dropped, see `wasPresent`.
 */
export function withLaterSteps(
  merged: Condition,
  observed: ObservedCondition | undefined,
  { labels, wasPresent }: Pick<Step, 'labels' | 'wasPresent'>,
): Condition {
  if (observed === undefined || observed.status === 'True') return merged;
  const before = merged.status === Status.TRUE ? '' : `${merged.message ?? ''}${SEPARATOR}`;
  if (!observed.message.startsWith(before)) return merged;
  const [, label] = LABEL.exec(observed.message.slice(before.length)) ?? [];
  if (label === undefined || labels.includes(label) || !wasPresent(label, merged.type)) return merged;
  const { reason, message } = observed;
  return { ...merged, status: observed.status === 'False' ? Status.FALSE : Status.UNKNOWN, reason, message };
}

/** Returns the part of a merged message that is from the step with this label. */
export function partOf(message: string, label: string): string {
  const parts = message.split(BETWEEN_STEPS);
  const own = parts.filter((part) => (LABEL.exec(part)?.[1] ?? '') === label);
  return own.join(SEPARATOR);
}
