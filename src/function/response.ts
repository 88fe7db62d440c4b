import { printableLines } from '../internal/quote.ts';
import type { JsonObject } from '../json/value.ts';
import { type Condition, Ready, type Resource, type Result, Severity, Status, Target } from '../protocol/messages.ts';
import type { FunctionResponse } from '../protocol/response.ts';
import type { Bytes } from '../protocol/wire.ts';
import { formatProblems, type Problem } from './api/input-error.ts';
import { type Observed, objectAt } from './observed/managed-resource.ts';
import type { ComposedPlan, Part } from './plan.ts';
import { PULL_SECRET } from './pull-secret/pull-secret.ts';
import type { NameCheck } from './repositories/name-check.ts';

/** What is to be answered: resources beside what is known of them. */
export interface Outcome {
  readonly names: NameCheck;
  /** Composed resources for a whole prefix. */
  readonly prefix: readonly ComposedPlan[];
  /** Policies on their way out; they do not count for readiness. */
  readonly retiring: readonly ComposedPlan[];
  readonly observed: ReadonlyMap<string, Observed>;
  /** Images by repository, where they were asked for and known. */
  readonly images: ReadonlyMap<string, JsonObject>;
  readonly pullSecret: JsonObject | undefined;
  readonly pullSecretReady: boolean;
  readonly connectionDetails: Readonly<Record<string, Bytes>> | undefined;
  readonly ttlSeconds: number;
}

/**
 * Longest wait for the next call, in seconds, while a repository is not ready: as often as Crossplane polls, which sees most changes by
 * itself.
 */
const PENDING_TTL_SECONDS = 60;

const TO_CLAIM = Target.COMPOSITE_AND_CLAIM;

const WHAT: Readonly<Record<Part, string>> = {
  repository: 'ECR repository',
  lifecyclePolicy: 'lifecycle policy of ECR repository',
  repositoryPolicy: 'repository policy of ECR repository',
  creationTemplate: 'creation template',
  pullThroughCacheRule: 'pull-through cache rule',
};

/** What is not as asked for yet: what to call it in a sentence, and what the provider says where it failed. */
interface Pending {
  readonly what: string;
  readonly failure: string | undefined;
  readonly isBeingDeleted?: boolean | undefined;
}

/** Puts resources, status, events and conditions into one answer. */
export function responseOf(
  outcome: Outcome,
): FunctionResponse & { readonly conditions: Condition[]; readonly results: Result[] } {
  const { names, prefix, retiring, observed, images, pullSecret, ttlSeconds } = outcome;
  const resources = new Map<string, Resource>();
  const status: Record<string, JsonObject> = {};
  const results: Result[] = [];
  const pending: Pending[] = [
    ...names.waiting.map((what) => ({ what, failure: undefined })),
    ...names.lost.map((what) => ({ what, failure: 'another composite has this repository' })),
  ];
  const add = ({ name, part, resource }: ComposedPlan, of: string, tell: boolean) => {
    const seen = observed.get(name);
    const ready = seen?.ready ?? false;
    resources.set(name, { resource, ready: ready ? Ready.TRUE : Ready.FALSE });
    if (ready) return;
    const what = part === 'repository' ? of : `${WHAT[part]} ${of}`;
    const failure = tell ? seen?.failure : undefined;
    pending.push({ what, failure, isBeingDeleted: seen?.isBeingDeleted });
    if (failure !== undefined) {
      results.push(event(Severity.WARNING, 'RepositoryNotReady', `${WHAT[part]} ${of} is not ready: ${failure}`));
    }
  };
  for (const { plan, composed } of names.repositories) {
    const { key, externalName, composedName, place } = plan;
    const seen = observed.get(composedName);
    if (!seen) {
      const message = `Creating ECR repository ${externalName} in ${place.region}`;
      results.push(event(Severity.NORMAL, 'ComposeRepository', message));
    }
    // A policy fails as long as its repository is not there; that is nothing to tell.
    for (const one of composed) add(one, externalName, one.part === 'repository' || (seen?.ready ?? false));
    status[key] = repositoryStatus(externalName, composed, observed, images.get(key));
  }
  for (const one of prefix) add(one, prefixOf(one), true);
  for (const { name, resource } of names.leaving) resources.set(name, { resource, ready: Ready.FALSE });
  for (const { name, resource } of retiring) resources.set(name, { resource, ready: Ready.TRUE });
  if (pullSecret) {
    resources.set(PULL_SECRET, { resource: pullSecret, ready: outcome.pullSecretReady ? Ready.TRUE : Ready.FALSE });
  }
  if (names.conflicts.length > 0) {
    results.push(event(Severity.WARNING, 'NameConflict', formatProblems(names.conflicts)));
  }
  const settled = pending.length === 0 && retiring.length === 0;
  return {
    ttlSeconds: settled ? ttlSeconds : Math.min(ttlSeconds, PENDING_TTL_SECONDS),
    resources,
    compositeStatus: {
      repositories: status,
      pullSecret: pullSecret && objectAt(pullSecret, 'metadata').name,
      prefixes: prefix.length === 0 ? undefined : prefix.map((one) => prefixStatus(one, observed.get(one.name))),
    },
    connectionDetails: outcome.connectionDetails,
    results,
    conditions: [parametersValid(names.conflicts), repositoriesReady(pending)],
    requirements: names.requirements,
  };
}

