import { latin1Text } from '../internal/bytes/bytes.ts';
import { createFairLru } from '../internal/fair-lru.ts';
import { createLru } from '../internal/lru.ts';
import { canonicalJson, isSameJson } from '../json/canonical.ts';
import { weightOf } from '../json/weight.ts';
import { tagWithoutRequirements } from '../protocol/request-tag.ts';
import { decodeStruct } from '../protocol/struct.ts';
import type { Bytes } from '../protocol/wire.ts';
import { type Input, parseInput } from './api/input.ts';
import type { FunctionResult } from './function.ts';
import type { Composite } from './observed/composite.ts';
import type { IntactChunks } from './package-cache/integrity.ts';
import type { QuietRecords } from './pipeline/step.ts';
import { planWorkload, type WorkloadPlan } from './plan.ts';

// The state of the function between calls. Crossplane reconciles each composite repeatedly, mostly without changes. Without this state,
// each call would repeat the same work, with the same response.

/** Bounds of {@link createMemory}. */
export interface MemoryOptions {
  /** The maximum number of distinct Inputs. Default 256. */
  readonly maxInputs?: number;
  /** The maximum estimated size of all stored plans, in bytes. Default 32 MiB: the plans of about a thousand composites. */
  readonly maxPlanBytes?: number;
  /** The maximum size of all stored responses, in bytes. Default 40 MiB: 10,000 composites with two repositories. */
  readonly maxResponseBytes?: number;
}

/** The function's memory between calls. */
export interface Memory {
  /** Reads an encoded Input. A step without an Input gets the defaults. Throws {@link InputError}. */
  input(bytes: Bytes | undefined): Input;
  /** Plans a workload. Throws {@link InputError}. */
  plan(composite: Composite, input: Input): WorkloadPlan;
  /** Returns the stored response to the same encoded request, or undefined. Throws `WireError` for invalid bytes. */
  response(request: Bytes): FunctionResult | undefined;
  /** Stores the response to an encoded request, which must only depend on the request. */
  keepResponse(request: Bytes, result: FunctionResult): void;
  readonly intactChunks: IntactChunks;
  /** Encoding a record took 7 % of a call without a stored response. Records are dropped together with their plans. */
  readonly quietRecords: QuietRecords;
}

/** Creates an empty memory. */
export function createMemory({
  maxInputs = 256,
  maxPlanBytes = 33_554_432,
  maxResponseBytes = 41_943_040,
}: MemoryOptions = {}): Memory {
  const responses = createLru<string, FunctionResult>({
    maxEntries: MAX_RESPONSES,
    maxSize: maxResponseBytes,
    sizeOf: ({ response }) => response.byteLength + ENTRY_OVERHEAD_BYTES,
  });
  return {
    intactChunks: createLru({ maxEntries: MAX_INTACT_CHUNKS }),
    quietRecords: new WeakMap(),
    input: inputMemory(maxInputs),
    plan: planMemory(maxPlanBytes),
    response(request) {
      const key = keyOf(request);
      return key === undefined ? undefined : responses.get(key);
    },
    keepResponse(request, result) {
      const key = keyOf(request);
      if (key === undefined || result.response.byteLength > MAX_RESPONSE_BYTES) return;
      // A copy, since a Buffer would retain the whole slab of memory that contains it.
      responses.set(key, { ...result, response: new Uint8Array(result.response) });
    },
  };
}

/** The maximum number of chunks. Their keys take less than 2 MiB; a package of 2.5 MB has four chunks. */
const MAX_INTACT_CHUNKS = 8_192;
const MAX_RESPONSES = 65_536;
const MAX_RESPONSE_BYTES = 262_144;
/** The size of an entry without its response, in bytes: key, summary and results. */
const ENTRY_OVERHEAD_BYTES = 512;

/**
 * Returns the key of a request's response. Crossplane sets meta.tag to a SHA-256 of the request (Tag in its internal/xfn/utils.go) before
 * it adds required resources and schemas, so a request with any of these does not get a key. The size protects against callers with weaker
 * tags.
 */
function keyOf(request: Bytes): string | undefined {
  const tag = tagWithoutRequirements(request);
  return tag !== undefined && /^[0-9a-f]{64}$/.test(tag) ? `${tag} ${request.byteLength}` : undefined;
}

/** The maximum size of a stored Input. Larger ones are checked in every call, so that all stored Inputs take at most a few tens of megabytes. */
const MAX_INPUT_BYTES = 65_536;

/** Checks each distinct Input once. */
function inputMemory(maxEntries: number): Memory['input'] {
  const byBytes = createLru<string, Input>({ maxEntries });
  // Go marshals map fields in random order, so equal Inputs may have different bytes.
  const byContent = createLru<string, Input>({ maxEntries });
  let withoutInput: Input | undefined;
  return (bytes) => {
    if (bytes === undefined) {
      withoutInput ??= parseInput(undefined);
      return withoutInput;
    }
    if (bytes.length > MAX_INPUT_BYTES) return parseInput(decodeStruct(bytes));
    const key = latin1Text(bytes);
    const found = byBytes.get(key);
    if (found) return found;
    const object = decodeStruct(bytes);
    const content = canonicalJson(object);
    const input = byContent.get(content) ?? parseInput(object);
    byContent.set(content, input);
    byBytes.set(key, input);
    return input;
  };
}

/** The size of a small plan and its composite, in bytes. */
const PLAN_BYTES = 16_384;

interface Planned {
  readonly composite: Composite;
  readonly input: Input;
  readonly plan: WorkloadPlan;
  readonly bytes: number;
}

/** Plans each workload only if the composite or the Input has changed. Plans of the namespace that takes the most memory are dropped first. */
function planMemory(maxSize: number): Memory['plan'] {
  const plans = createFairLru<Planned>({ maxSize, sizeOf: ({ bytes }) => bytes });
  return (composite, input) => {
    const owner = composite.namespace ?? '';
    // A pipeline may have several steps with different Inputs.
    const key = `${composite.uid ?? composite.name} ${input.resourceNamePrefix ?? ''}`;
    const found = plans.get(owner, key);
    if (found?.input === input && isSameWorkload(composite, found.composite)) return found.plan;
    const plan = planWorkload(composite, input);
    plans.set(owner, key, { composite, input, plan, bytes: bytesOf(composite, plan) });
    return plan;
  };
}

/** Estimates the size of a plan. Every repository may contain all settings of the claim. */
function bytesOf({ parameters, specFields }: Composite, { repositories }: WorkloadPlan): number {
  return PLAN_BYTES + (weightOf(parameters) + weightOf(specFields)) * (1 + repositories.length);
}

function isSameWorkload(a: Composite, b: Composite): boolean {
  return (
    a.name === b.name &&
    a.namespace === b.namespace &&
    a.namespaced === b.namespaced &&
    a.kind === b.kind &&
    a.apiVersion === b.apiVersion &&
    isSameJson(a.specFields, b.specFields) &&
    isSameJson(a.parameters, b.parameters)
  );
}
