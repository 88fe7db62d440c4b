import { printable } from '../../../internal/quote.ts';
import { isSameJson } from '../../../json/canonical.ts';
import { isList, isObject, type JsonObject } from '../../../json/value.ts';
import { type Resource, Severity } from '../../../protocol/messages.ts';
import { itemsOf } from '../../../protocol/request.ts';
import { decodeStruct } from '../../../protocol/struct.ts';
import type { Composite } from '../../observed/composite.ts';
import { objectAt } from '../../observed/managed-resource.ts';
import { composedResourcesOfStep } from '../../pipeline/step.ts';
import { conditionFalse, event } from '../../response.ts';
import type { CacheCall, CachePart } from '../index.ts';
import { companionNameOf, KINDS_OF_PACKAGES, repositoryOf, SOURCE_ANNOTATION } from '../names.ts';

/** The time in seconds until a name in use is looked up again: Crossplane does not report when it becomes free. */
const WAITING_SECONDS = 30;

/**
 * Removes resources that would take over an object that was created by other means. Packages and ImageConfigs are cluster scoped, and
 * Crossplane applies a composed resource over an existing object of its name, unless another composite controls that object. Each is
 * therefore looked up by name before it is composed for the first time. A package and the ImageConfig that pins its tag are removed
 * together.
 */
export function guardInstalls(
  part: CachePart,
  { request, composite, prefix }: Pick<CacheCall, 'request' | 'composite' | 'prefix'>,
): CachePart {
  const installs = [...part.resources].filter(([, { resource }]) => GUARDED.includes(String(resource?.kind)));
  if (installs.length === 0) return part;
  const composed = composedResourcesOfStep(request.observed, prefix, [...part.resources.keys()]);
  const resources = new Map(part.resources);
  const required = new Map(part.required);
  const taken: string[] = [];
  for (const [composedName, { resource = {} }] of installs) {
    if (composed.has(composedName)) continue;
    const { kind, apiVersion } = resource;
    const name = nameOf(resource);
    const group = belongingTo(composedName, part.resources);
    const key = `installed/${String(kind)}/${name}`;
    required.set(key, { apiVersion: String(apiVersion), kind: String(kind), matchName: name });
    const shown = request.requiredResources.get(key);
    const [item] = shown === undefined ? [] : itemsOf(shown);
    const existing = item && decodeStruct(item);
    if (shown !== undefined && (existing === undefined || isOurs(existing, resource, group, composite))) continue;
    if (existing && kind === 'ImageConfig' && isSameJson(existing.spec, resource.spec)) {
      // An equal ImageConfig has the same effect.
      resources.delete(composedName);
      continue;
    }
    if (existing) taken.push(takenBy(String(kind), name));
    // A resource that is already composed is retained, since Crossplane would otherwise delete it.
    for (const each of group.names) if (!composed.has(each)) resources.delete(each);
  }
  return { ...part, resources, required, ...reportTaken(part, taken) };
}

function reportTaken(part: CachePart, taken: readonly string[]): Partial<CachePart> {
  if (taken.length === 0) return {};
  const results = taken.map((message) => event(Severity.WARNING, 'Conflict', message));
  const conditions = part.conditions.map((one) => {
    if (one.type !== 'PackageCacheReady') return one;
    return conditionFalse(one.type, 'Conflict', [...(one.message ? [one.message] : []), ...taken].join('; '));
  });
  return {
    results: [...part.results, ...results],
    conditions,
    ttlSeconds: Math.min(part.ttlSeconds, WAITING_SECONDS),
  };
}

const GUARDED: readonly string[] = [...KINDS_OF_PACKAGES, 'ImageConfig'];

function takenBy(kind: string, name: string): string {
  const wayOut =
    kind === 'ImageConfig'
      ? 'remove it, set install.pinTag: false, or choose the artifact by digest'
      : 'choose another install.name, or remove install from the source';
  return `${kind} ${printable(name)} exists and does not belong to this composite; ${wayOut}`;
}

/**
 * True for an object that this composite controls, and for one that remains of an earlier package cache: the package of the same
 * repository, which is retained when its composite is deleted, and the objects that belong to it.
 */
function isOurs(existing: JsonObject, resource: JsonObject, { owner }: Group, composite: Composite): boolean {
  const { ownerReferences, labels, annotations } = objectsIn(existing);
  const controller = ownerReferences.find((owner) => owner.controller === true);
  if (controller !== undefined) return composite.uid !== undefined && controller.uid === composite.uid;
  if (composite.uid === undefined && labels['crossplane.io/composite'] === composite.name) return true;
  if (existing.kind === 'ImageConfig') {
    return (
      owner !== undefined && ownerReferences.some(({ kind, name }) => kind === owner.kind && name === nameOf(owner))
    );
  }
  const repository = (object: JsonObject) => repositoryOf(String(objectAt(object, 'spec').package));
  return annotations[SOURCE_ANNOTATION] !== undefined && repository(existing) === repository(resource);
}

function objectsIn(object: JsonObject) {
  const metadata = objectAt(object, 'metadata');
  const { ownerReferences } = metadata;
  return {
    ownerReferences: isList(ownerReferences) ? ownerReferences.filter(isObject) : [],
    labels: objectAt(metadata, 'labels'),
    annotations: objectAt(metadata, 'annotations'),
  };
}

function nameOf(object: JsonObject): string {
  return String(objectAt(object, 'metadata').name);
}

/** A package and the objects that belong to it. */
interface Group {
  readonly names: readonly string[];
  readonly owner: JsonObject | undefined;
}

function belongingTo(composedName: string, installs: ReadonlyMap<string, Resource>): Group {
  for (const [name, { resource }] of installs) {
    const names = [name, companionNameOf(name, 'imageconfig'), companionNameOf(name, 'clusterusage')];
    if (names.includes(composedName) && resource?.kind !== 'ImageConfig') return { names, owner: resource };
  }
  return { names: [composedName], owner: undefined };
}
