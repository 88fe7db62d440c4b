import { utf8Bytes } from '../internal/bytes/bytes.ts';
import type { JsonObject } from '../json/value.ts';
import { decodeStruct } from '../protocol/struct.ts';
import type { Bytes } from '../protocol/wire.ts';
import { type Observed, POLICY_PROJECTION, REPOSITORY_PROJECTION, readObserved } from './observed/managed-resource.ts';
import { composedResourcesOfStep } from './pipeline/step.ts';
import type { RepositoryParts, WorkloadPlan } from './plan.ts';
import { PULL_SECRET, PULL_SECRET_PROJECTION } from './pull-secret/pull-secret.ts';
import { LEAVING_PROJECTION } from './repositories/flavor-change/leaving.ts';
import { baseNameOf, isOfOther } from './repositories/flavor-change/names.ts';
import { isRepository } from './repositories/providers/provider.ts';

/** The observed resources of a workload. */
export interface Existing {
  /** Repositories, policies and prefix resources by composed resource name, without the prefix of the step. */
  readonly observed: ReadonlyMap<string, Observed>;
  /** The objects of those resources whose flavor differs from that of the plan. */
  readonly ofOtherFlavors: ReadonlyMap<string, JsonObject>;
  /** True when a resource has moved from another flavor, or must move. */
  readonly hasMoved: boolean;
  readonly secret: JsonObject | undefined;
}

/** Reads the observed resources that this function composes or has composed. */
export function readExisting(state: Bytes, { namePrefix, names, repositories, flavor }: WorkloadPlan): Existing {
  const observed = new Map<string, Observed>();
  const ofOtherFlavors = new Map<string, JsonObject>();
  let hasMoved = false;
  let secret: JsonObject | undefined;
  for (const [name, struct] of composedResourcesOfStep(state, namePrefix, names.exact, names.prefixes)) {
    if (name === PULL_SECRET) secret = decodeStruct(struct, PULL_SECRET_PROJECTION);
    else {
      const base = baseNameOf(name);
      if (base.includes('.')) continue;
      const isOfRepository = repositories.some(({ plan }) => plan.composedName === base);
      const object = decodeStruct(struct, isOfRepository ? REPOSITORY_PROJECTION : POLICY_PROJECTION);
      if (isOfRepository && !isRepository(object)) continue;
      const seen = readObserved(object);
      const isLeaving = isOfOther(flavor, seen);
      observed.set(name, seen);
      if (isLeaving) ofOtherFlavors.set(name, decodeStruct(struct, LEAVING_PROJECTION));
      if (isLeaving || base !== name) hasMoved = true;
    }
  }
  return { observed, ofOtherFlavors, hasMoved, secret };
}

/** Returns the registry host of the first repository whose URI is known. */
export function hostOf(observed: ReadonlyMap<string, Observed>): string | undefined {
  for (const { uri } of observed.values()) if (uri !== undefined) return uri.slice(0, uri.indexOf('/'));
  return undefined;
}

/**
 * Returns the observed URIs of repositories by their keys. A URI whose path differs from the repository's name is ignored: the platform's
 * login is used for these repositories, and others may write a namespaced resource.
 */
export function urisOf(
  repositories: readonly RepositoryParts[],
  observed: ReadonlyMap<string, Observed>,
): ReadonlyMap<string, string> {
  const uris = repositories.flatMap(({ plan: { key, composedName, externalName } }): [string, string][] => {
    const uri = observed.get(composedName)?.uri;
    return uri !== undefined && uri.slice(uri.indexOf('/') + 1) === externalName ? [[key, uri]] : [];
  });
  return new Map(uris);
}

/** Returns the connection details of the composite: URI, ARN and registry ID of each repository. */
export function connectionDetailsOf(
  repositories: readonly RepositoryParts[],
  observed: ReadonlyMap<string, Observed>,
): Record<string, Bytes> {
  const entries = repositories.flatMap(({ plan: { key, composedName } }): [string, Bytes][] => {
    const seen = observed.get(composedName);
    const values = { uri: seen?.uri, arn: seen?.arn, registryId: seen?.registryId };
    return Object.entries(values).flatMap(([what, value]) => (value ? [[`${key}.${what}`, utf8Bytes(value)]] : []));
  });
  return Object.fromEntries(entries);
}
