import { statusOf } from './claims.ts';
import type { Cluster } from './kubernetes/cluster.ts';
import { type KubernetesObject, refOf } from './kubernetes/object.ts';

/** Writes the status of a repository of provider-upjet-aws, which does not run here, as the provider does after the creation. */
export async function provide(cluster: Cluster, repository: KubernetesObject): Promise<void> {
  const { arn, uri, registryId } = statusOf(repository.metadata.annotations?.['crossplane.io/external-name'] ?? '');
  const conditions = [
    { type: 'Ready', reason: 'Available' },
    { type: 'Synced', reason: 'ReconcileSuccess' },
  ].map((each) => ({ ...each, status: 'True', lastTransitionTime: new Date().toISOString() }));
  const atProvider = { arn, registryId, repositoryUrl: uri };
  await cluster.patch(refOf(repository), { status: { atProvider, conditions } }, 'status');
}
