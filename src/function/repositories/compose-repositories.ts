import { listed, printable } from '../../internal/quote.ts';
import { allOf } from '../../internal/sentence.ts';
import type { Json, JsonObject } from '../../json/value.ts';
import { type Condition, Severity } from '../../protocol/messages.ts';
import { formatProblems, type Problem } from '../api/input-error.ts';
import { type Observed, objectAt } from '../observed/managed-resource.ts';
import type { ComposedPlan, Part } from '../plan.ts';
import { conditionFalse, conditionTrue, desired, event, type ResponseBuilder } from '../response.ts';
import type { Leaving } from './flavor-change/leaving.ts';
import { baseNameOf } from './flavor-change/names.ts';
import type { NameCheck } from './name-check.ts';

/** The desired repositories, together with the existing resources. */
export interface RepositoriesOutcome {
  readonly names: NameCheck;
  /** Composed resources for a whole prefix. */
  readonly prefix: readonly ComposedPlan[];
  /** Policies that are being removed. They do not affect readiness. */
  readonly retiring: readonly ComposedPlan[];
  /** Resources of other flavors, which are retained until their successors are ready. */
  readonly leaving: readonly Leaving[];
  readonly observed: ReadonlyMap<string, Observed>;
  /** The observed resources, with the values that moving resources take over from their predecessors. */
  readonly known: ReadonlyMap<string, Observed>;
  /** Images by repository, if requested and known. */
  readonly images: ReadonlyMap<string, JsonObject>;
  /** True for the settings of a whole registry. */
  readonly isRegistry: boolean;
  /** Returns the entries of earlier steps in the list of prefixes or registry settings. */
  listBefore(): readonly Json[];
}

/**
 * The maximum time until the next call while a repository is not ready, in seconds. It equals Crossplane's poll interval; Crossplane
 * notices most changes itself.
 */
const PENDING_TTL_SECONDS = 60;

const WHAT: Readonly<Record<Part, string>> = {
  repository: 'ECR repository',
  lifecyclePolicy: 'lifecycle policy of ECR repository',
  repositoryPolicy: 'repository policy of ECR repository',
  creationTemplate: 'creation template',
  pullThroughCacheRule: 'pull-through cache rule',
  registryPolicy: 'registry policy of',
  scanning: 'scanning configuration of',
  replication: 'replication configuration of',
};

/** A resource that is not ready: its composed resource name, its name in ECR for messages, and the provider's error. */
interface Pending {
  readonly name: string;
  readonly what: string;
  readonly failure: string | undefined;
  readonly isBeingDeleted?: boolean | undefined;
  /** The flavors between which it is moving, if it is. */
  readonly move?: string | undefined;
}

/** Adds repositories and policies to a response, with their status, events and conditions. */
export function composeRepositories(response: ResponseBuilder, outcome: RepositoriesOutcome): void {
  const { names, prefix, retiring, leaving, observed, images } = outcome;
  const status: Record<string, JsonObject> = {};
  const pending: Pending[] = [
    ...names.waiting.map((name) => ({ name, what: name, failure: undefined })),
    ...names.lost.map((name) => ({ name, what: name, failure: 'another composite has this repository' })),
  ];
  const add = (one: ComposedPlan, of: string, reportsFailure: boolean) => {
    const left = composeOne(response, one, of, observed.get(one.name), reportsFailure);
    if (left) pending.push({ ...left, move: moveOf(one, leaving) });
  };
  for (const { plan, composed } of names.repositories) {
    const { key, externalName, composedName, location } = plan;
    const seen = observed.get(composedName);
    if (!seen) {
      const move = moveOf(composed[0], leaving);
      const what = `ECR repository ${externalName} in ${location.region}`;
      const message = move ? `Moving ${what} ${move}; it does not change in ECR` : `Creating ${what}`;
      response.event(event(Severity.NORMAL, move ? 'MoveRepository' : 'ComposeRepository', message));
    }
    // Policies cannot be synced before their repository exists. This is not reported.
    for (const one of composed) add(one, externalName, one.part === 'repository' || (seen?.ready ?? false));
    status[key] = repositoryStatus(externalName, composed, outcome, images.get(key));
  }
  for (const one of prefix) add(one, prefixOf(one) ?? regionOf(one), true);
  for (const { name, resource } of names.leaving) response.resource(name, desired(resource, false));
  for (const { name, resource } of leaving) response.resource(name, desired(resource, true));
  for (const { name, resource } of retiring) response.resource(name, desired(resource, true));
  if (names.conflicts.length > 0) {
    response.event(event(Severity.WARNING, 'NameConflict', formatProblems(names.conflicts)));
  }
  if (pending.length > 0 || retiring.length > 0 || leaving.length > 0) response.callAgainIn(PENDING_TTL_SECONDS);
  if (!outcome.isRegistry) response.statusEntries('repositories', status);
  if (prefix.length > 0) {
    const own = prefix.map((one) => prefixStatus(one, observed.get(one.name)));
    response.status({ [outcome.isRegistry ? 'registry' : 'prefixes']: [...outcome.listBefore(), ...own] });
  }
  response.condition(parametersValid(names.conflicts));
  const total = composedCount(names.repositories) + prefix.length + names.waiting.length + names.lost.length;
  response.condition(repositoriesReady(pending, total));
  response.requires(names.requirements);
}

