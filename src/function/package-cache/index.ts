import type { SourceRequest } from '../../cache/artifacts/request.ts';
import type { ArtifactSource, SourceResult } from '../../cache/artifacts/source.ts';
import type { Json, JsonObject } from '../../json/value.ts';
import type { Condition, Resource, ResourceSelector, Result } from '../../protocol/messages.ts';
import type { RequestView } from '../../protocol/request.ts';
import type { PackageCacheInput } from '../api/package-cache.ts';
import type { Composite } from '../observed/composite.ts';
import { objectAt } from '../observed/managed-resource.ts';
import type { ResponseBuilder } from '../response.ts';
import { chooseConnection } from './connection/connection.ts';
import { readSecrets } from './connection/secrets.ts';
import {
  decideSources,
  type SelectedArtifact,
  type SourceFinding,
  type SourceOutcome,
  setInCluster,
} from './decide-sources.ts';
import { adoptSets } from './install/adopt.ts';
import { claimPackages } from './install/claims.ts';
import { installResources, isHealthy, ownersOf } from './install/install.ts';
import type { ObservedPackage } from './install/observed-packages.ts';
import { contentOf, decidePackages, type PackageOutcome, pinnedContent } from './install/packages.ts';
import { guardInstalls } from './install/taken-names.ts';
import type { IntactChunks } from './integrity.ts';
import { lookupsOf } from './lookups.ts';
import { LEFT_OUT_ANNOTATION, TYPE_ANNOTATION } from './names.ts';
import { type ObservedSet, readObservedCache } from './observed.ts';
import { checksOf, selectedOffline } from './offline.ts';
import { type FetchTarget, packCommand, planSources, type SourcePlan } from './plan.ts';
import { inOrder, statusBefore } from './remembered.ts';
import { configMapResources, rebuild } from './resources.ts';
import type { ListedSources } from './sources.ts';
import { conditionOf, resultsOf, statusOf } from './status.ts';

/** Fetches artifacts for the function, and limits the time that a call may wait for them. */
export interface Artifacts {
  readonly source: Pick<ArtifactSource, 'get' | 'content'>;
  readonly budgetMs: number;
}

/** The result of the package cache. */
export interface CachePart {
  readonly resources: ReadonlyMap<string, Resource>;
  readonly status: ReturnType<typeof statusOf>;
  readonly results: readonly Result[];
  readonly conditions: readonly Condition[];
  /** The requested changes that cannot be made, one sentence each. */
  readonly cannotChange: readonly string[];
  /** The resources that Crossplane must pass in the next call, by requirement. */
  readonly required: ReadonlyMap<string, ResourceSelector>;
  /** The time until the next useful call in seconds; Infinity if nothing is pending. */
  readonly ttlSeconds: number;
}

/** The input of the package cache of a composite. */
export interface CacheCall {
  readonly request: RequestView;
  readonly composite: Composite;
  /** The prefix of the step's composed resource names. Names here do not have it. */
  readonly prefix: string;
  readonly packages: ListedSources;
  readonly input: PackageCacheInput;
  /** The observed URIs of the workload's repositories, by their keys. */
  readonly uris: ReadonlyMap<string, string>;
  /** Undefined if nothing can be fetched, as in a rendering. Existing content is then retained. */
  readonly artifacts: Artifacts | undefined;
  readonly intactChunks: IntactChunks;
}

const PENDING_SECONDS = 3;
/** The maximum time until the next call while an object is missing that this function does not create: Crossplane does not report its creation. */
const WAITING_SECONDS = 30;
const SHORTEST_SECONDS = 1;

