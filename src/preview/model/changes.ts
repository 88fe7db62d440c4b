import { ACK } from '../../function/observed/ack-resource.ts';
import { readObserved } from '../../function/observed/managed-resource.ts';
import { isSameJson } from '../../json/canonical.ts';
import { isList, isObject, type Json, type JsonObject } from '../../json/value.ts';

/** A field that differs. */
export interface FieldChange {
  /** The path in the resource, such as `spec.forProvider.tags[0].value`. */
  readonly path: string;
  readonly from: Json | undefined;
  readonly to: Json | undefined;
  /** True when neither AWS nor the provider can change the field after the resource is created. */
  readonly immutable: boolean;
}

/** The change of one composed resource. */
export interface ResourceChange {
  readonly composedName: string;
  readonly kind: string;
  readonly action: 'create' | 'update' | 'keep' | 'delete';
  readonly fields: readonly FieldChange[];
  /** The effect of a deletion on AWS. */
  readonly note: string | undefined;
}

const ORDER: readonly ResourceChange['action'][] = ['delete', 'update', 'create', 'keep'];

const NAME_ANNOTATION = 'crossplane.io/composition-resource-name';
/** Annotations that affect the resource in AWS. */
const ANNOTATIONS = ['crossplane.io/external-name', ...Object.values(ACK)];
const IMMUTABLE =
  /^spec\.(forProvider\.)?(region|encryptionConfiguration)\b|^spec\.name$|(external-name|k8s\.aws\/region)"\]$/;

/** Compares the resources that Crossplane will apply with the existing composed resources. */
export function compareResources(
  desired: readonly JsonObject[],
  observed: readonly JsonObject[],
): readonly ResourceChange[] {
  const existing = new Map(observed.map((resource) => [composedNameOf(resource), resource]));
  const wanted = new Map(desired.map((resource) => [composedNameOf(resource), resource]));
  const applied = [...wanted].map(([composedName, resource]): ResourceChange => {
    const before = existing.get(composedName);
    const kind = String(resource.kind);
    if (before === undefined) return { composedName, kind, action: 'create', fields: [], note: undefined };
    const fields = [
      ...compare('apiVersion', before.apiVersion, resource.apiVersion),
      ...ANNOTATIONS.flatMap((key) => {
        return compare(`metadata.annotations["${key}"]`, annotationsOf(before)[key], annotationsOf(resource)[key]);
      }),
      ...compare('spec', before.spec, resource.spec),
    ];
    return { composedName, kind, action: fields.length > 0 ? 'update' : 'keep', fields, note: undefined };
  });
  const gone = [...existing]
    .filter(([composedName]) => !wanted.has(composedName))
    .map(([composedName, resource]): ResourceChange => {
      const note = readObserved(resource).deletable ? 'including the resource in AWS' : 'but not the resource in AWS';
      return { composedName, kind: String(resource.kind), action: 'delete', fields: [], note };
    });
  return [...applied, ...gone].sort((a, b) => ORDER.indexOf(a.action) - ORDER.indexOf(b.action));
}

/** Compares two values. Fields of objects that only the observed resource has are ignored, since providers set defaults. */
function compare(path: string, from: Json | undefined, to: Json | undefined): FieldChange[] {
  if (to === undefined || isSameJson(from, to)) return [];
  if (isObject(from) && isObject(to)) {
    return Object.entries(to).flatMap(([key, value]) => compare(`${path}.${key}`, from[key], value));
  }
  if (isList(from) && isList(to) && from.length === to.length) {
    return to.flatMap((value, index) => compare(`${path}[${index}]`, from[index], value));
  }
  return [{ path, from, to, immutable: IMMUTABLE.test(path) }];
}

/** Returns the composed resource name of a resource. */
export function composedNameOf(resource: JsonObject): string {
  return String(annotationsOf(resource)[NAME_ANNOTATION] ?? '');
}

function annotationsOf({ metadata }: JsonObject): JsonObject {
  const annotations = isObject(metadata) ? metadata.annotations : undefined;
  return isObject(annotations) ? annotations : {};
}
