import { type Result, Severity } from '../protocol/messages.ts';
import { compositeOf, type RequestView, viewRequest } from '../protocol/request.ts';
import { encodeResponse } from '../protocol/response.ts';
import { type Bytes, WireError } from '../protocol/wire.ts';
import type { Input } from './api/input.ts';
import { InputError, type Problem } from './api/input-error.ts';
import { type AwsRegistry, NO_AWS } from './aws.ts';
import { connectionDetailsOf, type Existing, hostOf, readExisting, urisOf } from './existing.ts';
import { createMemory } from './memory.ts';
import { type Composite, type CompositeIdentity, identityOf, readComposite } from './observed/composite.ts';
import { type Artifacts, addPackages, type CachePart, cachePackages } from './package-cache/index.ts';
import type { IntactChunks } from './package-cache/integrity.ts';
import { COMPOSED_PREFIX } from './package-cache/names.ts';
import { partOf } from './pipeline/merge-conditions.ts';
import { composedResourcesOfStep, contextFor, listBefore, prefixOf, readStep, type Step } from './pipeline/step.ts';
import { refuseTakenNames } from './pipeline/taken-names.ts';
import type { WorkloadPlan } from './plan.ts';
import { PULL_SECRET, pullSecretFor } from './pull-secret/pull-secret.ts';
import { composeRepositories } from './repositories/compose-repositories.ts';
import { leavingResources } from './repositories/flavor-change/leaving.ts';
import { partsInFlavor, planInFlavor, withPredecessors } from './repositories/flavor-change/names.ts';
import { detailsOf, imagesOf, readsImages } from './repositories/images.ts';
import { adjustPlan } from './repositories/immutable-fields.ts';
import { checkNames } from './repositories/name-check.ts';
import { renamePolicies } from './repositories/policy-names.ts';
import { retiring } from './repositories/retired-policies.ts';
import { conditionFalse, conditionTrue, createResponse, desired, event, type ResponseBuilder } from './response.ts';
import { recordStatus } from './status-recording.ts';

/** The result of a call, for logs and metrics. */
export interface CallSummary {
  readonly tag: string;
  readonly composite: CompositeIdentity | undefined;
  readonly results: readonly Result[];
  readonly resources: number;
}

/** Answers an encoded RunFunctionRequest. Throws {@link WireError} for invalid bytes. */
export type RunFunction = (request: Bytes) => Promise<FunctionResult>;

/** An encoded RunFunctionResponse. */
export interface FunctionResult {
  readonly response: Bytes;
  readonly summary: CallSummary;
}

/** The external services that the function may use. */
export interface FunctionOptions {
  /** Only used if pullSecret or observe is set in the Input. Default: unavailable, which is reported in a condition. */
  readonly aws?: AwsRegistry;
  /** Fetches packages. Default: nothing is fetched, and the content in the cluster is retained. */
  readonly artifacts?: Artifacts | undefined;
}

/** A call: the request and its decoded parts. */
interface Call {
  readonly request: RequestView;
  readonly composite: Composite;
  readonly input: Input;
  readonly step: Step;
  readonly plan: WorkloadPlan;
  readonly aws: AwsRegistry;
  readonly artifacts: Artifacts | undefined;
  readonly intactChunks: IntactChunks;
}

