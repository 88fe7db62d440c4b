import fc from 'fast-check';
import type {
  Condition,
  Requirements,
  Resource,
  ResourceSelector,
  Result,
  RunFunctionRequest,
  State,
} from '../../src/protocol/messages.ts';
import type { FunctionResponse } from '../../src/protocol/response.ts';
import { jsonObject, name, ownProperties, text } from './arbitraries.ts';

const map = <T>(value: fc.Arbitrary<T>) => fc.array(fc.tuple(name, value), { maxLength: 3 }).map(ownProperties);

const bytes = fc.uint8Array({ maxLength: 8 });

/** Resources of callers and functions. */
export const resourceModel: fc.Arbitrary<Resource> = fc.record(
  { resource: jsonObject, connectionDetails: map(bytes), ready: fc.integer({ min: 0, max: 3 }) },
  { requiredKeys: [] },
);

/** States of callers. */
export const stateModel: fc.Arbitrary<State> = fc.record(
  { composite: resourceModel, resources: map(resourceModel) },
  { requiredKeys: [] },
);

const resourceLists = map(fc.array(resourceModel, { maxLength: 2 }));

/** Requests of callers. */
export const requestModel: fc.Arbitrary<RunFunctionRequest> = fc.record(
  {
    meta: fc.record({ tag: text, capabilities: fc.array(fc.integer({ min: 0, max: 300 })) }, { requiredKeys: [] }),
    observed: stateModel,
    desired: stateModel,
    input: jsonObject,
    context: jsonObject,
    extraResources: resourceLists,
    credentials: map(map(bytes)),
    requiredResources: resourceLists,
    requiredSchemas: map(fc.option(jsonObject, { nil: undefined })),
  },
  { requiredKeys: [] },
);

const optionalText = fc.option(text, { nil: undefined });
const target = fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined });

/** Results of functions. */
export const resultModel: fc.Arbitrary<Result> = fc.record({
  severity: fc.integer({ min: 0, max: 4 }),
  message: text,
  reason: optionalText,
  target,
});

/** Conditions of functions. */
export const conditionModel: fc.Arbitrary<Condition> = fc.record({
  type: text,
  status: fc.integer({ min: 0, max: 4 }),
  reason: text,
  message: optionalText,
  target,
});

const selectorModel: fc.Arbitrary<ResourceSelector> = fc.record(
  { apiVersion: text, kind: text, matchName: text, matchLabels: map(text), namespace: text },
  { requiredKeys: ['apiVersion', 'kind'] },
);

const requirementsModel: fc.Arbitrary<Requirements> = fc.record(
  {
    extraResources: map(selectorModel),
    resources: map(selectorModel),
    schemas: map(fc.record({ apiVersion: text, kind: text })),
  },
  { requiredKeys: [] },
);

/** Responses of functions. */
export const functionResponseModel: fc.Arbitrary<FunctionResponse> = fc.record(
  {
    ttlSeconds: fc.integer({ min: 0, max: 2 ** 31 }),
    resources: fc.array(fc.tuple(name, resourceModel), { maxLength: 3 }).map((entries) => new Map(entries)),
    compositeStatus: jsonObject,
    results: fc.array(resultModel, { maxLength: 3 }),
    conditions: fc.array(conditionModel, { maxLength: 3 }),
    requirements: requirementsModel,
  },
  { requiredKeys: ['resources', 'results', 'conditions'] },
);
