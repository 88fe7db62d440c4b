import assert from 'node:assert/strict';
import type { Cluster, Collection } from './kubernetes/cluster.ts';
import { conditionOf, hasConditions, type KubernetesObject, type ObjectRef, refOf } from './kubernetes/object.ts';

const CLAIM = { apiVersion: 'tap.vrabbi.cloud/v1alpha1', kind: 'WorkloadECRRepo' };

const COMPOSED_NAME = 'crossplane.io/composition-resource-name';

/** The composites that Crossplane makes of claims. */
export const COMPOSITES: Collection = { apiVersion: CLAIM.apiVersion, kind: 'XWorkloadECRRepo' };

/** The repositories of the AWS provider. */
export const REPOSITORIES: Collection = { apiVersion: 'ecr.aws.crossplane.io/v1beta1', kind: 'Repository' };

/** The claims of one namespace, or of all. */
export function claims(namespace?: string): Collection {
  return namespace === undefined ? CLAIM : { ...CLAIM, namespace };
}

/** True for a composite, or a composed resource, of a claim in this namespace. */
export function isClaimedIn(namespace: string, { metadata }: KubernetesObject): boolean {
  return metadata.labels?.['crossplane.io/claim-namespace'] === namespace;
}

/** The reference of a claim. */
export function claimRef(namespace: string, name: string): ObjectRef {
  return { ...CLAIM, namespace, name };
}

/**
 * Creates or updates a claim: the example's parameters with `parameters`; the workload has the name of the claim. `spec` has the
 * other fields.
 */
export async function applyClaim(
  cluster: Cluster,
  { namespace, name }: ObjectRef,
  parameters: Readonly<Record<string, unknown>> = {},
  spec: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const common = { workloadName: name, region: 'eu-west-2', repoPrefix: 'e2e', providerName: 'aws-provider' };
  const merged = { ...spec, parameters: { ...common, ...parameters } };
  await cluster.apply({ ...CLAIM, metadata: { name, namespace }, spec: merged });
}

/** Creates a namespace. */
export async function applyNamespace(cluster: Cluster, name: string): Promise<void> {
  await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
}

/** Waits until a claim is ready and returns it. */
export function readyClaim(cluster: Cluster, ref: ObjectRef): Promise<KubernetesObject> {
  return cluster.until(ref, 'is ready', (object) => hasConditions(object, 'Ready', 'Synced') && object);
}

/** Waits until claims of one namespace are ready. */
export function readyClaims(cluster: Cluster, namespace: string, names: readonly string[]): Promise<boolean> {
  return cluster.follow(claims(namespace), `the claims of ${namespace} are ready`, (objects) =>
    names.every((name) => hasConditions(objects.get(`${namespace}/${name}`), 'Ready', 'Synced')),
  );
}

/** Deletes all claims of a namespace and waits until they and their composed repositories are gone. */
export async function deleteClaims(cluster: Cluster, namespace: string): Promise<void> {
  const found = await cluster.list(claims(namespace));
  await Promise.all(found.map((each) => cluster.remove(refOf(each))));
  await cluster.follow(claims(namespace), `no claim of ${namespace} is left`, (objects) => objects.size === 0);
  await Promise.all(found.map((each) => deletedInEcr(cluster, refOf(each))));
}

/** Deletes a claim and waits until it is gone. */
export async function deleteClaim(cluster: Cluster, ref: ObjectRef): Promise<void> {
  await cluster.remove(ref);
  await cluster.until(ref, 'is gone', (object) => object === undefined);
}

/** The composed repositories of a claim, by their names as composed resources. Throws when two have the same. */
export async function composedOf(
  cluster: Cluster,
  { namespace, name }: ObjectRef,
): Promise<ReadonlyMap<string, KubernetesObject>> {
  const all = await cluster.list(REPOSITORIES);
  const own = all.filter(({ metadata }) => isOf(metadata.labels ?? {}, namespace, name));
  const named = new Map(own.map((each) => [each.metadata.annotations?.[COMPOSED_NAME] ?? '', each]));
  assert.equal(named.size, own.length, `the composed resources of ${namespace}/${name} have names of their own`);
  return named;
}

/** Waits until no composed repository of a claim exists. */
export function withoutComposed(cluster: Cluster, claim: ObjectRef): Promise<boolean> {
  return followComposed(cluster, claim, 'no Repository is left', (own) => own.length === 0);
}

/**
 * Waits until every composed repository of a claim is deleted in ECR. The provider keeps the object itself until half a minute
 * after it created the repository.
 */
export function deletedInEcr(cluster: Cluster, claim: ObjectRef): Promise<boolean> {
  return followComposed(cluster, claim, 'every Repository is deleted in ECR', (own) =>
    own.every((each) => conditionOf(each, 'Ready')?.reason === 'Deleting' && hasConditions(each, 'Synced')),
  );
}

/** Waits until ECR has refused to delete a repository because it has images. */
export function refusedDeletion(cluster: Cluster, repository: KubernetesObject): Promise<unknown> {
  return cluster.until(refOf(repository), 'is refused its deletion', (object) =>
    /RepositoryNotEmpty|not empty|contains images/i.test((object && conditionOf(object, 'Synced')?.message) ?? ''),
  );
}

function followComposed(
  cluster: Cluster,
  { namespace, name }: ObjectRef,
  what: string,
  reached: (own: readonly KubernetesObject[]) => boolean,
): Promise<boolean> {
  return cluster.follow(REPOSITORIES, `${what} of the claim ${namespace}/${name}`, (objects) =>
    reached([...objects.values()].filter(({ metadata }) => isOf(metadata.labels ?? {}, namespace, name))),
  );
}

function isOf(labels: Readonly<Record<string, string>>, namespace: string | undefined, name: string): boolean {
  return labels['crossplane.io/claim-namespace'] === namespace && labels['crossplane.io/claim-name'] === name;
}

/** The status of a ready repository in a composite. */
export function statusOf(name: string) {
  return {
    name,
    uri: `123456789012.dkr.ecr.eu-west-2.amazonaws.com/${name}`,
    arn: `arn:aws:ecr:eu-west-2:123456789012:repository/${name}`,
    registryId: '123456789012',
    ready: true,
    synced: true,
  };
}
