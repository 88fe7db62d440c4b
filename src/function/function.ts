import { utf8Bytes } from '../internal/bytes/bytes.ts';
import type { JsonObject } from '../json/value.ts';
import { type Result, Severity, Status } from '../protocol/messages.ts';
import { composedResourcesOf, compositeOf, type RequestView, viewRequest } from '../protocol/request.ts';
import { encodeResponse, type FunctionResponse } from '../protocol/response.ts';
import { decodeStruct } from '../protocol/struct.ts';
import type { Bytes } from '../protocol/wire.ts';
import type { Input } from './api/input.ts';
import { InputError, type Problem } from './api/input-error.ts';
import { type AwsRegistry, NO_AWS } from './aws.ts';
import { createMemory } from './memory.ts';
import { type Composite, readComposite } from './observed/composite.ts';
import { type Observed, POLICY_PROJECTION, REPOSITORY_PROJECTION, readObserved } from './observed/managed-resource.ts';
import type { Artifacts } from './package-cache/index.ts';
import { COMPOSED_PREFIX } from './package-cache/names.ts';
import { CONDITION as PACKAGE_CACHE_READY } from './package-cache/sources.ts';
import type { RepositoryParts, WorkloadPlan } from './plan.ts';
import { PULL_SECRET, PULL_SECRET_PROJECTION, type PullSecret, pullSecretFor } from './pull-secret/pull-secret.ts';
import { imagesOf, looksAtImages, looksOf } from './repositories/images.ts';
import { flavorProblem, type Settled, settlePrefix, settleRepository } from './repositories/immutable-fields.ts';
import { checkNames } from './repositories/name-check.ts';
import { renamePolicies } from './repositories/policy-names.ts';
import { isRepository } from './repositories/providers/provider.ts';
import { retiring } from './repositories/retired-policies.ts';
import { condition, event, printableMessages, responseOf } from './response.ts';
import { recordable } from './status-recording.ts';

/** What a call came to, for logs and metrics. */
export interface CallSummary {
  readonly tag: string;
  readonly composite: Pick<Composite, 'apiVersion' | 'kind' | 'name' | 'namespace'> | undefined;
  readonly results: readonly Result[];
  readonly resources: number;
}

/** Answers one encoded RunFunctionRequest. Throws {@link WireError} on bytes that are none. */
export type RunFunction = (request: Bytes) => Promise<Answered>;

/** An encoded RunFunctionResponse. */
export interface Answered {
  readonly response: Bytes;
  readonly summary: CallSummary;
}

/** What the function is handed of the world outside. */
export interface FunctionOptions {
  /** Asked only where the Input has pullSecret or observe. Default: nobody, which is told. */
  readonly aws?: AwsRegistry;
  /** Fetches packages. Default: nothing is fetched, and what is in the cluster stays. */
  readonly artifacts?: Artifacts | undefined;
}

/** Creates the function. It keeps nothing between calls but its {@link createMemory memory}. */
export function createFunction({ aws = NO_AWS, artifacts }: FunctionOptions = {}): RunFunction {
  const memory = createMemory();
  return async (bytes) => {
    const request = viewRequest(bytes);
    const known = memory.response(request, bytes.length);
    if (known) return known;
    const composite = readComposite(compositeOf(request.observed));
    let answered: FunctionResponse;
    let dependsOnRequestOnly = true;
    try {
      if (composite.parametersProblem) throw new InputError([composite.parametersProblem]);
      const input = memory.input(request.input);
      const plan = memory.plan(composite, input);
      dependsOnRequestOnly = !asksElsewhere(plan, input);
      answered = await answer(request, composite, input, plan, { aws, artifacts });
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      answered = refusal(error);
    }
    const response = printableMessages(recordable(request, composite, answered));
    const { apiVersion, kind, name, namespace } = composite;
    const result: Answered = {
      response: encodeResponse(request, response, composite),
      summary: {
        tag: request.tag,
        composite: { apiVersion, kind, name, namespace },
        results: response.results,
        resources: response.resources.size,
      },
    };
    if (dependsOnRequestOnly && response.requirements === undefined) memory.keepResponse(request, bytes.length, result);
    return result;
  };
}

