import * as z from 'zod/mini';
import { isSameJson } from '../../json/canonical.ts';
import { isList, isObject, type Json } from '../../json/value.ts';
import type { Condition } from '../../protocol/messages.ts';
import { replaceEntries } from '../../protocol/replace-entries.ts';
import { composedResourcesOf, compositeOf, type RequestView } from '../../protocol/request.ts';
import { decodeStruct, encodeStruct, projection } from '../../protocol/struct.ts';
import type { Bytes } from '../../protocol/wire.ts';
import { isResourceNamePrefix } from '../api/checks.ts';
import type { Composite } from '../observed/composite.ts';
import type { WorkloadPlan } from '../plan.ts';

/** The context entry that the steps of a pipeline that run this function share. */
export const STEPS_KEY = 'workload-ecr.fn.crossplane.io/steps';

const MAX_STEPS = 100;

const stepRecord = z.object({
  prefix: z.string(),
  /** The {@link repositoryId} of each of its repositories. */
  repositories: z.array(z.string()),
  /** The merged conditions of this step and of earlier ones that are not True. */
  conditions: z.array(
    z.object({
      type: z.string(),
      status: z.int(),
      reason: z.string(),
      message: z.optional(z.string()),
      target: z.optional(z.int()),
    }),
  ),
});

const record = z.array(stepRecord).check(z.maxLength(MAX_STEPS));

/** A step's record of itself, for later steps. */
export type StepRecord = z.infer<typeof stepRecord>;

/** A step of a pipeline, with the information about earlier steps that run this function. */
export interface Step {
  /** The prefix of the step's names; empty in most pipelines. */
  readonly prefix: string;
  /** The prefix of its messages in conditions; empty for the first step without a prefix. */
  readonly label: string;
  readonly earlier: readonly StepRecord[];
  /** The labels of this step and the earlier ones. */
  readonly labels: readonly string[];
  /** The conditions of the earlier steps that are not True, by their types. */
  readonly failing: ReadonlyMap<string, Condition>;
  /**
   * Returns true if the last reconcile had a step with this label: the status has its repositories or, for `ParametersValid`, the pipeline
   * failed. Both end with the first successful reconcile without the step.
   */
  wasPresent(label: string, conditionType: string): boolean;
}

const CONTEXT = projection({ [STEPS_KEY]: true });

/** Reads the steps that ran before the one with this prefix and plan. A refused step does not have a plan. */
export function readStep(
  { context, observed }: Pick<RequestView, 'context' | 'observed'>,
  { syncFailure }: Pick<Composite, 'syncFailure'>,
  prefix: string,
  plan: WorkloadPlan | undefined,
): Step {
  const wasPresent: Step['wasPresent'] = (label, type) =>
    (type === 'ParametersValid' && syncFailure !== undefined) || hasRepositoriesOf(observed, label);
  if (context === undefined)
    return { prefix, label: prefix, earlier: [], labels: [prefix], failing: NONE_FAILING, wasPresent };
  const steps = record.safeParse(decodeStruct(context, CONTEXT)[STEPS_KEY]).data ?? [];
  const last = steps.at(-1);
  // Crossplane calls a step again with the resources that it required, and with the context of its response.
  const isAgain = last !== undefined && plan !== undefined && isOfPlan(last, plan);
  const earlier = isAgain ? steps.slice(0, -1) : steps;
  const labels: string[] = [];
  for (const one of [...earlier, { prefix }]) labels.push(labelOf(one.prefix, labels));
  const { conditions = [] } = earlier.at(-1) ?? {};
  return {
    prefix,
    label: labels.at(-1) ?? prefix,
    earlier,
    labels,
    failing: new Map(conditions.map((condition) => [condition.type, condition])),
    wasPresent,
  };
}

const REPOSITORIES = projection({ status: { repositories: true } });

function hasRepositoriesOf(observed: RequestView['observed'], prefix: string): boolean {
  const composite = compositeOf(observed);
  const status = composite && decodeStruct(composite, REPOSITORIES).status;
  const repositories = isObject(status) && isObject(status.repositories) ? status.repositories : {};
  return Object.keys(repositories).some((key) => key.startsWith(prefix));
}

