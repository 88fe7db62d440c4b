import type { JsonObject } from '../json/value.ts';
import type { Resource } from '../protocol/messages.ts';
import { isYamlObject } from '../yaml/index.ts';
import { COMPOSED_NAME_ANNOTATION, controllerOf } from './composed.ts';
import { type CompositeSchema, resourceRefsOf } from './composite.ts';
import { annotationsOf, namespaceOf, textAt, valueAt } from './documents/object.ts';
import { RenderError } from './errors.ts';
import type { ObjectStore } from './store.ts';
import { describe } from './subject.ts';

/** Returns the composed resources that a composite refers to and their connection details, by composed resource name. */
export function observeResources(
  composite: JsonObject,
  schema: CompositeSchema,
  store: ObjectStore,
): Readonly<Record<string, Resource>> {
  const observed: Record<string, Resource> = {};
  const uid = textAt(composite, 'metadata', 'uid');
  for (const { apiVersion = '', kind = '', namespace = '', name = '' } of resourceRefsOf(composite, schema)) {
    const resource = store.get(apiVersion, kind, namespaceOf(composite) || namespace, name);
    if (resource === undefined) continue;
    const controller = controllerOf(resource);
    if (controller !== undefined && controller.uid !== uid) continue;
    const composedName = annotationsOf(resource)[COMPOSED_NAME_ANNOTATION];
    if (!composedName) {
      throw new RenderError(
        'INVALID_OBJECT',
        `cannot use observed resource ${describe(resource)}: the annotation ${COMPOSED_NAME_ANNOTATION} is missing`,
      );
    }
    observed[composedName] = { resource, connectionDetails: connectionDetails(resource, store) };
  }
  return observed;
}

/** Returns the data of the Secret with a resource's connection details, if it exists. */
export function connectionDetails(
  resource: JsonObject,
  store: ObjectStore,
): Readonly<Record<string, Uint8Array>> | undefined {
  const ref = valueAt(resource, 'spec', 'writeConnectionSecretToRef');
  if (!isYamlObject(ref)) return undefined;
  return store.secretData(namespaceOf(resource) || textAt(ref, 'namespace'), textAt(ref, 'name'));
}