/** Creates the function. Its only state between calls is its {@link createMemory memory}. */
export function createFunction({ aws = NO_AWS, artifacts }: FunctionOptions = {}): RunFunction {
  const memory = createMemory();
  const { intactChunks, quietRecords } = memory;
  return async (bytes) => {
    const known = memory.response(bytes);
    if (known) return known;
    const request = viewRequest(bytes);
    const composite = readComposite(compositeOf(request.observed));
    let response: ResponseBuilder;
    let input: Input | undefined;
    let plan: WorkloadPlan | undefined;
    let dependsOnRequestOnly = true;
    try {
      input = memory.input(request.input);
      if (composite.parametersProblem) throw new InputError([composite.parametersProblem]);
      plan = memory.plan(composite, input);
      dependsOnRequestOnly = !hasExternalInputs(plan, input);
      const step = readStep(request, composite, plan.namePrefix, plan);
      response = createResponse(composite, step);
      await respond(response, { request, composite, input, step, plan, aws, artifacts, intactChunks });
      refuseTakenNames(request, step, plan, response.draft.resources.keys());
      recordStatus(response, request, composite);
      response.passOn(contextFor(request, plan, step, response.failing, quietRecords));
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      const prefix = input === undefined ? prefixOf(request.input) : (input.resourceNamePrefix ?? '');
      response = rejectionResponse(composite, readStep(request, composite, prefix, plan), error);
    }
    const result = functionResult(request, composite, response);
    if (dependsOnRequestOnly && response.draft.requirements === undefined) {
      memory.keepResponse(bytes, result);
    }
    return result;
  };
}