/** An event for the composite and its claim. */
export function event(severity: number, reason: string, message: string): Result {
  return { severity, reason, message, target: TO_CLAIM };
}

/** The longest message of a result or condition; some repeat what several claims, providers or registries wrote. */
const MAX_MESSAGE_LENGTH = 16_384;

/** Bounds the messages of results and conditions and escapes what could mislead their readers. */
export function printableMessages(response: FunctionResponse): FunctionResponse {
  const printable = (message: string) => printableLines(message, MAX_MESSAGE_LENGTH);
  return {
    ...response,
    results: response.results.map((result) => ({ ...result, message: printable(result.message) })),
    conditions: response.conditions.map((one) => {
      return one.message === undefined ? one : { ...one, message: printable(one.message) };
    }),
  };
}

/** A condition of the composite and its claim. */
export function condition(type: string, status: number, reason: string, message?: string): Condition {
  return { type, status, reason, ...(message !== undefined && { message }), target: TO_CLAIM };
}

const PARAMETERS_VALID = condition('ParametersValid', Status.TRUE, 'Valid');
const REPOSITORIES_READY = condition('RepositoriesReady', Status.TRUE, 'Available');

function parametersValid(conflicts: readonly Problem[]): Condition {
  if (conflicts.length === 0) return PARAMETERS_VALID;
  return condition('ParametersValid', Status.FALSE, 'NameConflict', formatProblems(conflicts));
}

function repositoriesReady(pending: readonly Pending[]): Condition {
  if (pending.length === 0) return REPOSITORIES_READY;
  const failures = pending.flatMap(({ what, failure }) => (failure === undefined ? [] : [`${what}: ${failure}`]));
  if (failures.length > 0) {
    return condition('RepositoriesReady', Status.FALSE, 'RepositoryNotReady', failures.join('; '));
  }
  const leaving = pending.filter(({ isBeingDeleted }) => isBeingDeleted);
  const coming = pending.filter((one) => !leaving.includes(one));
  const named = (list: readonly Pending[]) => list.map(({ what }) => what).join(' and ');
  const messages = [
    ...(leaving.length === 0 ? [] : [`Deleting ${named(leaving)}`]),
    ...(coming.length === 0 ? [] : [`Waiting for ECR to have ${named(coming)}`]),
  ];
  const reason = leaving.length === 0 ? 'Creating' : 'Deleting';
  return condition('RepositoriesReady', Status.FALSE, reason, messages.join('; '));
}

function repositoryStatus(
  name: string,
  composed: readonly ComposedPlan[],
  observed: ReadonlyMap<string, Observed>,
  images: JsonObject | undefined,
): JsonObject {
  const [own, ...policies] = composed.map((one) => ({ part: one.part, seen: observed.get(one.name) }));
  const seen = own?.seen;
  const status: Record<string, JsonObject[string]> = {
    name,
    uri: seen?.uri,
    arn: seen?.arn,
    ready: (seen?.ready ?? false) && policies.every((policy) => policy.seen?.ready),
    registryId: seen?.registryId,
    synced: seen?.synced,
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
  return { ready: seen?.ready ?? false, synced: seen?.synced, message: seen?.failure };
}

function prefixOf({ resource }: ComposedPlan): string {
  const spec = objectAt(resource, 'spec');
  const { prefix, ecrRepositoryPrefix } = { ...spec, ...objectAt(spec, 'forProvider') };
  return String(prefix ?? ecrRepositoryPrefix);
}
