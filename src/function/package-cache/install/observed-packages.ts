import { isList, isObject, type Json, type JsonObject } from '../../../json/value.ts';
import { decodeStruct, projection } from '../../../protocol/struct.ts';
import type { Bytes } from '../../../protocol/wire.ts';
import { objectAt } from '../../observed/managed-resource.ts';
import { COMPOSED_PREFIX, KINDS_OF_PACKAGES, type PackageKind, repositoryOf, SOURCE_ANNOTATION } from '../names.ts';

/** A composed object whose content is not read. */
export interface ObservedObject {
  readonly composedName: string;
  readonly name: string;
  /** The whole object, encoded. */
  readonly struct: Bytes;
}

/** A composed Configuration, Provider or Function. */
export interface ObservedPackage extends ObservedObject {
  readonly kind: PackageKind;
  readonly uid: string | undefined;
  /** The reference in its spec. */
  readonly image: string;
  readonly repository: string;
  /** The name of the source for which it was composed. */
  readonly source: string | undefined;
  readonly conditions: readonly JsonObject[];
  /** True when it is one of its own owners, see `ownersOf`. */
  readonly ownsItself: boolean;
}

/** A composed ImageConfig, which pins the tag of a package to a digest. */
export interface ObservedPin extends ObservedObject {
  /** The reference by digest to which the tag is pinned. */
  readonly byDigest: string | undefined;
}

/** A composed package, ImageConfig or ClusterUsage. */
export type ObservedInstall =
  | { readonly part: 'package'; readonly found: ObservedPackage }
  | { readonly part: 'pin'; readonly found: ObservedPin }
  | { readonly part: 'usage'; readonly found: ObservedObject };

const PROJECTION = projection({
  metadata: {
    name: true,
    uid: true,
    annotations: { [SOURCE_ANNOTATION]: true },
    ownerReferences: { uid: true },
  },
  spec: { package: true, rewriteImage: { prefix: true } },
  status: { conditions: { type: true, status: true, reason: true, message: true } },
});

/** Reads an object that belongs to an installed package. Returns undefined for any other kind. */
export function readInstall(composedName: string, kind: Json | undefined, struct: Bytes): ObservedInstall | undefined {
  const packageKind = KINDS_OF_PACKAGES.find((one) => one === kind);
  if (packageKind === undefined && kind !== 'ImageConfig' && kind !== 'ClusterUsage') return undefined;
  const object = decodeStruct(struct, PROJECTION);
  const metadata = objectAt(object, 'metadata');
  const spec = objectAt(object, 'spec');
  const found = { composedName, struct, name: text(metadata.name) ?? '' };
  if (kind === 'ClusterUsage') return { part: 'usage', found };
  if (packageKind === undefined) {
    return { part: 'pin', found: { ...found, byDigest: text(objectAt(spec, 'rewriteImage').prefix) } };
  }
  const image = text(spec.package) ?? '';
  const owners = isList(metadata.ownerReferences) ? metadata.ownerReferences.filter(isObject) : [];
  const annotated = text(objectAt(metadata, 'annotations')[SOURCE_ANNOTATION]);
  return {
    part: 'package',
    found: {
      ...found,
      kind: packageKind,
      uid: text(metadata.uid),
      image,
      repository: repositoryOf(image),
      source: annotated ?? sourceInName(composedName),
      conditions: conditionsOf(object),
      ownsItself: owners.some((owner) => owner.uid === metadata.uid),
    },
  };
}

/** Returns the source in a composed resource name of an earlier version, which did not have an annotation. */
function sourceInName(composedName: string): string | undefined {
  return /^([a-z0-9-]+)-package$/.exec(composedName.slice(COMPOSED_PREFIX.length))?.[1];
}

/** Returns the conditions in an object's status. */
export function conditionsOf(object: JsonObject): JsonObject[] {
  const { conditions } = objectAt(object, 'status');
  return isList(conditions) ? conditions.filter(isObject) : [];
}

/** True when the condition of this type is True. */
export function isTrue(conditions: readonly JsonObject[], type: string): boolean {
  return conditions.some((condition) => condition.type === type && condition.status === 'True');
}

function text(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
