import { splitContent } from '../../cache/sets/chunks.ts';
import { type ConfigMap, type ConfigMapOptions, configMapMetadata, toConfigMap } from '../../cache/sets/config-map.ts';
import type { JsonObject } from '../../json/value.ts';
import { Ready, type Resource } from '../../protocol/messages.ts';
import { replaceEntries } from '../../protocol/replace-entries.ts';
import { decodeStruct, projection } from '../../protocol/struct.ts';
import type { Bytes } from '../../protocol/wire.ts';
import type { PackageCacheInput } from '../api/package-cache.ts';
import { objectAt } from '../observed/managed-resource.ts';
import { composedNameOf, type ObservedSet } from './observed.ts';
import type { Settled } from './settle.ts';

/** The desired ConfigMaps of a source by the names of their composed resources, and their names by set. */
export function configMapResources(settled: Settled, input: PackageCacheInput): Map<string, Resource> {
  const { plan, current, history } = settled;
  const resources = new Map<string, Resource>();
  if (current?.kind === 'new') {
    const { content: bytes, manifest, revision } = current.wanted;
    const { file, artifact, chunkSize } = manifest;
    const set = splitContent({ file, bytes, artifact }, { base: plan.base, chunkSize });
    const options = { namespace: plan.namespace, labels: input.labels, revision };
    for (const chunk of set.chunks) {
      const resource = wrapped(toConfigMap(set, chunk, options), input);
      resources.set(composedNameOf(plan.name, { set: set.name, index: chunk.index }), { resource, ready: Ready.FALSE });
    }
  }
  if (current?.kind === 'observed') rebuild(resources, current.set, current.revision, input);
  for (const set of history) rebuild(resources, set, set.revision, input);
  return resources;
}

const KIND = projection({ kind: true });

/**
 * Makes desired resources of observed ones: their content passes through as the bytes it came in, and what the cluster added is left
 * out. A ConfigMap stays in the namespace it is in.
 */
function rebuild(
  resources: Map<string, Resource>,
  { members }: ObservedSet,
  revision: string | undefined,
  input: PackageCacheInput,
): void {
  for (const member of members) {
    const options: ConfigMapOptions = { namespace: member.namespace, labels: input.labels, revision };
    const own = configMapMetadata(member, options);
    const ready = member.ready ? Ready.TRUE : Ready.FALSE;
    const isWrapped = decodeStruct(member.struct, KIND).kind === 'Object';
    const metadata: JsonObject = isWrapped ? objectMetadata(own) : own;
    resources.set(member.composedName, {
      struct: replaceEntries(member.struct, { metadata, status: undefined }),
      ready,
    });
  }
}

const NAME = projection({ metadata: { name: true } });

/** Makes a desired resource of an observed one without what the cluster added. */
export function keepObserved(struct: Bytes): readonly Bytes[] {
  const metadata = objectAt(decodeStruct(struct, NAME), 'metadata');
  return replaceEntries(struct, { metadata: { name: metadata.name }, status: undefined });
}

function wrapped(configMap: ConfigMap, { objects }: PackageCacheInput): JsonObject {
  if (!objects) return configMap;
  return {
    apiVersion: 'kubernetes.crossplane.io/v1alpha2',
    kind: 'Object',
    metadata: objectMetadata(configMap.metadata),
    spec: { forProvider: { manifest: configMap }, providerConfigRef: { name: objects.providerConfigName } },
  };
}

/** The Object is called like the ConfigMap in it, but has none of its labels: a loader must not take it for one. */
function objectMetadata({ name }: ConfigMap['metadata']): JsonObject {
  return { name };
}