/** Returns the identity of the composite in an encoded request, or undefined if it cannot be read. */
export function compositeIn(bytes: Bytes): CompositeIdentity | undefined {
  try {
    return identityOf(readComposite(compositeOf(viewRequest(bytes).observed)));
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}

/** Adds the response to a valid request. Throws {@link InputError} for an invalid claim or Input. */
async function respond(response: ResponseBuilder, call: Call): Promise<void> {
  const { request, composite, input, step, aws } = call;
  const existing = readExisting(request.observed, call.plan);
  const { observed, hasMoved } = existing;
  const plan = hasMoved ? planInFlavor(call.plan, observed) : call.plan;
  const known = hasMoved ? withPredecessors(plan, observed) : observed;
  const { repositories: adjusted, prefix, kept } = adjustPlan(plan, known);
  const checked = checkNames({
    request,
    composite: asStepSees(composite, step),
    input,
    flavor: plan.flavor,
    repositories: adjusted,
    observed,
  });
  const repositories = checked.repositories.map((parts) =>
    renamePolicies(plan.flavor, hasMoved ? partsInFlavor(plan.flavor, parts, observed) : parts, observed),
  );
  const awaited = adjusted.filter(({ plan: { externalName } }) => !checked.lost.includes(externalName));
  const leaving = leavingResources({
    composed: [...repositories.flatMap(({ composed }) => composed), ...prefix],
    awaited: awaited.map(({ plan: { composedName } }) => composedName),
    observed,
    objects: existing.ofOtherFlavors,
  });
  const isRead = readsImages(input.observe);
  const images = isRead ? await imagesOf(repositories, known, aws, detailsOf(input.observe)) : undefined;
  response.callAgainIn(plan.ttlSeconds);
  composeRepositories(response, {
    names: { ...checked, repositories },
    prefix,
    isRegistry: plan.isRegistry,
    listBefore: () => listBefore(request, plan.isRegistry ? 'registry' : 'prefixes'),
    retiring: repositories.flatMap((parts) => retiring(plan, parts, observed)),
    leaving,
    observed,
    known,
    images: images?.known ?? new Map(),
  });
  if (composite.wantsConnectionDetails) response.connectionDetails(connectionDetailsOf(repositories, known));
  const secretFailures = await composePullSecret(response, call, existing);
  const cache = await packageCacheOf(call, urisOf(repositories, known));
  reportUnknownFields(response, composite, plan.unread);
  reportUnchangeable(response, composite, [...kept, ...(cache?.cannotChange ?? [])]);
  const { concern } = checked;
  response.abnormal('NamesChecked', concern?.reason ?? 'NotChecked', concern === undefined ? [] : [concern.message]);
  response.abnormal('ImagesObserved', 'NotReachable', images?.failures ?? []);
  response.abnormal('PullSecretRenewed', 'NotReachable', secretFailures);
  if (cache) addPackages(response, cache, request, () => listBefore(request, 'keptPackages'));
  else if (composite.conditionTypes.includes('PackageCacheReady')) {
    // The package cache is empty. Without a condition, the last one would remain.
    response.condition(conditionTrue('PackageCacheReady'));
  }
}

/** Reports fields of the claim that the function does not read, with an event when they appear. */
function reportUnknownFields(
  response: ResponseBuilder,
  { failingConditionTypes }: Composite,
  problems: readonly Problem[],
): void {
  const messages = problems.map(({ path, message }) => `${path}: ${message}`);
  if (!failingConditionTypes.includes('FieldsKnown')) {
    for (const message of messages) response.event(event(Severity.WARNING, 'UnknownField', message));
  }
  response.abnormal('FieldsKnown', 'UnknownField', messages);
}

/** Reports requested changes that cannot be made. An event is an additional write, so each change has one when it is first reported. */
function reportUnchangeable(
  response: ResponseBuilder,
  { failingConditions }: Composite,
  messages: readonly string[],
): void {
  const reported = failingConditions.get('SettingsApplied')?.message ?? '';
  for (const message of messages) {
    if (!reported.includes(message)) response.event(event(Severity.WARNING, 'CannotChange', message));
  }
  response.abnormal('SettingsApplied', 'CannotChange', messages);
}

/** Returns the composite with only this step's part of the message about names of other composites. */
function asStepSees(composite: Composite, { label }: Step): Composite {
  const { nameConflict } = composite;
  return nameConflict === undefined ? composite : { ...composite, nameConflict: partOf(nameConflict, label) };
}

/** True when the response also depends on AWS, a registry or the clock. */
function hasExternalInputs({ pullSecret, packages }: WorkloadPlan, { observe }: Input): boolean {
  return readsImages(observe) || pullSecret !== undefined || packages.sources.length > 0;
}

/** Adds the Secret for pulling images if the Input requests one. Returns the errors of renewing it. */
async function composePullSecret(
  response: ResponseBuilder,
  { plan, aws }: Call,
  { observed, secret }: Existing,
): Promise<readonly string[]> {
  if (plan.pullSecret === undefined) return [];
  const { resource, maxTtlSeconds, failure } = await pullSecretFor(plan.pullSecret, hostOf(observed), secret, aws);
  response.callAgainIn(maxTtlSeconds);
  if (resource !== undefined) {
    response.resource(PULL_SECRET, desired(resource, secret !== undefined));
    const { name } = plan.pullSecret;
    response.status(plan.namePrefix === '' ? { pullSecret: name } : { pullSecrets: { [plan.namePrefix]: name } });
  }
  return failure === undefined ? [] : [`Cannot get a login for the registry: ${failure}`];
}

/** Returns the package cache of a composite that requests packages or has some. */
async function packageCacheOf(
  { request, composite, input, step: { prefix }, plan: { packages }, artifacts, intactChunks }: Call,
  uris: ReadonlyMap<string, string>,
): Promise<CachePart | undefined> {
  const hasSome = () => composedResourcesOfStep(request.observed, prefix, [], [COMPOSED_PREFIX]).size > 0;
  if (packages.sources.length === 0 && !hasSome()) return undefined;
  return cachePackages({
    request,
    composite,
    prefix,
    packages,
    input: input.packageCache,
    uris,
    artifacts,
    intactChunks,
  });
}

const REASONS = {
  INVALID_INPUT: 'InvalidInput',
  INVALID_PARAMETERS: 'InvalidParameters',
  NAME_CONFLICT: 'NameConflict',
} as const;

function rejectionResponse(composite: Composite, step: Step, error: InputError): ResponseBuilder {
  const response = createResponse(composite, step);
  const reason = REASONS[error.code];
  // Crossplane reports a fatal result only on the composite. The preceding warning also reaches the claim.
  response.event(event(Severity.WARNING, reason, error.message));
  response.event(event(Severity.FATAL, reason, error.message));
  response.condition(conditionFalse('ParametersValid', reason, error.message));
  return response;
}

function functionResult(request: RequestView, composite: Composite, { draft }: ResponseBuilder): FunctionResult {
  return {
    response: encodeResponse(request, draft, composite),
    summary: {
      tag: request.tag,
      composite: identityOf(composite),
      results: draft.results,
      resources: draft.resources.size,
    },
  };
}