/** Returns the ConfigMaps, packages, status and events of a composite's sources. Throws InputError for contradictions. */
export async function cachePackages(call: CacheCall): Promise<CachePart> {
  const { request, composite, prefix, packages, input, uris } = call;
  const plans = planSources(packages, { composite, prefix, input, uris });
  const observed = readObservedCache(request.observed, prefix, call.intactChunks);
  const { bySource, orphans } = adoptSets(plans, observed.sets);
  const claims = claimPackages(plans, observed.packages);
  const pinned = pinnedContent(claims, observed, input);
  const packageOf = (set: ObservedSet) => pinned.get(contentOf(set) ?? '');
  const before = statusBefore(request, prefix);
  const required = new Map<string, ResourceSelector>();
  const signal = AbortSignal.timeout(call.artifacts?.budgetMs ?? 0);
  const shared = { required, signal, before };
  const isPinned = (set: ObservedSet) => packageOf(set) !== undefined;
  const cachedOf = ({ name }: SourcePlan): Cached => ({
    sets: inOrder(bySource.get(name) ?? [], before, name, isPinned),
    installed: [...pinned].find(([, one]) => one === claims.get(name)?.observed)?.[0],
  });
  const resolved = await Promise.all(plans.map((plan) => resolveSource(plan, call, cachedOf(plan), shared)));
  const lonely = orphans.filter(isPinned);
  const reservedBytes = lonely.reduce((total, { manifest }) => total + (manifest?.size ?? 0), 0);
  const sources = decideSources(resolved, { maxBytes: input.maxContentBytes, reservedBytes, isPinned }).map((one) => {
    const conflict = claims.get(one.plan.name)?.conflict;
    return conflict === undefined ? one : { ...one, reason: 'Conflict' as const, message: conflict };
  });
  const outcomes = decidePackages(sources, claims, observed, input);
  const isLeaving = outcomes.some(({ state }) => state === 'released' || state === 'removed');
  const isHealing = sources.some(({ reason }) => reason === 'Damaged');
  const isInstalling = outcomes.some((one) => one.sourceOutcome !== undefined && !isHealthy(one.observed));
  const waits = [
    ...resolved.map(({ nextSeconds }) => nextSeconds),
    ...(isLeaving || isHealing ? [PENDING_SECONDS] : []),
    ...(isInstalling ? [WAITING_SECONDS] : []),
  ];
  const part: CachePart = {
    resources: resourcesOf(call, sources, lonely, outcomes, packageOf),
    status: statusOf(sources, outcomes, composite, before),
    results: resultsOf(sources),
    conditions: [conditionOf(sources, outcomes, lonely)],
    cannotChange: [...claims.values()].flatMap((claim) => claim.cannotChange ?? []),
    required,
    ttlSeconds: Math.max(SHORTEST_SECONDS, Math.min(...waits)),
  };
  return guardInstalls(part, call);
}

/** Returns the desired ConfigMaps and packages. `orphans` are sets without a source from which packages are installed. */
function resourcesOf(
  { input, request }: CacheCall,
  sources: readonly SourceOutcome[],
  orphans: readonly ObservedSet[],
  outcomes: readonly PackageOutcome[],
  packageOf: (set: ObservedSet) => ObservedPackage | undefined,
): Map<string, Resource> {
  const keep = input.onRemoval === 'Keep';
  const setOwners = (set: ObservedSet) => ownersOf(packageOf(set), keep);
  const resources = new Map<string, Resource>();
  for (const one of sources) {
    for (const [name, resource] of configMapResources(one, input, setOwners)) resources.set(name, resource);
  }
  for (const set of orphans) rebuild(resources, set, set, input, setOwners);
  // Crossplane reports its capabilities since version 2.2.
  const isOld = request.capabilities === undefined;
  const installs = installResources(outcomes, { keep, usages: !isOld, tagsCollide: isOld });
  for (const [name, resource] of installs) resources.set(name, resource);
  return resources;
}

/** Adds the result of the package cache to a response. `keptBefore` returns the packages that earlier steps keep. */
export function addPackages(
  response: ResponseBuilder,
  part: CachePart,
  request: RequestView,
  keptBefore: () => readonly Json[],
): void {
  for (const [name, resource] of part.resources) response.resource(name, resource);
  const { packageCache, keptPackages } = part.status;
  response.statusEntries('packageCache', packageCache);
  if (keptPackages.length > 0) response.status({ keptPackages: [...keptBefore(), ...keptPackages] });
  for (const result of part.results) response.event(result);
  for (const condition of part.conditions) response.condition(condition);
  if (part.required.size > 0) response.requires(lookupsOf(part.required, request));
  response.callAgainIn(part.ttlSeconds);
}

type Resolved = SourceFinding & { readonly nextSeconds: number };

/** The context that all sources of a composite share. */
interface SharedContext {
  readonly required: Map<string, ResourceSelector>;
  readonly signal: AbortSignal;
  /** The status of the sources by their names. */
  readonly before: JsonObject;
}

/** The content of a source in the cluster. */
interface Cached {
  readonly sets: readonly ObservedSet[];
  /** The `repository@digest` of its package. */
  readonly installed: string | undefined;
}