function isOfPlan({ prefix, repositories }: StepRecord, plan: WorkloadPlan): boolean {
  const own = recordOf(plan, NONE_FAILING);
  return prefix === own.prefix && isSameJson(repositories, own.repositories);
}

const NONE_FAILING: ReadonlyMap<string, Condition> = new Map();

/** Returns the label of a step. A step without a prefix, or with that of an earlier step, is identified by its position. */
function labelOf(prefix: string, earlier: readonly string[]): string {
  return earlier.length > 0 && (prefix === '' || earlier.includes(prefix)) ? `step-${earlier.length + 1}-` : prefix;
}

const PREFIX_ONLY = projection({ resourceNamePrefix: true });

/** Returns the prefix in an invalid Input if it can be read, since the rejection is reported with the step's label. */
export function prefixOf(input: Bytes | undefined): string {
  const { resourceNamePrefix } = input === undefined ? {} : decodeStruct(input, PREFIX_ONLY);
  return isResourceNamePrefix(resourceNamePrefix) ? resourceNamePrefix : '';
}

/** The encoded records of first steps without conditions to report, by their plans. */
export type QuietRecords = Pick<WeakMap<WorkloadPlan, Bytes>, 'get' | 'set'>;

/** Returns the encoded context for the next step, in pieces: the context of the request with this step's record. */
export function contextFor(
  { context = new Uint8Array(0) }: Pick<RequestView, 'context'>,
  plan: WorkloadPlan,
  { earlier }: Step,
  failing: ReadonlyMap<string, Condition>,
  quietRecords: QuietRecords,
): readonly Bytes[] {
  const encoded = () => encodeStruct({ [STEPS_KEY]: [...earlier, recordOf(plan, failing)] });
  const others = replaceEntries(context, { [STEPS_KEY]: undefined });
  if (earlier.length > 0 || failing.size > 0) return [encoded(), ...others];
  let record = quietRecords.get(plan);
  if (record === undefined) {
    // A copy, since the result of an encoder may be a view of a larger buffer.
    record = new Uint8Array(encoded());
    quietRecords.set(plan, record);
  }
  return [record, ...others];
}

function recordOf({ namePrefix, repositories, flavor }: WorkloadPlan, failing: Step['failing']): StepRecord {
  return {
    prefix: namePrefix,
    repositories: repositories.map(({ plan }) => repositoryId(flavor.name, plan)),
    conditions: [...failing.values()],
  };
}

/** Returns an ID of a repository in AWS, from the values by which a Composition distinguishes repositories. */
export function repositoryId(
  flavor: string,
  { externalName, location }: WorkloadPlan['repositories'][number]['plan'],
): string {
  const { region, providerKind = '', providerName = '' } = location;
  return [flavor, providerKind, providerName, region, externalName].join('/');
}

/** Finds the observed composed resources of a step. Names do not have its prefix; see {@link composedResourcesOf}. */
export function composedResourcesOfStep(
  state: Bytes,
  prefix: string,
  names: readonly string[],
  prefixes: readonly string[] = [],
): ReadonlyMap<string, Bytes> {
  if (prefix === '') return composedResourcesOf(state, names, prefixes);
  const own = (name: string) => `${prefix}${name}`;
  const found = composedResourcesOf(state, names.map(own), prefixes.map(own));
  return new Map([...found].map(([name, struct]) => [name.slice(prefix.length), struct]));
}

/** Adds a step's prefix to each key. */
export function withPrefix<T>(prefix: string, entries: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  if (prefix === '') return entries;
  return Object.fromEntries(Object.entries(entries).map(([key, value]) => [`${prefix}${key}`, value]));
}

const STATUS_LISTS = projection({ status: { prefixes: true, registry: true, keptPackages: true } });

/** Returns a list of the status that earlier steps desire. */
export function listBefore(
  { desired }: Pick<RequestView, 'desired'>,
  field: 'prefixes' | 'registry' | 'keptPackages',
): Json[] {
  const composite = compositeOf(desired);
  const status = composite && decodeStruct(composite, STATUS_LISTS).status;
  const list = isObject(status) ? status[field] : undefined;
  return isList(list) ? [...list] : [];
}
