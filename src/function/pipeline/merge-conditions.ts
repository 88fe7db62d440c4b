import { type Condition, Status } from '../../protocol/messages.ts';
import type { ObservedCondition } from '../observed/composite.ts';
import type { Step } from './step.ts';

// Crossplane applies the conditions of all steps in their order, so that the last word on a type stays. Were the steps of one pipeline to
// say different things, each reconcile would turn the condition back and forth, and write the status twice.

const SEPARATOR = '; ';
const LABEL = /^([a-z][a-z0-9-]*-): /;
const BETWEEN_STEPS = /; (?=[a-z][a-z0-9-]*-: )/g;
/** The better ones first. */
const BY_SEVERITY: readonly number[] = [Status.TRUE, Status.UNKNOWN, Status.FALSE];

/** Puts a step's label in front of what it says is wrong. Nothing in its own message reads like the beginning of another step's. */
export function labelled(condition: Condition, label: string): Condition {
  if (condition.status === Status.TRUE) return condition;
  const message = (condition.message ?? condition.reason).replaceAll(BETWEEN_STEPS, ', ');
  return { ...condition, message: label === '' ? message : `${label}: ${message}` };
}

/**
 * Merges what earlier steps said of a type with what this one says: the worst status, the reason of the first step that has it, and the
 * messages of all steps that do not say True, in the order of the steps.
 */
export function mergeConditions(earlier: Condition | undefined, own: Condition): Condition {
  if (earlier === undefined || earlier.status === Status.TRUE) return own;
  if (own.status === Status.TRUE) return earlier;
  const worst = BY_SEVERITY.indexOf(own.status) > BY_SEVERITY.indexOf(earlier.status) ? own : earlier;
  const messages = [earlier.message, own.message].filter((message) => message !== undefined);
  return { ...worst, message: messages.join(SEPARATOR) };
}

/**
 * Returns the condition of a step while later ones may add to it: the observed condition, where that is `merged` and the words of steps
 * that have yet to run. Those said them last time and will say them again or not. A step that left the Composition is not remembered: `wasThere`.
 */
export function withLaterSteps(
  merged: Condition,
  observed: ObservedCondition | undefined,
  { ran, wasThere }: Pick<Step, 'ran' | 'wasThere'>,
): Condition {
  if (observed === undefined || observed.status === 'True') return merged;
  const before = merged.status === Status.TRUE ? '' : `${merged.message ?? ''}${SEPARATOR}`;
  if (!observed.message.startsWith(before)) return merged;
  const [, label] = LABEL.exec(observed.message.slice(before.length)) ?? [];
  if (label === undefined || ran.includes(label) || !wasThere(label, merged.type)) return merged;
  const { reason, message } = observed;
  return { ...merged, status: observed.status === 'False' ? Status.FALSE : Status.UNKNOWN, reason, message };
}

/** The part of a merged message that the step of this label said. */
export function partOf(message: string, label: string): string {
  const parts = message.split(BETWEEN_STEPS);
  const own = parts.filter((part) => (LABEL.exec(part)?.[1] ?? '') === label);
  return own.join(SEPARATOR);
}
