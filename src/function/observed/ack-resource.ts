import { isList, isObject, type JsonObject } from '../../json/value.ts';

/** The annotations of ACK's controllers. Only the ECR controller has force-delete. */
export const ACK = {
  region: 'services.k8s.aws/region',
  deletionPolicy: 'services.k8s.aws/deletion-policy',
  adoptionPolicy: 'services.k8s.aws/adoption-policy',
  forceDelete: 'ecr.services.k8s.aws/force-delete',
} as const;

/** True for an object of ACK's ECR controller. */
export function isAck({ apiVersion }: JsonObject): boolean {
  return typeof apiVersion === 'string' && apiVersion.startsWith('ecr.services.k8s.aws/');
}

/**
 * Converts an object of ACK's ECR controller to the form of Crossplane's managed resources. `ACK.ResourceSynced` becomes Ready and Synced;
 * `ACK.Terminal` and `ACK.Recoverable` contain errors.
 */
export function asManagedResource(object: JsonObject): JsonObject {
  const [metadata, spec, status] = ['metadata', 'spec', 'status'].map((key) => objectIn(object, key));
  const annotations = objectIn(metadata, 'annotations');
  const { arn, ownerAccountID, region } = objectIn(status, 'ackResourceMetadata');
  const { name, prefix, ecrRepositoryPrefix, upstreamRegistryURL, upstreamRepositoryPrefix } = spec ?? {};
  const { encryptionConfiguration } = spec ?? {};
  return {
    ...object,
    metadata: { ...metadata, annotations: { ...annotations, 'crossplane.io/external-name': name ?? prefix } },
    spec: {
      deletionPolicy: annotations[ACK.deletionPolicy] === 'retain' ? 'Orphan' : 'Delete',
      forProvider: {
        region: annotations[ACK.region] ?? region,
        ecrRepositoryPrefix,
        upstreamRegistryUrl: upstreamRegistryURL,
        upstreamRepositoryPrefix,
      },
    },
    status: {
      atProvider: {
        repositoryUri: status?.repositoryURI,
        arn,
        registryId: ownerAccountID,
        encryptionConfiguration: encryptionConfiguration && [encryptionConfiguration],
      },
      conditions: conditionsOf(status ?? {}, ownerAccountID !== undefined),
    },
  };
}

function conditionsOf({ conditions }: JsonObject, isKnown: boolean): JsonObject[] {
  const list = isList(conditions) ? conditions.filter(isObject) : [];
  const find = (type: string) => list.find((one) => one.type === type);
  const synced = find('ACK.ResourceSynced');
  const failed = [find('ACK.Terminal'), find('ACK.Recoverable')].find((one) => one?.status === 'True');
  if (failed) return [{ ...failed, type: 'Synced', status: 'False' }];
  if (synced?.status !== 'True' || !isKnown) return [];
  return [
    { ...synced, type: 'Ready' },
    { ...synced, type: 'Synced' },
  ];
}

function objectIn(object: JsonObject | undefined, key: string): JsonObject {
  const value = object?.[key];
  return isObject(value) ? value : {};
}
