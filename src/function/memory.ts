import { latin1Text } from '../internal/bytes/bytes.ts';
import { createFairLru } from '../internal/fair-lru.ts';
import { createLru } from '../internal/lru.ts';
import { canonicalJson, isSameJson } from '../json/canonical.ts';
import { weightOf } from '../json/weight.ts';
import type { RequestView } from '../protocol/request.ts';
import { decodeStruct } from '../protocol/struct.ts';
import type { Bytes } from '../protocol/wire.ts';
import { type Input, parseInput } from './api/input.ts';
import type { Answered } from './function.ts';
import type { Composite } from './observed/composite.ts';
import type { IntactChunks } from './package-cache/integrity.ts';
import type { QuietRecords } from './pipeline/step.ts';
import { planWorkload, type WorkloadPlan } from './plan.ts';

// Everything that the function keeps between calls. Crossplane reconciles each composite again and again, mostly with nothing changed;
// a call without these would do the same work each time. Without any of them the function gives the same responses, only later.

/** Bounds of {@link createMemory}. */
export interface MemoryOptions {
  /** Largest number of distinct Inputs. Default 256. */
  readonly maxInputs?: number;
  /** Largest number of bytes of all kept plans, as far as they can be estimated. Default 32 MiB: those of some thousand composites. */
  readonly maxPlanBytes?: number;
  /** Largest number of bytes of all kept responses. Default 40 MiB: 10,000 composites with two repositories. */
  readonly maxResponseBytes?: number;
}

/** The function's memory between calls. */
export interface Memory {
  /** Reads an encoded Input; a step without one gets the defaults. Throws {@link InputError}. */
  input(bytes: Bytes | undefined): Input;
  /** Plans a workload. Throws {@link InputError}. */
  plan(composite: Composite, input: Input): WorkloadPlan;
  /** The response to the same request as before, or undefined. */
  response(request: RequestView, size: number): Answered | undefined;
  /** Keeps the response to a request of `size` bytes that depends on nothing but the request. */
  keepResponse(request: RequestView, size: number, answered: Answered): void;
  readonly intactChunks: IntactChunks;
  /** Encoding one took 7 % of a call whose response is not remembered. They go with their plans. */
  readonly quietRecords: QuietRecords;
}

/** Creates an empty memory. */
export function createMemory({
  maxInputs = 256,
  maxPlanBytes = 33_554_432,
  maxResponseBytes = 41_943_040,
}: MemoryOptions = {}): Memory {
  const responses = createLru<string, Answered>({
    maxEntries: MAX_RESPONSES,
    maxSize: maxResponseBytes,
    sizeOf: ({ response }) => response.byteLength + ENTRY_OVERHEAD_BYTES,
  });
  return {
    intactChunks: createLru({ maxEntries: MAX_INTACT_CHUNKS }),
    quietRecords: new WeakMap(),
    input: inputMemory(maxInputs),
    plan: planMemory(maxPlanBytes),
    response(request, size) {
      const key = keyOf(request, size);
      return key === undefined ? undefined : responses.get(key);
    },
    keepResponse(request, size, answered) {
      const key = keyOf(request, size);
      if (key === undefined || answered.response.byteLength > MAX_RESPONSE_BYTES) return;
      // A copy of its own size: a Buffer would keep the whole slab of memory that it is a view of.
      responses.set(key, { ...answered, response: new Uint8Array(answered.response) });
    },
  };
}

/** The keys of so many take less than 2 MiB; a package of 2.5 MB has four chunks. */
const MAX_INTACT_CHUNKS = 8_192;
const MAX_RESPONSES = 65_536;
const MAX_RESPONSE_BYTES = 262_144;
/** Bytes of an entry besides its response: key, summary, results. */
const ENTRY_OVERHEAD_BYTES = 512;

/**
 * The key of a request's response. Crossplane puts a SHA-256 of the request into meta.tag (Tag in its internal/xfn/utils.go), taken before
 * it adds required resources and schemas, so a request that has any gets no key. The size guards against a caller whose tag means less.
 */
function keyOf({ tag, requiredResources, requiredSchemas }: RequestView, size: number): string | undefined {
  if (!/^[0-9a-f]{64}$/.test(tag) || requiredResources.size > 0 || requiredSchemas.size > 0) return undefined;
  return `${tag} ${size}`;
}

/** Larger Inputs are checked at every call, so that all of them together stay within some tens of megabytes. */
const MAX_INPUT_BYTES = 65_536;

/** Checks each distinct Input once. */
function inputMemory(maxEntries: number): Memory['input'] {
  const byBytes = createLru<string, Input>({ maxEntries });
  // Go marshals map fields in random order, so equal Inputs come as different bytes.
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

/** Bytes of a small plan and its composite. */
const PLAN_BYTES = 16_384;

interface Planned {
  readonly composite: Composite;
  readonly input: Input;
  readonly plan: WorkloadPlan;
  readonly bytes: number;
}

/** Plans each workload again only when the composite or the Input has changed. The namespace that has most of the room loses its plans first. */
function planMemory(maxSize: number): Memory['plan'] {
  const plans = createFairLru<Planned>({ maxSize, sizeOf: ({ bytes }) => bytes });
  return (composite, input) => {
    const owner = composite.namespace ?? '';
    // A pipeline may have several steps with Inputs of their own.
    const key = `${composite.uid ?? composite.name} ${input.resourceNamePrefix ?? ''}`;
    const found = plans.get(owner, key);
    if (found?.input === input && isSameWorkload(composite, found.composite)) return found.plan;
    const plan = planWorkload(composite, input);
    plans.set(owner, key, { composite, input, plan, bytes: bytesOf(composite, plan) });
    return plan;
  };
}

/** Every repository of a plan may have all that the claim says. */
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
