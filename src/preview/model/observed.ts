import { isList, isObject, type JsonObject } from '../../json/value.ts';
import { labelsOf, nameOf, namespaceOf, toJson } from '../../render/documents/object.ts';
import { sourceObject } from '../../render/documents/source.ts';
import type { YamlDocument } from '../../yaml/index.ts';
import { composedNameOf } from './changes.ts';

/**
 * Reads the composed resources of a claim or composite: single objects, or the List with the resources of all composites that `kubectl get
 * managed -o yaml` prints. Resources with the labels of another composite are excluded. Owners are removed, since the UID of the composite
 * of a preview differs from that in the cluster. Throws RenderError.
 */
export function readObserved(documents: readonly YamlDocument[], given: JsonObject): readonly JsonObject[] {
  const objects = documents.flatMap((document) => {
    const object = toJson(sourceObject(document, 'observed').object);
    const { kind, items } = object;
    return kind === 'List' && isList(items) ? items.filter(isObject).filter(isComposed) : [object];
  });
  return objects.filter((object) => isOf(object, given)).map(withoutOwners);
}

function isComposed(object: JsonObject): boolean {
  return composedNameOf(object) !== '';
}

function isOf(object: JsonObject, given: JsonObject): boolean {
  const labels = labelsOf(object);
  const claim = labels['crossplane.io/claim-name'];
  if (claim !== undefined) {
    return claim === nameOf(given) && labels['crossplane.io/claim-namespace'] === namespaceOf(given);
  }
  const composite = labels['crossplane.io/composite'];
  return composite === undefined || composite === nameOf(given);
}

function withoutOwners(object: JsonObject): JsonObject {
  const { metadata } = object;
  return isObject(metadata) ? { ...object, metadata: { ...metadata, ownerReferences: undefined } } : object;
}
