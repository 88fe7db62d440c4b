import { printableLines } from '../internal/quote.ts';
import type { Json, JsonObject } from '../json/value.ts';
import {
  type Condition,
  Ready,
  type Requirements,
  type Resource,
  type Result,
  Status,
  Target,
} from '../protocol/messages.ts';
import type { FunctionResponse } from '../protocol/response.ts';
import type { Bytes } from '../protocol/wire.ts';
import { type AbnormalType, CONDITIONS, type ConditionType, type ReasonOf } from './api/conditions.ts';
import type { Composite } from './observed/composite.ts';
import { labelled, mergeConditions, withLaterSteps } from './pipeline/merge-conditions.ts';
import { type Step, withPrefix } from './pipeline/step.ts';

/**
 * Collects the response to a call. Resources, events and conditions keep the order in which they are added. Messages are bounded, and
 * misleading characters in them are escaped. Resource names and keys of the status get the step's prefix, and conditions are merged with
 * those of other steps.
 */
export interface ResponseBuilder {
  /** The current response. */
  readonly draft: Readonly<FunctionResponse>;
  /** The conditions of this step and earlier ones that are not True, by type. */
  readonly failing: ReadonlyMap<string, Condition>;
  /** Adds a desired resource, or replaces the one of that name. */
  resource(name: string, resource: Resource): void;
  event(event: Result): void;
  condition(condition: Condition): void;
  /**
   * Adds a condition of an abnormal state: False with `messages` while there are any, and then True for as long as the composite has the
   * condition. Crossplane treats a condition that is not repeated as unknown if a later step ends the pipeline.
   */
  abnormal<Type extends AbnormalType>(type: Type, reason: ReasonOf<Type>, messages: readonly string[]): void;
  /** Requires resources or schemas in the next call. */
  requires(requirements: Requirements | undefined): void;
  /** Requests the next call within a number of seconds. The shortest time applies. */
  callAgainIn(seconds: number): void;
  /** Adds fields to the composite's status; undefined removes all fields. */
  status(fields: JsonObject | undefined): void;
  /** Adds entries to a field of the status that is a map. */
  statusEntries(field: 'repositories' | 'packageCache', entries: JsonObject): void;
  connectionDetails(details: Readonly<Record<string, Bytes>> | undefined): void;
  /** Sets the encoded context for later steps, in pieces. */
  passOn(context: readonly Bytes[]): void;
}

/** Creates a {@link ResponseBuilder} for a step. `conditions` are those of the composite before this call. */
export function createResponse(
  { conditionTypes, failingConditions }: Pick<Composite, 'conditionTypes' | 'failingConditions'>,
  step: Step,
): ResponseBuilder {
  const { prefix } = step;
  const failing = new Map(step.failing);
  const resources = new Map<string, Resource>();
  const results: Result[] = [];
  const conditions: Condition[] = [];
  const draft = emptyDraft(resources, results, conditions);
  const builder: ResponseBuilder = {
    draft,
    failing,
    resource: (name, resource) => {
      resources.set(`${prefix}${name}`, resource);
    },
    event: (event) => {
      const message = printable(event.message);
      results.push(message === event.message ? event : { ...event, message });
    },
    condition: (own) => {
      const { type } = own;
      const merged = bounded(mergeConditions(failing.get(type), labelled(own, step.label)));
      if (merged.status !== Status.TRUE) failing.set(type, merged);
      conditions.push(withLaterSteps(merged, failingConditions.get(type), step));
    },
    abnormal: (type, reason, messages) => {
      if (messages.length > 0) builder.condition(conditionFalse(type, reason, messages.join('; ')));
      else if (conditionTypes.includes(type) || failing.has(type)) builder.condition(conditionTrue(type));
    },
    requires: (more) => {
      draft.requirements = draft.requirements && more ? merged(draft.requirements, more) : (draft.requirements ?? more);
    },
    callAgainIn: (seconds) => {
      draft.ttlSeconds = Math.min(draft.ttlSeconds ?? Number.POSITIVE_INFINITY, seconds);
    },
    status: (fields) => {
      draft.compositeStatus = draft.compositeStatus && fields ? { ...draft.compositeStatus, ...fields } : fields;
    },
    statusEntries: (field, entries) => {
      builder.status({ [field]: withPrefix<Json | undefined>(prefix, entries) });
    },
    connectionDetails: (details) => {
      draft.connectionDetails = details && withPrefix(prefix, details);
    },
    passOn: (context) => {
      draft.context = context;
    },
  };
  return builder;
}

type Draft = { -readonly [Field in keyof FunctionResponse]: FunctionResponse[Field] };

/** Returns an empty draft. All drafts have the same shape: copies with other fields cost more than the rest of the builder. */
function emptyDraft(resources: Map<string, Resource>, results: Result[], conditions: Condition[]): Draft {
  return {
    ttlSeconds: undefined,
    resources,
    compositeStatus: undefined,
    connectionDetails: undefined,
    results,
    conditions,
    requirements: undefined,
    context: undefined,
  };
}

function bounded(condition: Condition): Condition {
  const message = condition.message === undefined ? undefined : printable(condition.message);
  return message === condition.message ? condition : { ...condition, message };
}

function merged(a: Requirements, b: Requirements): Requirements {
  return {
    extraResources: { ...a.extraResources, ...b.extraResources },
    resources: { ...a.resources, ...b.resources },
    schemas: { ...a.schemas, ...b.schemas },
  };
}

/** The maximum length of the message of a result or condition. Some messages repeat text of several claims, providers or registries. */
const MAX_MESSAGE_LENGTH = 16_384;

function printable(message: string): string {
  return printableLines(message, MAX_MESSAGE_LENGTH);
}

const TO_CLAIM = Target.COMPOSITE_AND_CLAIM;

/** Returns a desired resource. */
export function desired(resource: JsonObject, isReady: boolean): Resource {
  return { resource, ready: isReady ? Ready.TRUE : Ready.FALSE };
}

/** Returns an event for the composite and its claim. */
export function event(severity: number, reason: string, message: string): Result {
  return { severity, reason, message, target: TO_CLAIM };
}

/** Returns a condition that is True. */
export function conditionTrue(type: ConditionType, message?: string): Condition {
  return condition(type, Status.TRUE, CONDITIONS[type].whenTrue, message);
}

/** Returns a condition that is False. */
export function conditionFalse<Type extends ConditionType>(
  type: Type,
  reason: ReasonOf<Type>,
  message: string,
): Condition {
  return condition(type, Status.FALSE, reason, message);
}

function condition(type: string, status: number, reason: string, message?: string): Condition {
  return { type, status, reason, ...(message !== undefined && { message }), target: TO_CLAIM };
}
