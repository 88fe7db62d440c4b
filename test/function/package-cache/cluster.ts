import { createFunction } from '../../../src/function/function.ts';
import type { Artifacts } from '../../../src/function/package-cache/index.ts';
import { isList, isObject, type Json, type JsonObject } from '../../../src/json/value.ts';
import { decodeResponse } from '../../../src/protocol/caller/decode-response.ts';
import type { ResourceSelector, RunFunctionResponse } from '../../../src/protocol/messages.ts';
import { encodeRequest } from '../../../src/protocol/request.ts';
import { composite, input, objectAt, request, seedParameters } from '../call.ts';

/** A composite in a cluster that applies the function's responses as Crossplane does, as far as the function can observe. */
export interface Cluster {
  /** Calls the function until its requirements are stable, and applies the last response: resources that are no longer desired are deleted. */
  reconcile(): Promise<RunFunctionResponse>;
  readonly observed: Map<string, JsonObject>;
  /** Secrets and ServiceAccounts by `kind/namespace/name`. */
  readonly objects: Map<string, JsonObject>;
  status: JsonObject;
  /** Annotations and generation of the composite. */
  annotations: JsonObject;
  generation: number;
  sources: Json[];
  input: JsonObject;
  /** `resourceNamePrefix` of the Input. */
  prefix: string | undefined;
  /** `allowed` of the Input. */
  allowed: JsonObject;
  flavor: string;
  ttl: string;
  /** The capabilities of Crossplane; undefined for Crossplane before 2.2. */
  capabilities: readonly number[] | undefined;
  /** True for Crossplane v1, which has `extraResources` only, none of them in a namespace. */
  isFirst: boolean;
  /** A new pod of the function. */
  restart(artifacts: Artifacts | undefined): void;
  /** Deletes the composite and the objects that only it owns. */
  remove(): void;
}

let clock = 0;

export function startCluster(artifacts: Artifacts | undefined, own: JsonObject = composite()): Cluster {
  let run = createFunction({ artifacts });
  const cluster: Cluster = {
    observed: new Map(),
    objects: new Map(),
    status: {},
    annotations: {},
    generation: 1,
    sources: [],
    input: {},
    prefix: undefined,
    allowed: { install: { kinds: ['Configuration', 'Provider', 'Function'], names: ['*'], dependencies: true } },
    flavor: 'ecr.aws.crossplane.io',
    ttl: '10m',
    capabilities: [1, 2, 3, 4, 5],
    isFirst: false,
    restart(next) {
      run = createFunction({ artifacts: next });
    },
    remove() {
      collectGarbage(cluster.observed);
    },
    async reconcile() {
      let shown: Record<string, { resource: JsonObject }[]> = {};
      let schemas: Record<string, JsonObject | undefined> = {};
      for (let round = 0; ; round += 1) {
        const parameters = { ...seedParameters, packageCache: { sources: cluster.sources } };
        const { annotations, generation } = cluster;
        const metadata = { ...objectAt(own, 'metadata'), annotations, generation };
        const spec = { ...objectAt(own, 'spec'), parameters };
        const answer = decodeResponse(
          (
            await run(
              encodeRequest(
                request({
                  meta: { capabilities: cluster.capabilities },
                  input: input({
                    ttl: cluster.ttl,
                    defaults: { deletion: 'Force' },
                    provider: { flavor: cluster.flavor },
                    packageCache: cluster.input,
                    ...(cluster.prefix !== undefined && { resourceNamePrefix: cluster.prefix }),
                    allowed: cluster.allowed,
                  }),
                  composite: { ...own, metadata, spec, status: cluster.status },
                  observed: Object.fromEntries(cluster.observed),
                  ...(cluster.isFirst ? { extraResources: shown } : { requiredResources: shown }),
                  requiredSchemas: schemas,
                }),
              ),
            )
          ).response,
        );
        const { resources, extraResources } = answer.requirements;
        const wanted = Object.entries((cluster.isFirst ? extraResources : resources) ?? {});
        const kinds = Object.keys(answer.requirements.schemas ?? {});
        const known = new Set([...Object.keys(shown), ...Object.keys(schemas)]);
        const asked = [...wanted.map(([key]) => key), ...kinds];
        if (asked.every((key) => known.has(key)) || round === 5) return apply(answer);
        // Only the provider of the Input is installed.
        schemas = Object.fromEntries(
          kinds.map((key) => [key, key.endsWith(`/${cluster.flavor}`) ? { type: 'object' } : undefined]),
        );
        shown = Object.fromEntries(
          wanted.map(([key, selector]) => [key, select(cluster, selector).map((resource) => ({ resource }))]),
        );
      }
    },
  };

  function apply(answer: RunFunctionResponse): RunFunctionResponse {
    if (answer.results.some(({ severity }) => severity === 1)) return answer;
    const desired = Object.entries(answer.desired.resources ?? {});
    const before = new Map(cluster.observed);
    cluster.observed.clear();
    for (const [name, { resource = {} }] of desired) cluster.observed.set(name, applied(resource, before.get(name)));
    checkIdentities(before, cluster.observed);
    cluster.status = objectAt(answer.desired.composite?.resource ?? {}, 'status');
    return answer;
  }
  return cluster;
}

