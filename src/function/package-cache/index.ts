import type { SourceRequest } from '../../cache/artifacts/request.ts';
import type { ArtifactSource, SourceAnswer } from '../../cache/artifacts/source.ts';
import { isList, isObject, type JsonObject } from '../../json/value.ts';
import type { Condition, Resource, ResourceSelector, Result } from '../../protocol/messages.ts';
import type { RequestView } from '../../protocol/request.ts';
import { compositeOf } from '../../protocol/request.ts';
import type { FunctionResponse } from '../../protocol/response.ts';
import { decodeStruct, projection } from '../../protocol/struct.ts';
import type { PackageCacheInput } from '../api/package-cache.ts';
import type { Composite } from '../observed/composite.ts';
import { objectAt } from '../observed/managed-resource.ts';
import { readAwsCredentials } from './aws-credentials.ts';
import { installResources } from './install.ts';
import { type ObservedSource, readObservedSources } from './observed.ts';
import { planSources, type SourcePlan, type Target } from './plan.ts';
import { configMapResources } from './resources.ts';
import { readSecrets } from './secrets.ts';
import { type Finding, setInCluster, settleSources, type Wanted } from './settle.ts';
import type { PackageSources } from './sources.ts';
import { conditionOf, resultsOf, statusOf } from './status.ts';

/** Fetches artifacts for the function, and how long a call may wait for them in all. */
export interface Artifacts {
  readonly source: Pick<ArtifactSource, 'get' | 'content'>;
  readonly budgetMs: number;
}

/** What the package cache adds to the function's answer. */
export interface CachePart {
  readonly resources: ReadonlyMap<string, Resource>;
  readonly status: JsonObject | undefined;
  readonly results: readonly Result[];
  readonly conditions: readonly Condition[];
  /** What Crossplane is to show in the next call, by requirement. */
  readonly required: ReadonlyMap<string, ResourceSelector>;
  /** Seconds until a call makes sense again; Infinity when nothing is awaited. */
  readonly ttlSeconds: number;
}

/** What the package cache of a composite is worked out from. */
export interface CacheCall {
  readonly request: RequestView;
  readonly composite: Composite;
  readonly packages: PackageSources;
  readonly input: PackageCacheInput;
  /** Observed URIs of the workload's repositories by their key. */
  readonly uris: ReadonlyMap<string, string>;
  /** Undefined where nothing can be fetched, as in a rendering: what is there stays. */
  readonly artifacts: Artifacts | undefined;
}

const PENDING_SECONDS = 3;
const SHORTEST_SECONDS = 1;

/** Works out the ConfigMaps, packages, status and events of a composite's sources. Throws InputError for what cannot be meant. */
export async function cachePackages(call: CacheCall): Promise<CachePart> {
  const { request, composite, packages, input, uris } = call;
  const plans = planSources(packages, { composite, input, uris });
  const observed = readObservedSources(request.observed);
  const before = statusBefore(request);
  const required = new Map<string, ResourceSelector>();
  const signal = AbortSignal.timeout(call.artifacts?.budgetMs ?? 0);
  const looked = await Promise.all(plans.map((plan) => look(plan, call, observed.get(plan.name), required, signal)));
  const findings = looked.map((one, index): Finding => {
    const plan = plans[index] ?? one.plan;
    const { set, history } = objectAt(before, plan.name);
    const earlier = isList(history) ? history.filter(isObject).map((entry) => String(entry.set)) : [];
    const currentSet = typeof set === 'string' ? set : undefined;
    return {
      ...one,
      observed: observed.get(plan.name)?.sets ?? [],
      currentSet,
      earlierSets: currentSet === undefined ? earlier : [currentSet, ...earlier],
    };
  });
  const settled = settleSources(findings, input.maxContentBytes);
  const resources = new Map<string, Resource>();
  for (const one of settled) {
    const installs = observed.get(one.plan.name)?.installs ?? [];
    for (const [name, resource] of configMapResources(one, input)) resources.set(name, resource);
    for (const [name, resource] of installResources(one, installs)) resources.set(name, resource);
  }
  return {
    resources,
    status: statusOf(settled),
    results: resultsOf(settled),
    conditions: [conditionOf(settled)],
    required,
    ttlSeconds: Math.max(SHORTEST_SECONDS, Math.min(...looked.map(({ nextSeconds }) => nextSeconds))),
  };
}

/** The answer where sources are gone: their condition would say for ever what was wrong with them. */
export function withoutPackages(response: FunctionResponse): FunctionResponse {
  return { ...response, conditions: [...response.conditions, conditionOf([])] };
}

