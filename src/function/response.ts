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
import { CONDITIONS, type ConditionType, type ReasonOf } from './api/conditions.ts';
import type { Composite } from './observed/composite.ts';
import { labelled, mergeConditions, withLaterSteps } from './pipeline/merge-conditions.ts';
import { type Step, withPrefix } from './pipeline/step.ts';

/**
 * Collects the response to one call. Resources, events and conditions keep the order in which they are added; messages are bounded, and
 * characters in them that could mislead their readers are escaped. Names of resources, and keys of the status, get the step's prefix;
 * conditions are merged with those of other steps.
 */
export interface ResponseBuilder {
  /** The response as it is so far. */
  readonly draft: Readonly<FunctionResponse>;
  /** The conditions that are not True, of this step and earlier ones, by their types. */
  readonly said: ReadonlyMap<string, Condition>;
  /** Adds a desired resource, or replaces the one of that name. */
  resource(name: string, resource: Resource): void;
  event(event: Result): void;
  condition(condition: Condition): void;
  /**
   * Adds a condition of an abnormal state: False with `messages` while there are any, and True after the last has gone, for as long as the
   * composite has the condition: Crossplane takes one that is not said again for unknown, when a later step ends the pipeline.
   */
  abnormal<Type extends ConditionType>(type: Type, reason: ReasonOf<Type>, messages: readonly string[]): void;
  /** Asks Crossplane for resources or schemas in the next call. */
  requires(requirements: Requirements | undefined): void;
  /** Asks to be called again within so many seconds. The shortest time counts. */
  callAgainIn(seconds: number): void;
  /** Adds fields to the composite's status; undefined removes all fields. */
  status(fields: JsonObject | undefined): void;
  /** Adds entries to a field of the status that is a map. */
  statusEntries(field: 'repositories' | 'packageCache', entries: JsonObject): void;
  connectionDetails(details: Readonly<Record<string, Bytes>> | undefined): void;
  /** Sets the encoded context for later steps, in pieces. */
  passOn(context: readonly Bytes[]): void;
}

/** Creates a {@link ResponseBuilder} for a step. The conditions are the composite's own, before this call. */
export function createResponse(
  { conditionTypes, failingConditions }: Pick<Composite, 'conditionTypes' | 'failingConditions'>,
  step: Step,
): ResponseBuilder {
  const { prefix } = step;
  const said = new Map(step.said);
  const resources = new Map<string, Resource>();
  const results: Result[] = [];
  const conditions: Condition[] = [];
  // One object of one shape for all calls: copies with other fields cost more than all the rest of the builder.
  const draft: Draft = {
    ttlSeconds: undefined,
    resources,
    compositeStatus: undefined,
    connectionDetails: undefined,
    results,
    conditions,
    requirements: undefined,
    context: undefined,
  };
  const builder: ResponseBuilder = {
    draft,
    said,
    resource: (name, resource) => {
      resources.set(`${prefix}${name}`, resource);
    },
    event: (event) => {
      const message = printable(event.message);
      results.push(message === event.message ? event : { ...event, message });
    },
    condition: (own) => {
      const { type } = own;
      const merged = mergeConditions(said.get(type), labelled(own, step.label));
      const message = merged.message === undefined ? undefined : printable(merged.message);
      const bounded = message === merged.message ? merged : { ...merged, message };
      if (bounded.status !== Status.TRUE) said.set(type, bounded);
      conditions.push(withLaterSteps(bounded, failingConditions.get(type), step));
    },
    abnormal: (type, reason, messages) => {
      if (messages.length > 0) builder.condition(conditionFalse(type, reason, messages.join('; ')));
      else if (conditionTypes.includes(type) || said.has(type)) builder.condition(conditionTrue(type));
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

function merged(a: Requirements, b: Requirements): Requirements {
  return {
    extraResources: { ...a.extraResources, ...b.extraResources },
    resources: { ...a.resources, ...b.resources },
    schemas: { ...a.schemas, ...b.schemas },
  };
}

/** The longest message of a result or condition; some repeat what several claims, providers or registries wrote. */
const MAX_MESSAGE_LENGTH = 16_384;

function printable(message: string): string {
  return printableLines(message, MAX_MESSAGE_LENGTH);
}

const TO_CLAIM = Target.COMPOSITE_AND_CLAIM;

/** A desired resource. */
export function desired(resource: JsonObject, isReady: boolean): Resource {
  return { resource, ready: isReady ? Ready.TRUE : Ready.FALSE };
}

/** An event for the composite and its claim. */
export function event(severity: number, reason: string, message: string): Result {
  return { severity, reason, message, target: TO_CLAIM };
}

/** A condition that is True. */
export function conditionTrue(type: ConditionType, message?: string): Condition {
  return condition(type, Status.TRUE, CONDITIONS[type].whenTrue, message);
}

/** A condition that is False. */
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
