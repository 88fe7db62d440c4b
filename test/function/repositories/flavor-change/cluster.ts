import { readObserved } from '../../../../src/function/observed/managed-resource.ts';
import type { JsonObject } from '../../../../src/json/value.ts';
import type { Resource } from '../../../../src/protocol/messages.ts';
import { ACCOUNT, AVAILABLE, condition, objectAt, REGION } from '../../call.ts';

/** Objects by the names of composed resources. */
export type Objects = Readonly<Record<string, JsonObject>>;

/** Applies the desired state as Crossplane does: objects whose names are not desired are deleted. */
export function reconcile(
  objects: Objects,
  desired: Readonly<Record<string, Resource>>,
): { readonly objects: Objects; readonly gone: readonly JsonObject[] } {
  const applied = Object.entries(desired).map(([name, { resource = {} }]): [string, JsonObject] => {
    const before = objects[name];
    if (before && (before.apiVersion !== resource.apiVersion || before.kind !== resource.kind)) {
      throw new Error(`Crossplane would forget the ${before.kind} of ${before.apiVersion} that is called ${name}`);
    }
    return [name, before?.status === undefined ? resource : { ...resource, status: before.status }];
  });
  const gone = Object.entries(objects).flatMap(([name, object]) => (name in desired ? [] : [object]));
  return { objects: Object.fromEntries(applied), gone };
}

/** Reports each object as ready and synced, as its provider would. */
export function withReports(objects: Objects): Objects {
  const conditions = [...AVAILABLE, condition('ACK.ResourceSynced', 'True')];
  const ackResourceMetadata = { ownerAccountID: ACCOUNT, region: REGION, arn: 'arn:x' };
  const status = { conditions, ackResourceMetadata, atProvider: { registryId: ACCOUNT } };
  return Object.fromEntries(Object.entries(objects).map(([name, object]) => [name, { ...object, status }]));
}

/** True for an object whose deletion also deletes a resource in AWS that is still needed. */
export function mayDelete(object: JsonObject): boolean {
  return readObserved({ ...object, metadata: objectAt(object, 'metadata') }).deletable;
}
