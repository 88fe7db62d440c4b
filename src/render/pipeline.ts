import { sha256Hex } from '../internal/bytes/hash.ts';
import { isSameJson } from '../json/canonical.ts';
import type { JsonObject } from '../json/value.ts';
import { decodeResponse } from '../protocol/caller/decode-response.ts';
import {
  Capability,
  type Condition,
  type Requirements,
  type Resource,
  type ResourceSelector,
  type Result,
  type RunFunctionRequest,
  type RunFunctionResponse,
  Severity,
  type State,
  Status,
  Target,
} from '../protocol/messages.ts';
import { encodeRequest } from '../protocol/request.ts';
import type { Bytes } from '../protocol/wire.ts';
import { CONDITION_TIME, type StatusCondition } from './conditions.ts';
import type { Composition, PipelineStep } from './documents/composition.ts';
import { RenderError } from './errors.ts';
import type { ObjectStore } from './store.ts';

/** Calls a function by the name that steps use. Takes an encoded RunFunctionRequest and returns an encoded RunFunctionResponse. */
export type CallFunction = (functionName: string, request: Bytes) => Promise<Bytes>;

/** A Kubernetes event that Crossplane would record. */
export interface RenderEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  /** The step whose function returned it; undefined for events of Crossplane itself. */
  readonly step?: string | undefined;
}

/** The outcome of a pipeline. */
export interface PipelineOutput {
  readonly desired: State;
  readonly context: JsonObject | undefined;
  readonly events: readonly RenderEvent[];
  readonly conditions: readonly (StatusCondition & { readonly toClaim: boolean })[];
}

/** Limits the repeated calls of a function whose requirements keep changing. */
const MAX_REQUIREMENT_ROUNDS = 5;

const CAPABILITIES = [
  Capability.CAPABILITIES,
  Capability.REQUIRED_RESOURCES,
  Capability.CREDENTIALS,
  Capability.CONDITIONS,
  Capability.REQUIRED_SCHEMAS,
];

/** Runs the steps of a Composition in order. Each step gets the desired state and the context of the previous step. */
export async function runPipeline(
  composition: Composition,
  observed: State,
  context: JsonObject,
  store: ObjectStore,
  callFunction: CallFunction,
): Promise<PipelineOutput> {
  let output: PipelineOutput = { desired: {}, context, events: [], conditions: [] };
  for (const step of composition.pipeline) {
    const request = firstRequest(step, observed, output, store);
    const response = await runStep(step, request, store, callFunction);
    output = {
      desired: response.desired,
      context: response.context,
      conditions: [...output.conditions, ...response.conditions.map(readCondition)],
      events: [...output.events, ...response.results.map((result) => readResult(result, step.name))],
    };
  }
  return output;
}

function firstRequest(
  step: PipelineStep,
  observed: State,
  { desired, context }: PipelineOutput,
  store: ObjectStore,
): RunFunctionRequest {
  const { input, requiredResources } = step;
  const credentials = step.credentials.map(({ name, secretNamespace, secretName }) => {
    const data = store.secretData(secretNamespace, secretName);
    if (data) return [name, data];
    throw new RenderError(
      'INVALID_OBJECT',
      `cannot run pipeline step ${step.name}: Secret ${secretNamespace}/${secretName} of its credentials ${name} not found; pass its file with --function-credentials`,
    );
  });
  const request = {
    observed,
    desired,
    input,
    context,
    credentials: Object.fromEntries(credentials),
    requiredResources: requiredResources && selectAll(requiredResources, store),
    requiredSchemas: Object.fromEntries(step.requiredSchemas.map((name) => [name, undefined])),
  };
  const tag = sha256Hex(encodeRequest(request));
  return { ...request, meta: { tag, capabilities: CAPABILITIES } };
}

/** Calls a function until its requirements no longer change, as Crossplane does. */
async function runStep(
  step: PipelineStep,
  first: RunFunctionRequest,
  store: ObjectStore,
  callFunction: CallFunction,
): Promise<RunFunctionResponse> {
  let request = first;
  let requirements: Requirements = { extraResources: {}, resources: {}, schemas: {} };
  for (let round = 0; round <= MAX_REQUIREMENT_ROUNDS; round++) {
    const response = decodeResponse(await callFunction(step.functionName, encodeRequest(request)));
    const fatal = response.results.find(({ severity }) => severity === Severity.FATAL);
    if (fatal) {
      throw new RenderError('FATAL_RESULT', `pipeline step ${step.name} returned a fatal result: ${fatal.message}`);
    }
    if (isSameJson(response.requirements, requirements)) return response;
    requirements = response.requirements;
    request = {
      ...request,
      context: response.context,
      extraResources: selectAll(requirements.extraResources ?? {}, store),
      requiredResources: { ...first.requiredResources, ...selectAll(requirements.resources ?? {}, store) },
      requiredSchemas: { ...first.requiredSchemas, ...emptySchemas(requirements) },
    };
  }
  throw new RenderError(
    'UNSTABLE_REQUIREMENTS',
    `cannot run pipeline step ${step.name}: function ${step.functionName} requested different resources in each of ${MAX_REQUIREMENT_ROUNDS + 1} calls`,
  );
}

function selectAll(
  selectors: Readonly<Record<string, ResourceSelector>>,
  store: ObjectStore,
): Record<string, readonly Resource[]> {
  return Object.fromEntries(
    Object.entries(selectors).map(([name, selector]) => [
      name,
      (store.select(selector) ?? []).map((resource) => ({ resource })),
    ]),
  );
}

// Schemas are only available in a cluster. Undefined means that the schema was not found.
function emptySchemas({ schemas = {} }: Requirements): Record<string, undefined> {
  return Object.fromEntries(Object.keys(schemas).map((name) => [name, undefined]));
}

function readCondition(condition: Condition): PipelineOutput['conditions'][number] {
  const { type, status, reason, message, target } = condition;
  const named = status === Status.TRUE ? 'True' : status === Status.FALSE ? 'False' : 'Unknown';
  return {
    type,
    status: named,
    reason,
    message: message || undefined,
    lastTransitionTime: CONDITION_TIME,
    toClaim: target === Target.COMPOSITE_AND_CLAIM,
  };
}

function readResult({ severity, message, reason }: Result, step: string): RenderEvent {
  const event = { reason: reason || 'ComposeResources' };
  if (severity === Severity.NORMAL) return { ...event, type: 'Normal', message, step };
  if (severity === Severity.WARNING) return { ...event, type: 'Warning', message, step };
  const unknown = `Pipeline step ${JSON.stringify(step)} returned a result of unknown severity (assuming warning): ${message}`;
  return { ...event, type: 'Warning', message: unknown };
}