/** True when the response depends on more than the request: on AWS, a registry or the clock. */
function asksElsewhere({ pullSecret, packages }: WorkloadPlan, { observe }: Input): boolean {
  return looksAtImages(observe) || pullSecret !== undefined || packages.sources.length > 0;
}

async function answer(
  request: RequestView,
  composite: Composite,
  input: Input,
  plan: WorkloadPlan,
  { aws, artifacts }: Required<FunctionOptions>,
): Promise<FunctionResponse> {
  const { observed, secret } = observe(request.observed, plan);
  const moving: Problem[] = [];
  const settled: Settled<RepositoryParts>[] = [];
  for (const parts of plan.repositories) {
    const seen = observed.get(parts.plan.composedName);
    const problem = flavorProblem(plan, parts, seen);
    if (problem) moving.push(problem);
    settled.push(settleRepository(plan, parts, seen));
  }
  if (moving.length > 0) throw new InputError(moving);
  const prefix = plan.prefix.map((composed) => settlePrefix(plan, composed, observed.get(composed.name)));
  const all = settled.map(({ value }) => value);
  const checked = checkNames({ request, composite, input, flavor: plan.flavor, repositories: all, observed });
  const repositories = checked.repositories.map((parts) => renamePolicies(plan.flavor, parts, observed));
  const names = { ...checked, repositories };
  const images = looksAtImages(input.observe)
    ? await imagesOf(repositories, observed, aws, looksOf(input.observe))
    : NO_IMAGES;
  const pulling = plan.pullSecret && (await pullSecretFor(plan.pullSecret, hostOf(observed), secret, aws));
  const response = responseOf({
    names,
    prefix: prefix.map(({ value }) => value),
    retiring: repositories.flatMap((parts) => retiring(plan, parts, observed)),
    observed,
    images: images.known,
    pullSecret: pulling?.resource,
    pullSecretReady: secret !== undefined,
    connectionDetails: connectionDetails(composite, repositories, observed),
    ttlSeconds: Math.min(plan.ttlSeconds, pulling?.maxTtlSeconds ?? Number.POSITIVE_INFINITY),
  });
  const cache = await packageCacheOf(request, composite, input, plan, urisOf(repositories, observed), artifacts);
  const kept = [...[...settled, ...prefix].flatMap((one) => one.kept), ...(cache?.part.cannotChange ?? [])];
  for (const message of kept) response.results.push(event(Severity.WARNING, 'CannotChange', message));
  tell(response, composite, 'SettingsApplied', 'CannotChange', kept);
  const { reason = '', message } = names.concern ?? {};
  tell(response, composite, 'NamesChecked', reason, message === undefined ? [] : [message]);
  tell(response, composite, 'ImagesObserved', 'NotReachable', images.failures);
  tell(response, composite, 'PullSecretRenewed', 'NotReachable', failuresOf(pulling));
  if (cache) return cache.withPackages(response, cache.part);
  if (composite.conditionTypes.includes(PACKAGE_CACHE_READY)) {
    // Nothing is left of the package cache: the condition would go on saying what it said last.
    response.conditions.push(condition(PACKAGE_CACHE_READY, Status.TRUE, 'Available'));
  }
  return response;
}

/** The package cache of a composite that asks for packages or has some. */
async function packageCacheOf(
  request: RequestView,
  composite: Composite,
  input: Input,
  { packages }: WorkloadPlan,
  uris: ReadonlyMap<string, string>,
  artifacts: FunctionOptions['artifacts'],
) {
  if (packages.sources.length === 0 && !hasComposed(request.observed, COMPOSED_PREFIX)) return undefined;
  // It and what it builds on, the registry client among them, take longer to load than all the rest of the function.
  const { cachePackages, withPackages } = await import('./package-cache/index.ts');
  return {
    part: await cachePackages({
      request,
      composite,
      packages,
      input: input.packageCache,
      uris,
      artifacts,
    }),
    withPackages,
  };
}

