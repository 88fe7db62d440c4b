import { printableLines } from '../../internal/quote.ts';
import { isList, isObject, type Json, type JsonObject } from '../../json/value.ts';
import { projection } from '../../protocol/struct.ts';
import { ACK, asManagedResource, isAck } from './ack-resource.ts';

/** The label of composed repositories that identifies their region and their name in ECR. */
export const NAME_LABEL = 'workload-ecr.fn.crossplane.io/repository';
/** The annotation of composed repositories that is `true` once it is certain that no other composite has a repository of that name. */
export const NAME_CHECKED = 'workload-ecr.fn.crossplane.io/name-checked';

/** The state of an existing managed resource of this function. */
export interface Observed {
  readonly apiVersion: string | undefined;
  readonly uid: string | undefined;
  /** The UID of the composite that composed it. Unlike labels of composites, only those who may write managed resources could forge it. */
  readonly ownerUid: string | undefined;
  /** The time of its creation, as text that sorts by time. */
  readonly createdAt: string | undefined;
  /** The name in AWS, from its annotation. */
  readonly externalName: string | undefined;
  /** True when its annotation states that no other composite has its name in ECR. */
  readonly nameChecked: boolean;
  readonly labels: JsonObject;
  readonly namespace: string | undefined;
  readonly providerName: string | undefined;
  readonly providerKind: string | undefined;
  /** The address to push to and pull from, `<account>.dkr.ecr.<region>.amazonaws.com/<name>`. */
  readonly uri: string | undefined;
  readonly arn: string | undefined;
  readonly registryId: string | undefined;
  /** The desired settings, as the provider sends them to AWS. */
  readonly forProvider: JsonObject;
  /** The encryption of the repository in AWS. */
  readonly encryption: { readonly type: string; readonly kmsKey: string | undefined } | undefined;
  /** True when deleting the object also deletes the resource in AWS. */
  readonly deletable: boolean;
  /** True when it is being deleted. */
  readonly isBeingDeleted: boolean;
  /** True when the provider reports Ready and Synced for the current generation, and the resource is not being deleted. */
  readonly ready: boolean;
  /** True when the last attempt of the provider succeeded, false when it failed, undefined before the first attempt. */
  readonly synced: boolean | undefined;
  /** The error of the provider's last attempt, if it failed. */
  readonly failure: string | undefined;
}

const STATUS = {
  atProvider: {
    repositoryUri: true,
    repositoryUrl: true,
    repositoryArn: true,
    arn: true,
    registryId: true,
    encryptionConfiguration: true,
  },
  repositoryURI: true,
  ackResourceMetadata: true,
  conditions: { type: true, status: true, reason: true, message: true, observedGeneration: true },
} as const;

const ANNOTATIONS = {
  'crossplane.io/external-name': true,
  [NAME_CHECKED]: true,
  [ACK.region]: true,
  [ACK.deletionPolicy]: true,
} as const;

/** The fields that {@link readObserved} reads of the composite's own repositories, of any flavor. */
export const REPOSITORY_PROJECTION = projection({
  apiVersion: true,
  kind: true,
  metadata: {
    generation: true,
    creationTimestamp: true,
    deletionTimestamp: true,
    uid: true,
    annotations: ANNOTATIONS,
    labels: { [NAME_LABEL]: true },
  },
  spec: {
    deletionPolicy: true,
    managementPolicies: true,
    forProvider: { region: true },
    name: true,
    encryptionConfiguration: true,
  },
  status: STATUS,
});

/** The fields that {@link readObserved} reads of other composites' repositories. */
export const FOREIGN_PROJECTION = projection({
  apiVersion: true,
  metadata: {
    name: true,
    creationTimestamp: true,
    deletionTimestamp: true,
    namespace: true,
    uid: true,
    ownerReferences: { uid: true, controller: true },
    annotations: ANNOTATIONS,
    labels: {
      'crossplane.io/composite': true,
      'crossplane.io/claim-name': true,
      'crossplane.io/claim-namespace': true,
    },
  },
  spec: {
    deletionPolicy: true,
    managementPolicies: true,
    providerConfigRef: { name: true, kind: true },
    forProvider: { region: true },
    name: true,
  },
  status: { atProvider: { registryId: true }, ackResourceMetadata: true },
});

/** The fields that {@link readObserved} reads of policies and of resources for a whole prefix. */
export const POLICY_PROJECTION = projection({
  apiVersion: true,
  metadata: { generation: true, deletionTimestamp: true, annotations: ANNOTATIONS },
  spec: {
    deletionPolicy: true,
    managementPolicies: true,
    ecrRepositoryPrefix: true,
    upstreamRegistryURL: true,
    upstreamRepositoryPrefix: true,
    forProvider: {
      region: true,
      repository: true,
      repositoryName: true,
      lifecyclePolicyText: true,
      rawPolicy: true,
      policy: true,
      ecrRepositoryPrefix: true,
      upstreamRegistryUrl: true,
      upstreamRepositoryPrefix: true,
    },
  },
  status: { ackResourceMetadata: true, conditions: STATUS.conditions },
});

