import { quote } from '../internal/quote.ts';
import { isList, isObject, type Json, type JsonObject } from '../json/value.ts';
import { Ready, type Resource, type State } from '../protocol/messages.ts';
import { type ObjectReference, ownerLabels } from './composite.ts';
import {
  annotationsOf,
  labelsOf,
  nameOf,
  namespaceOf,
  objectAt,
  splitApiVersion,
  textAt,
  withMetadata,
} from './documents/object.ts';
import { RenderError } from './errors.ts';
import { childName, isValidName } from './names.ts';
import type { RenderEvent } from './pipeline.ts';
import { compareText } from './store.ts';

/** A composed resource, as Crossplane would apply it. */
export interface ComposedResource {
  readonly composedName: string;
  readonly resource: JsonObject;
  readonly ready: boolean;
}

/** The annotation that identifies a resource within its composite. */
export const COMPOSED_NAME_ANNOTATION = 'crossplane.io/composition-resource-name';

/** Converts the desired composed resources to the objects that Crossplane would apply, in the order of their composed resource names. */
export function composeResources(
  composite: JsonObject,
  observed: Readonly<Record<string, Resource>>,
  desired: State,
): readonly ComposedResource[] {
  return Object.entries(desired.resources ?? {})
    .sort(([a], [b]) => compareText(a, b))
    .map(([composedName, { resource = {}, ready }]) => {
      const existing = observed[composedName]?.resource;
      const named = existing ? withIdentityOf(resource, existing) : resource;
      return {
        composedName,
        resource: checkedName(composedName, withOwnership(composedName, named, composite)),
        ready: ready === Ready.TRUE,
      };
    });
}

/** Returns warnings about desired resources whose namespace is replaced by that of their composite. */
export function overriddenNamespaces(
  composite: JsonObject,
  observed: Readonly<Record<string, Resource>>,
  desired: State,
): readonly RenderEvent[] {
  const wanted = namespaceOf(composite);
  if (wanted === '') return [];
  return Object.entries(desired.resources ?? {})
    .sort(([a], [b]) => compareText(a, b))
    .flatMap(([composedName, { resource = {} }]): RenderEvent[] => {
      const namespace = namespaceOf(observed[composedName]?.resource ?? resource);
      if (namespace === '' || namespace === wanted) return [];
      const message = `cannot create composed resource "${composedName}" in namespace "${namespace}", using XR namespace "${wanted}" instead`;
      return [{ type: 'Warning', reason: 'NamespaceOverridden', message }];
    });
}

/** Returns references to composed resources, in the order in which Crossplane stores them. */
export function referencesTo(composed: readonly ComposedResource[], composite: JsonObject): readonly ObjectReference[] {
  const namespaced = namespaceOf(composite) !== '';
  return composed
    .map(({ resource }) => ({
      apiVersion: textAt(resource, 'apiVersion'),
      kind: textAt(resource, 'kind'),
      namespace: namespaced ? '' : namespaceOf(resource),
      name: nameOf(resource),
      uid: textAt(resource, 'metadata', 'uid'),
    }))
    .sort((a, b) =>
      compareText(a.apiVersion + a.kind + a.name + a.namespace, b.apiVersion + b.kind + b.name + b.namespace),
    );
}

/** Returns the controlling owner of an object, or undefined if it has none. */
export function controllerOf(object: JsonObject): JsonObject | undefined {
  return ownersOf(object).find((owner) => owner.controller === true);
}

function withIdentityOf(resource: JsonObject, existing: JsonObject): JsonObject {
  return withMetadata(resource, {
    namespace: namespaceOf(existing),
    name: nameOf(existing),
    generateName: textAt(existing, 'metadata', 'generateName'),
  });
}

function withOwnership(composedName: string, resource: JsonObject, composite: JsonObject): JsonObject {
  const labels = ownerLabels(composite);
  const generateName =
    textAt(resource, 'metadata', 'generateName') ||
    (nameOf(resource) === '' ? `${labelsOf(composite)['crossplane.io/composite']}-` : '');
  const uid = textAt(composite, 'metadata', 'uid');
  const controller = controllerOf(resource);
  if (controller !== undefined && controller.uid !== uid) {
    const owner = `${textAt(controller, 'kind')} ${textAt(controller, 'name')}`;
    throw new RenderError('INVALID_COMPOSED', `cannot compose resource ${composedName}: ${owner} controls it already`);
  }
  return withMetadata(resource, {
    generateName,
    namespace: namespaceOf(composite) || namespaceOf(resource),
    name: nameOf(resource) || childName(generateName, uid, composedName),
    annotations: { ...annotationsOf(resource), [COMPOSED_NAME_ANNOTATION]: composedName },
    labels: { ...labelsOf(resource), ...labels },
    ownerReferences: withOwner(ownersOf(resource), {
      apiVersion: textAt(composite, 'apiVersion'),
      kind: textAt(composite, 'kind'),
      name: nameOf(composite),
      uid,
      controller: true,
      blockOwnerDeletion: true,
    }),
  });
}

function withOwner(owners: readonly JsonObject[], owner: JsonObject): readonly JsonObject[] {
  const at = owners.findIndex(({ uid }) => uid === owner.uid);
  return at < 0 ? [...owners, owner] : owners.with(at, owner);
}

function ownersOf(object: JsonObject): readonly JsonObject[] {
  const owners = objectAt(object, 'metadata')?.ownerReferences;
  return isList(owners) && owners.every(isObject) ? owners.map(readOwner) : [];
}

function readOwner(owner: JsonObject): JsonObject {
  const flags = ['controller', 'blockOwnerDeletion'].filter((flag) => typeof owner[flag] === 'boolean');
  return {
    apiVersion: textAt(owner, 'apiVersion'),
    kind: textAt(owner, 'kind'),
    name: textAt(owner, 'name'),
    uid: textAt(owner, 'uid'),
    ...Object.fromEntries(flags.map((flag): [string, Json | undefined] => [flag, owner[flag]])),
  };
}

function checkedName(composedName: string, resource: JsonObject): JsonObject {
  const kind = textAt(resource, 'kind');
  const apiVersion = textAt(resource, 'apiVersion');
  if (kind === '' || apiVersion === '') {
    const missing = kind === '' ? 'kind' : 'apiVersion';
    throw new RenderError('INVALID_COMPOSED', `cannot compose resource ${composedName}: it has no ${missing}`);
  }
  const name = nameOf(resource);
  if (isValidName(name, splitApiVersion(apiVersion).group, kind)) return resource;
  throw new RenderError(
    'INVALID_COMPOSED',
    `cannot compose resource ${composedName}: invalid name ${quote(name)}: must be an RFC 1123 subdomain (lower case letters, digits, - and .)`,
  );
}
