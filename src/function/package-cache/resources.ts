import { splitContent } from '../../cache/sets/chunks.ts';
import { type ConfigMap, type ConfigMapOptions, configMapMetadata, toConfigMap } from '../../cache/sets/config-map.ts';
import type { JsonObject } from '../../json/value.ts';
import { Ready, type Resource } from '../../protocol/messages.ts';
import { replaceEntries } from '../../protocol/replace-entries.ts';
import type { PackageCacheInput } from '../api/package-cache.ts';
import type { Annotations, SourceOutcome } from './decide-sources.ts';
import { composedNameOf } from './names.ts';
import type { ObservedSet } from './observed.ts';

/** Returns the owners of a set's ConfigMaps in addition to the composite. */
type OwnersOf = (set: ObservedSet) => JsonObject[] | undefined;

/** Returns the desired ConfigMaps of a source by composed resource name. */
export function configMapResources(
  { plan, current, history }: SourceOutcome,
  input: PackageCacheInput,
  ownersOf: OwnersOf,
): Map<string, Resource> {
  const resources = new Map<string, Resource>();
  if (current?.kind === 'new') {
    const { content: bytes, manifest, revision, annotations } = current.selected;
    const { file, artifact, chunkSize } = manifest;
    const set = splitContent({ file, bytes, artifact }, { base: plan.base, chunkSize });
    const options = { namespace: plan.namespace, labels: input.labels, revision };
    for (const chunk of set.chunks) {
      const composedName = composedNameOf(plan.name, { set: set.name, index: chunk.index });
      const damaged = current.damaged.find((one) => one.composedName === composedName);
      // The content is immutable: the ConfigMap is deleted, and created again once it is gone.
      if (damaged?.immutable || damaged?.deleting) continue;
      const configMap = toConfigMap(set, chunk, options);
      const metadata = withAnnotations(configMap.metadata, annotations);
      const resource = wrapped({ ...configMap, metadata }, input);
      resources.set(composedName, { resource, ready: Ready.FALSE });
    }
  }
  if (current?.kind === 'observed') rebuild(resources, current.set, current, input, ownersOf);
  for (const set of history) rebuild(resources, set, set, input, ownersOf);
  return resources;
}

/**
 * Converts observed resources to desired ones: their content is passed on as encoded bytes, and fields that the cluster added are removed.
 * A ConfigMap keeps its namespace.
 */
export function rebuild(
  resources: Map<string, Resource>,
  set: ObservedSet,
  { revision, annotations }: Pick<ObservedSet, 'revision' | 'annotations'>,
  input: PackageCacheInput,
  ownersOf: OwnersOf,
): void {
  const ownerReferences = ownersOf(set);
  for (const member of set.members) {
    const options: ConfigMapOptions = { namespace: member.namespace, labels: input.labels, revision };
    const own = withAnnotations(configMapMetadata(member, options), annotations);
    const ready = member.ready && !set.damaged.includes(member) ? Ready.TRUE : Ready.FALSE;
    const metadata: JsonObject = member.wrapped ? objectMetadata(own) : { ...own, ownerReferences };
    resources.set(member.composedName, {
      struct: replaceEntries(member.struct, { metadata, status: undefined }),
      ready,
    });
  }
}

function withAnnotations(metadata: ConfigMap['metadata'], annotations: Annotations): ConfigMap['metadata'] {
  return { ...metadata, annotations: { ...metadata.annotations, ...annotations } };
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

/** Returns the metadata of an Object. It has the name of its ConfigMap but not the labels, so that a loader does not treat it as a ConfigMap. */
function objectMetadata({ name }: ConfigMap['metadata']): JsonObject {
  return { name };
}