/** Determines the artifact that a source currently selects. */
async function resolveSource(
  plan: SourcePlan,
  { request, composite: { requestedAt }, input, artifacts }: CacheCall,
  { sets: observed, installed }: Cached,
  { required, signal, before }: SharedContext,
): Promise<Resolved> {
  const { lastHandledReconcileAt, set } = objectAt(before, plan.name);
  const handledAt = typeof lastHandledReconcileAt === 'string' ? lastHandledReconcileAt : undefined;
  const without = (
    reason: SourceFinding['reason'],
    message: string,
    nextSeconds = Number.POSITIVE_INFINITY,
  ): Resolved => {
    return { plan, reason, message, observed, selected: undefined, nextSeconds, handledAt };
  };
  if (plan.source.suspend) return without('Suspended', 'The source is suspended; its content is retained');
  if (plan.contradiction !== undefined) return without('InvalidSource', plan.contradiction);
  const { target } = plan;
  if (target === undefined) {
    return without(
      'Pending',
      'Waiting for the URI of the bundle repository; set url to use another one',
      WAITING_SECONDS,
    );
  }
  if ('notAllowed' in target) return without('NotAllowed', target.notAllowed);
  const secrets = readSecrets(plan, input, request, required);
  if (secrets.kind === 'waiting') return without('Pending', secrets.message, PENDING_SECONDS);
  if (secrets.kind === 'unusable') return without(secrets.reason, secrets.message, WAITING_SECONDS);
  const choice = chooseConnection(plan.source, target.repository, secrets.connection, request);
  if ('reason' in choice) return without(choice.reason, choice.message, WAITING_SECONDS);
  if (artifacts === undefined) return without('Pending', 'Fetching is not available in this process');
  const sourceRequest = requestOf(plan, target, input, choice.connection, secrets.signers);
  const checkNow = requestedAt === handledAt ? undefined : requestedAt;
  const result = await artifacts.source.get(sourceRequest, { ...plan, checkNow }, signal);
  const offline = selectedOffline(sourceRequest, result, plan, observed, installed);
  // The store may belong only to this pod and be older than the content that another pod brought to the cluster.
  const [latest] = observed;
  const present = result.restored && offline && offline.manifest === latest?.manifest && latest.name === set;
  const selected =
    (present ? undefined : await selectedArtifact(sourceRequest, result, plan, artifacts, observed, signal)) ?? offline;
  const isMissing =
    selected !== undefined && selected.content === undefined && !setInCluster(plan, selected.manifest, observed);
  return {
    plan,
    ...reportOf(result, plan),
    observed,
    selected,
    handledAt: result.pending ? handledAt : (requestedAt ?? handledAt),
    nextSeconds: result.pending || isMissing ? PENDING_SECONDS : Math.min(result.nextMs / 1_000, mostSeconds(result)),
  };
}

function reportOf({ fetched, failure }: SourceResult, plan: SourcePlan): Pick<SourceFinding, 'reason' | 'message'> {
  if (failure?.reason === 'TooLarge') return { ...failure, message: `${failure.message}: ${packCommand(plan)}` };
  if (failure) return failure;
  return fetched ? { reason: 'Fetched' } : { reason: 'Pending', message: 'Fetching' };
}

/** Limits the time until the next call, since a Secret with credentials may be corrected long before the next retry of the registry. */
function mostSeconds({ failure }: SourceResult): number {
  const isAccess = failure?.reason === 'AuthFailed' || failure?.reason === 'VerifyFailed';
  return isAccess ? WAITING_SECONDS : Number.POSITIVE_INFINITY;
}

function requestOf(
  { secretsNamespace }: SourcePlan,
  target: FetchTarget,
  { chunkSize, maxContentBytes }: PackageCacheInput,
  connection: SourceRequest['connection'],
  signers: SourceRequest['signers'],
): SourceRequest {
  return {
    ...target,
    tenant: secretsNamespace,
    connection,
    signers,
    chunkSize,
    maxBytes: maxContentBytes,
  };
}

/** Requests the content only if it is not in the cluster yet. */
async function selectedArtifact(
  sourceRequest: SourceRequest,
  { fetched }: SourceResult,
  plan: SourcePlan,
  { source }: Artifacts,
  observed: readonly ObservedSet[],
  signal: AbortSignal,
): Promise<SelectedArtifact | undefined> {
  if (fetched === undefined) return undefined;
  const { revision, manifest, packageType, leftOut, metadata } = fetched;
  const annotations = {
    ...metadata,
    ...(packageType !== undefined && { [TYPE_ANNOTATION]: packageType }),
    ...(leftOut !== undefined && { [LEFT_OUT_ANNOTATION]: leftOut }),
    ...checksOf(sourceRequest),
  };
  const selected = { revision, manifest, annotations, content: undefined };
  if (setInCluster(plan, manifest, observed)) return selected;
  return { ...selected, content: await source.content(sourceRequest, fetched, plan, signal) };
}
