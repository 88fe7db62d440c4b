import { splitContent } from '../../cache/sets/chunks.ts';
import { type ConfigMap, type ConfigMapOptions, configMapMetadata, toConfigMap } from '../../cache/sets/config-map.ts';
import type { JsonObject } from '../../json/value.ts';
import { Ready, type Resource } from '../../protocol/messages.ts';
import { replaceEntries } from '../../protocol/replace-entries.ts';
import type { PackageCacheInput } from '../api/package-cache.ts';
import type { Annotations, SourceOutcome } from './decide-sources.ts';
import { composedNameOf } from './names.ts';
import type { ObservedSet } from './observed.ts';

/** Gives the owners that a set's ConfigMaps are to have beside the composite. */
type OwnersOf = (set: ObservedSet) => JsonObject[] | undefined;

/** The desired ConfigMaps of a source by the names of their composed resources. */
export function configMapResources(
  { plan, current, history }: SourceOutcome,
  input: PackageCacheInput,
  ownersOf: OwnersOf,
): Map<string, Resource> {
  const resources = new Map<string, Resource>();
  if (current?.kind === 'new') {
    const { content: bytes, manifest, revision, annotations } = current.wanted;
    const { file, artifact, chunkSize } = manifest;
    const set = splitContent({ file, bytes, artifact }, { base: plan.base, chunkSize });
    const options = { namespace: plan.namespace, labels: input.labels, revision };
    for (const chunk of set.chunks) {
      const composedName = composedNameOf(plan.name, { set: set.name, index: chunk.index });
      const damaged = current.damaged.find((one) => one.composedName === composedName);
      // Its content cannot be changed: it is deleted, and made again once it is gone.
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
 * Makes desired resources of observed ones: their content passes through as the bytes it came in, and what the cluster added is left
 * out. A ConfigMap stays in the namespace it is in.
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

/** The Object is called like the ConfigMap in it, but has none of its labels: a loader must not take it for one. */
function objectMetadata({ name }: ConfigMap['metadata']): JsonObject {
  return { name };
}