/** Reads an observed managed resource. */
export function readObserved(shown: JsonObject): Observed {
  const object = isAck(shown) ? asManagedResource(shown) : shown;
  const metadata = objectAt(object, 'metadata');
  const spec = objectAt(object, 'spec');
  const status = objectAt(object, 'status');
  const atProvider = objectAt(status, 'atProvider');
  const annotations = objectAt(metadata, 'annotations');
  const providerConfigRef = objectAt(spec, 'providerConfigRef');
  const { ready, synced, failure } = readConditions(status, metadata);
  return {
    apiVersion: text(object.apiVersion),
    uid: text(metadata.uid),
    ownerUid: controllerOf(metadata),
    createdAt: text(metadata.creationTimestamp),
    // Without the annotation, providers use the name of the object.
    externalName: text(annotations['crossplane.io/external-name']) ?? text(metadata.name),
    nameChecked: annotations[NAME_CHECKED] === 'true',
    labels: objectAt(metadata, 'labels'),
    namespace: text(metadata.namespace),
    providerName: text(providerConfigRef.name),
    providerKind: text(providerConfigRef.kind),
    uri: text(atProvider.repositoryUri) ?? text(atProvider.repositoryUrl),
    arn: text(atProvider.repositoryArn) ?? text(atProvider.arn),
    registryId: text(atProvider.registryId),
    forProvider: objectAt(spec, 'forProvider'),
    encryption: readEncryption(atProvider.encryptionConfiguration),
    deletable: isDeletable(spec),
    isBeingDeleted: metadata.deletionTimestamp !== undefined,
    ready: ready && metadata.deletionTimestamp === undefined,
    synced,
    failure,
  };
}

/** The maximum length of an error. Providers repeat the response of a service, regardless of its length. */
const MAX_FAILURE_LENGTH = 4_096;

/** Reads readiness from the Ready and Synced conditions that Crossplane's providers set on managed resources. */
function readConditions(
  { conditions }: JsonObject,
  metadata: JsonObject,
): Pick<Observed, 'ready' | 'synced' | 'failure'> {
  const list = isList(conditions) ? conditions.filter(isObject) : [];
  const ready = list.find(({ type }) => type === 'Ready');
  const synced = list.find((condition) => condition.type === 'Synced' && !isWriteConflict(condition));
  const failed = synced?.status === 'False' ? synced : undefined;
  return {
    ready: isTrue(ready, metadata.generation) && isTrue(synced, metadata.generation),
    synced: synced === undefined ? undefined : synced.status === 'True',
    failure:
      failed && printableLines(text(failed.message) ?? text(failed.reason) ?? 'Synced is False', MAX_FAILURE_LENGTH),
  };
}

/**
 * True when the provider's object has been changed in the meantime, for example by Crossplane. The provider retries immediately. This is
 * frequent with many claims at the same time, and each report would be written to the composite and the claim, with an event.
 */
function isWriteConflict({ status, message }: JsonObject): boolean {
  return status === 'False' && typeof message === 'string' && WRITE_CONFLICT.test(message);
}

/** The message of the API server for a conflict (k8s.io/apiserver, OptimisticLockErrorMsg). */
const WRITE_CONFLICT =
  /Operation cannot be fulfilled on \S+ "[^"]*": the object has been modified; please apply your changes to the latest version and try again$/;

function isTrue(condition: JsonObject | undefined, generation: Json | undefined): boolean {
  if (condition?.status !== 'True') return false;
  const seen = condition.observedGeneration;
  return typeof seen !== 'number' || typeof generation !== 'number' || seen >= generation;
}

function isDeletable({ deletionPolicy, managementPolicies }: JsonObject): boolean {
  const actions = isList(managementPolicies) ? managementPolicies : ['*'];
  if (!actions.includes('*')) return actions.includes('Delete');
  return deletionPolicy !== 'Orphan';
}

function controllerOf({ ownerReferences }: JsonObject): string | undefined {
  const owners = isList(ownerReferences) ? ownerReferences.filter(isObject) : [];
  return text(owners.find(({ controller }) => controller === true)?.uid);
}

function readEncryption(value: Json | undefined): Observed['encryption'] {
  const first = isList(value) ? value[0] : undefined;
  const type = isObject(first) ? text(first.encryptionType) : undefined;
  return type === undefined || !isObject(first) ? undefined : { type, kmsKey: text(first.kmsKey) };
}

/** Returns the object at a property, or an empty one. */
export function objectAt(object: JsonObject, key: string): JsonObject {
  const value = object[key];
  return isObject(value) ? value : {};
}

function text(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