/** Puts the package cache into an answer. */
export function withPackages(response: FunctionResponse, part: CachePart): FunctionResponse {
  const { compositeStatus = {}, ttlSeconds = Number.POSITIVE_INFINITY, requirements = {} } = response;
  const resources = { ...requirements.resources, ...Object.fromEntries(part.required) };
  const hasRequirements = response.requirements !== undefined || part.required.size > 0;
  return {
    ...response,
    resources: new Map([...response.resources, ...part.resources]),
    compositeStatus: { ...compositeStatus, packageCache: part.status },
    results: [...response.results, ...part.results],
    conditions: [...response.conditions, ...part.conditions],
    requirements: hasRequirements ? { ...requirements, resources } : undefined,
    ttlSeconds: Math.min(ttlSeconds, part.ttlSeconds),
  };
}

type Looked = Omit<Finding, 'observed' | 'currentSet' | 'earlierSets'> & { readonly nextSeconds: number };

/** Looks what a source means now. */
async function look(
  plan: SourcePlan,
  { request, input, artifacts }: CacheCall,
  observed: ObservedSource | undefined,
  required: Map<string, ResourceSelector>,
  signal: AbortSignal,
): Promise<Looked> {
  const without = (reason: Finding['reason'], message: string, nextSeconds = Number.POSITIVE_INFINITY): Looked => {
    return { plan, reason, message, wanted: undefined, nextSeconds };
  };
  if (plan.source.suspend) return without('Suspended', 'The source is suspended; what is there stays');
  const { target } = plan;
  if (target === undefined) return without('Pending', 'Waiting for the URI of the bundle repository; or set url');
  if ('notAllowed' in target) return without('NotAllowed', target.notAllowed);
  const secrets = readSecrets(plan, request.requiredResources, required);
  if (secrets.kind === 'waiting') return without('Pending', secrets.message, PENDING_SECONDS);
  if (secrets.kind === 'unusable') return without(secrets.reason, secrets.message);
  const aws = target.provider === 'aws' ? readAwsCredentials(request) : undefined;
  if (aws && 'problem' in aws) return without('AuthFailed', aws.problem);
  if (artifacts === undefined) return without('Pending', 'Nothing is fetched here');
  const wants = requestOf(plan, target, input, {
    ...secrets,
    access: { ...secrets.access, awsCredentials: aws?.identity },
  });
  const answer = await artifacts.source.get(wants, plan, signal);
  const wanted = await wantedOf(wants, answer, plan, artifacts, observed, signal);
  const isMissing = wanted !== undefined && wanted.content === undefined && !isInCluster(plan, wanted, observed);
  return {
    plan,
    ...told(answer),
    wanted,
    nextSeconds: answer.pending || isMissing ? PENDING_SECONDS : answer.nextMs / 1_000,
  };
}

function told({ fetched, failure }: SourceAnswer): Pick<Finding, 'reason' | 'message'> {
  if (failure) return failure;
  return fetched ? { reason: 'Fetched' } : { reason: 'Pending', message: 'Fetching' };
}

function requestOf(
  { source }: SourcePlan,
  target: Target,
  { chunkSize, maxContentBytes, allowLocalAddresses }: PackageCacheInput,
  { access, keys }: { readonly access: Partial<SourceRequest['access']>; readonly keys: SourceRequest['keys'] },
): SourceRequest {
  const { repository, selection, content, provider, insecure } = target;
  return {
    repository,
    selection,
    content,
    access: { ...access, provider, insecure, allowLocalAddresses },
    keys: source.verify && keys,
    chunkSize,
    maxBytes: maxContentBytes,
  };
}

/** The content is only asked for when it is not in the cluster yet. */
async function wantedOf(
  wants: SourceRequest,
  { fetched }: SourceAnswer,
  plan: SourcePlan,
  { source }: Artifacts,
  observed: ObservedSource | undefined,
  signal: AbortSignal,
): Promise<Wanted | undefined> {
  if (fetched === undefined) return undefined;
  const { revision, manifest } = fetched;
  const wanted = { revision, manifest, content: undefined };
  if (isInCluster(plan, wanted, observed)) return wanted;
  return { revision, manifest, content: await source.content(wants, fetched, plan, signal) };
}

function isInCluster(plan: SourcePlan, { manifest }: Wanted, observed: ObservedSource | undefined): boolean {
  return setInCluster(plan, manifest, observed?.sets ?? []) !== undefined;
}

const CACHE_STATUS = projection({ status: { packageCache: true } });

/** What the composite's status says of the sources since the last call. */
function statusBefore({ observed }: RequestView): JsonObject {
  const composite = compositeOf(observed);
  if (composite === undefined) return {};
  return objectAt(objectAt(decodeStruct(composite, CACHE_STATUS), 'status'), 'packageCache');
}
