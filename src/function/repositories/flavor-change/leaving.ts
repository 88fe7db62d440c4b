import { isList, type JsonObject } from '../../../json/value.ts';
import { projection } from '../../../protocol/struct.ts';
import { withoutDelete } from '../../api/settings/management-policies.ts';
import { ACK, isAck } from '../../observed/ack-resource.ts';
import { NAME_CHECKED, NAME_LABEL, type Observed, objectAt } from '../../observed/managed-resource.ts';
import type { ComposedPlan } from '../../plan.ts';
import { namespaced } from '../providers/namespaced.ts';
import { baseNameOf } from './names.ts';

/**
 * The fields of a resource of another flavor that {@link leavingResources} composes again: the metadata that this function writes, and the
 * whole spec.
 */
export const LEAVING_PROJECTION = projection({
  apiVersion: true,
  kind: true,
  metadata: {
    annotations: {
      'crossplane.io/external-name': true,
      [NAME_CHECKED]: true,
      [ACK.region]: true,
      [ACK.deletionPolicy]: true,
      [ACK.adoptionPolicy]: true,
      [ACK.forceDelete]: true,
    },
    labels: { region: true, [NAME_LABEL]: true },
  },
  spec: true,
});

/** A composed resource that is temporarily retained. */
export interface Leaving {
  readonly name: string;
  readonly resource: JsonObject;
}

/** The observed resources, and the composed ones. */
export interface LeavingInput {
  readonly composed: readonly ComposedPlan[];
  /** The names of repositories that are or will be composed. */
  readonly awaited: readonly string[];
  readonly observed: ReadonlyMap<string, Observed>;
  /** The observed objects of other flavors, by their names. */
  readonly objects: ReadonlyMap<string, JsonObject>;
}

/**
 * Returns the resources of other flavors to retain for now, without the right to delete anything: those that still have that right, and
 * those whose successor is not ready. All others are omitted, and Crossplane deletes them.
 */
export function leavingResources({ composed, awaited, observed, objects }: LeavingInput): Leaving[] {
  const leaving: Leaving[] = [];
  for (const [name, object] of objects) {
    const seen = observed.get(name);
    const base = baseNameOf(name);
    const successor = composed.find((one) => baseNameOf(one.name) === base);
    const isNeeded =
      successor === undefined
        ? awaited.some((one) => baseNameOf(one) === base)
        : observed.get(successor.name)?.ready !== true;
    if (seen?.deletable || isNeeded) leaving.push({ name, resource: withoutDeletion(object) });
  }
  return leaving;
}

/** Returns an object of any flavor without the right to delete its resource in AWS. */
export function withoutDeletion(object: JsonObject): JsonObject {
  const metadata = objectAt(object, 'metadata');
  if (isAck(object)) {
    const annotations = { ...objectAt(metadata, 'annotations'), [ACK.deletionPolicy]: 'retain' };
    return { ...object, metadata: { ...metadata, annotations } };
  }
  const spec = objectAt(object, 'spec');
  const actions = isList(spec.managementPolicies) ? spec.managementPolicies.map(String) : ['*'];
  // A list of policies takes precedence over deletionPolicy, which namespaced kinds do not have.
  const hasDeletionPolicy = !String(object.apiVersion).startsWith(`${namespaced.name}/`);
  const orphan =
    hasDeletionPolicy && actions.includes('*')
      ? { deletionPolicy: 'Orphan' }
      : { managementPolicies: withoutDelete(actions) };
  return { ...object, spec: { ...spec, ...orphan } };
}