function select({ objects, observed }: Cluster, selector: ResourceSelector): JsonObject[] {
  const { kind, matchName, matchLabels, namespace } = selector;
  if (matchLabels === undefined) {
    const object = objects.get(`${kind}/${namespace}/${matchName}`);
    return object === undefined ? [] : [object];
  }
  return [...observed.values()].filter((object) => {
    const labels = objectAt(object, 'metadata', 'labels');
    return object.kind === kind && Object.entries(matchLabels).every(([key, value]) => labels[key] === value);
  });
}

const COMPOSITE = {
  apiVersion: 'tap.vrabbi.cloud/v1alpha1',
  kind: 'XWorkloadECRRepo',
  uid: 'composite',
  controller: true,
};

/** An object that moves to another composed name is deleted and created again: its dependents are lost. */
function checkIdentities(before: ReadonlyMap<string, JsonObject>, after: ReadonlyMap<string, JsonObject>): void {
  const idOf = (object: JsonObject) => {
    const { namespace, name } = objectAt(object, 'metadata');
    return [object.kind, namespace, name].join('/');
  };
  const names = new Map([...before].map(([name, object]) => [idOf(object), name]));
  const seen = new Map<string, string>();
  for (const [name, object] of after) {
    const id = idOf(object);
    const earlier = names.get(id) ?? name;
    if (earlier !== name) throw new Error(`${id} was composed as ${earlier}, and is now as ${name}`);
    if (seen.has(id)) throw new Error(`${id} is composed twice, as ${seen.get(id)} and ${name}`);
    seen.set(id, name);
  }
}

/** The object as the API server returns it, with the fields that the cluster adds. An immutable one keeps its data. */
function applied(desired: JsonObject, before: JsonObject | undefined): JsonObject {
  clock += 1;
  const metadata = objectAt(desired, 'metadata');
  for (const field of ['managedFields', 'uid', 'resourceVersion', 'creationTimestamp']) {
    if (metadata[field] !== undefined) throw new Error(`desired metadata.${field}`);
  }
  if (desired.status !== undefined) throw new Error('desired status');
  if (before !== undefined && before.kind !== desired.kind) throw new Error(`kind changed to ${desired.kind}`);
  const dataOf = ({ data, binaryData }: JsonObject) => JSON.stringify([data, binaryData]);
  if (before?.immutable === true && dataOf(before) !== dataOf(desired)) {
    throw new Error(`field is immutable: ${String(metadata.name)}`);
  }
  const owners = objectsIn(metadata.ownerReferences);
  if (owners.some(({ controller, blockOwnerDeletion }) => controller ?? blockOwnerDeletion)) {
    throw new Error('only the composite may be the controller');
  }
  const created = objectAt(before ?? {}, 'metadata');
  const { name = metadata.name ?? `example-${clock}`, namespace = metadata.namespace } = created;
  return {
    ...desired,
    metadata: {
      ...metadata,
      name,
      ...(namespace !== undefined && { namespace }),
      uid: created.uid ?? `uid-${clock}`,
      resourceVersion: String(clock),
      creationTimestamp: created.creationTimestamp ?? new Date(clock * 1_000).toISOString(),
      managedFields: [{ manager: 'crossplane', operation: 'Apply' }],
      ownerReferences: [...mergeOwners(objectsIn(created.ownerReferences), owners), COMPOSITE],
      labels: { ...objectAt(metadata, 'labels'), 'crossplane.io/composite': 'example' },
      annotations: { ...objectAt(metadata, 'annotations'), 'crossplane.io/composition-resource-name': 'x' },
    },
    ...(before?.status !== undefined && { status: before.status }),
  };
}

/** Owner references are merged by uid; those of another composite are kept unless they are changed. */
function mergeOwners(before: readonly JsonObject[], desired: readonly JsonObject[]): JsonObject[] {
  const foreign = before.filter((owner) => owner.foreign);
  return [...new Map([...foreign, ...desired].map((owner) => [owner.uid, owner])).values()];
}

/** Deletes all objects without an owner after the composite is deleted, as Kubernetes does. */
function collectGarbage(observed: Map<string, JsonObject>): void {
  for (let before = -1; before !== observed.size; ) {
    before = observed.size;
    const ids = [...observed.values()].map((object) => {
      const { uid, name } = objectAt(object, 'metadata');
      return `${uid} ${name}`;
    });
    for (const [name, object] of observed) {
      const owners = objectsIn(objectAt(object, 'metadata').ownerReferences);
      if (!owners.some((owner) => ids.includes(`${owner.uid} ${owner.name}`))) observed.delete(name);
    }
  }
}

/** The condition of the package cache, as `status reason`. */
export function conditionOf({ conditions }: RunFunctionResponse): string {
  const found = conditions.find(({ type }) => type === 'PackageCacheReady');
  return found === undefined ? 'none' : `${found.status === 2} ${found.reason}`;
}

/** The values of a list of objects under a name. */
export function objectsIn(value: Json | undefined): JsonObject[] {
  return isList(value) ? value.filter(isObject) : [];
}