function hasComposed(state: Bytes, prefix: string): boolean {
  return composedResourcesOf(state, [], [prefix]).size > 0;
}

function urisOf(
  repositories: readonly RepositoryParts[],
  observed: ReadonlyMap<string, Observed>,
): ReadonlyMap<string, string> {
  const uris = repositories.map(({ plan: { key, composedName } }) => [key, observed.get(composedName)?.uri] as const);
  return new Map(uris.flatMap(([key, uri]) => (uri === undefined ? [] : [[key, uri]])));
}

const NO_IMAGES: Awaited<ReturnType<typeof imagesOf>> = { known: new Map(), failures: [] };

interface Existing {
  readonly observed: ReadonlyMap<string, Observed>;
  readonly secret: JsonObject | undefined;
}

/** Reads those observed resources that are ours or were. */
function observe(state: Bytes, { names, repositories }: WorkloadPlan): Existing {
  const observed = new Map<string, Observed>();
  let secret: JsonObject | undefined;
  for (const [name, struct] of composedResourcesOf(state, names.exact, names.prefixes)) {
    if (name === PULL_SECRET) secret = decodeStruct(struct, PULL_SECRET_PROJECTION);
    else {
      const isOfRepository = repositories.some(({ plan }) => plan.composedName === name);
      const object = decodeStruct(struct, isOfRepository ? REPOSITORY_PROJECTION : POLICY_PROJECTION);
      if (!isOfRepository || isRepository(object)) observed.set(name, readObserved(object));
    }
  }
  return { observed, secret };
}

/** The registry of the first repository that is known to be in one. */
function hostOf(observed: ReadonlyMap<string, Observed>): string | undefined {
  for (const { uri } of observed.values()) if (uri !== undefined) return uri.slice(0, uri.indexOf('/'));
  return undefined;
}

function failuresOf(pulling: PullSecret | undefined): string[] {
  return pulling?.failure === undefined ? [] : [`Cannot get a login for the registry: ${pulling.failure}`];
}

type Writable = ReturnType<typeof responseOf>;

/** A condition that is only there while there is something to tell, and once more, as True, when there no longer is. */
function tell(
  { conditions }: Writable,
  composite: Composite,
  type: string,
  reason: string,
  messages: readonly string[],
): void {
  if (messages.length > 0) conditions.push(condition(type, Status.FALSE, reason, messages.join('; ')));
  else if (composite.troubles.includes(type)) conditions.push(condition(type, Status.TRUE, 'Applied'));
}

function connectionDetails(
  { wantsConnectionDetails }: Composite,
  repositories: readonly RepositoryParts[],
  observed: ReadonlyMap<string, Observed>,
): Record<string, Bytes> | undefined {
  if (!wantsConnectionDetails) return undefined;
  const entries = repositories.flatMap(({ plan: { key, composedName } }): [string, Bytes][] => {
    const seen = observed.get(composedName);
    const values = { uri: seen?.uri, arn: seen?.arn, registryId: seen?.registryId };
    return Object.entries(values).flatMap(([what, value]) => (value ? [[`${key}.${what}`, utf8Bytes(value)]] : []));
  });
  return Object.fromEntries(entries);
}

const REASONS = {
  INVALID_INPUT: 'InvalidInput',
  INVALID_PARAMETERS: 'InvalidParameters',
  NAME_CONFLICT: 'NameConflict',
} as const;

function refusal(error: InputError): FunctionResponse {
  const reason = REASONS[error.code];
  return {
    resources: new Map(),
    // Crossplane tells of a fatal result on the composite alone; the warning before it reaches the claim.
    results: [event(Severity.WARNING, reason, error.message), event(Severity.FATAL, reason, error.message)],
    conditions: [condition('ParametersValid', Status.FALSE, reason, error.message)],
  };
}