/** Adds a resource. Returns it as pending unless it is ready. */
function composeOne(
  response: ResponseBuilder,
  { name, part, resource }: ComposedPlan,
  of: string,
  seen: Observed | undefined,
  reportsFailure: boolean,
): Pending | undefined {
  const isReady = seen?.ready ?? false;
  response.resource(name, desired(resource, isReady));
  if (isReady) return undefined;
  const what = part === 'repository' ? of : `${WHAT[part]} ${of}`;
  const failure = reportsFailure ? seen?.failure : undefined;
  if (failure !== undefined) {
    const message = `${WHAT[part]} ${of} is not ready: ${failure}`;
    response.event(event(Severity.WARNING, 'RepositoryNotReady', message));
  }
  return { name: baseNameOf(name), what, failure, isBeingDeleted: seen?.isBeingDeleted };
}

/** Describes the flavors between which a resource moves, if the resource of the other flavor still exists. */
function moveOf(one: ComposedPlan | undefined, leaving: readonly Leaving[]): string | undefined {
  if (one === undefined) return undefined;
  const predecessor = leaving.find(({ name }) => baseNameOf(name) === baseNameOf(one.name));
  return predecessor && `from ${groupOf(predecessor.resource)} to ${groupOf(one.resource)}`;
}

function groupOf({ apiVersion }: JsonObject): string {
  return printable(String(apiVersion).split('/')[0] ?? '');
}

const PARAMETERS_VALID = conditionTrue('ParametersValid');
const REPOSITORIES_READY = conditionTrue('RepositoriesReady');

function parametersValid(conflicts: readonly Problem[]): Condition {
  if (conflicts.length === 0) return PARAMETERS_VALID;
  return conditionFalse('ParametersValid', 'NameConflict', formatProblems(conflicts));
}

function composedCount(repositories: NameCheck['repositories']): number {
  return repositories.reduce((count, { composed }) => count + composed.length, 0);
}

/** The maximum number of resources in the message of a condition. There may be hundreds. */
const MAX_NAMED = 2;

function repositoriesReady(pending: readonly Pending[], total: number): Condition {
  if (pending.length === 0) return REPOSITORIES_READY;
  const failures = pending.flatMap(({ what, failure }) => (failure === undefined ? [] : [`${what}: ${failure}`]));
  if (failures.length > 0) {
    return conditionFalse('RepositoriesReady', 'RepositoryNotReady', failures.join('; '));
  }
  const leaving = pending.filter(({ isBeingDeleted }) => isBeingDeleted);
  const moving = pending.filter((one) => one.move !== undefined && !leaving.includes(one));
  const coming = pending.filter((one) => !leaving.includes(one) && !moving.includes(one));
  const messages = [
    ...(leaving.length === 0 ? [] : [`Deleting ${namesOf(leaving)}`]),
    ...(moving.length === 0 ? [] : [`Moving ${namesOf(moving)} ${moving[0]?.move}`]),
    ...(coming.length === 0 ? [] : [`${total - pending.length} of ${total} ready, waiting for ${namesOf(coming)}`]),
  ];
  const reason = leaving.length > 0 ? 'Deleting' : moving.length > 0 ? 'Moving' : 'Creating';
  return conditionFalse('RepositoriesReady', reason, messages.join('; '));
}

function namesOf(pending: readonly Pending[]): string {
  const names = pending.map(({ name }) => name);
  return names.length > MAX_NAMED + 1 ? listed(names, MAX_NAMED) : allOf(names);
}

function repositoryStatus(
  name: string,
  composed: readonly ComposedPlan[],
  { observed, known }: Pick<RepositoriesOutcome, 'observed' | 'known'>,
  images: JsonObject | undefined,
): JsonObject {
  const [own, ...policies] = composed.map(({ part, name: composedName }) => ({
    part,
    seen: observed.get(composedName),
    known: known.get(composedName),
  }));
  const seen = own?.seen;
  const status: Record<string, JsonObject[string]> = {
    name,
    uri: own?.known?.uri,
    arn: own?.known?.arn,
    ready: (seen?.ready ?? false) && policies.every((policy) => policy.seen?.ready),
    registryId: own?.known?.registryId,
    synced: syncedOf(seen),
    message: seen?.failure,
  };
  for (const policy of policies) status[policy.part] = progress(policy.seen);
  if (images) status.images = images;
  return status;
}

function prefixStatus(composed: ComposedPlan, seen: Observed | undefined): JsonObject {
  return { kind: composed.resource.kind, prefix: prefixOf(composed), ...progress(seen) };
}

function progress(seen: Observed | undefined): JsonObject {
  return { ready: seen?.ready ?? false, synced: syncedOf(seen), message: seen?.failure };
}

/** Omits a success before the resource is ready: for each change of the status, Crossplane writes it and calls the function again. */
function syncedOf(seen: Observed | undefined): boolean | undefined {
  return seen?.ready || seen?.synced === false ? seen.synced : undefined;
}

function prefixOf({ resource }: ComposedPlan): string | undefined {
  const spec = objectAt(resource, 'spec');
  const { prefix, ecrRepositoryPrefix = prefix } = { ...spec, ...objectAt(spec, 'forProvider') };
  return typeof ecrRepositoryPrefix === 'string' ? ecrRepositoryPrefix : undefined;
}

function regionOf({ resource }: ComposedPlan): string {
  return String(objectAt(objectAt(resource, 'spec'), 'forProvider').region);
}
