import type { JsonObject } from '../json/value.ts';
import { isYamlList, isYamlObject, type YamlObject } from '../yaml/index.ts';
import { type StatusCondition, withConditions } from './conditions.ts';
import { labelsOf, textAt, valueAt, withValueAt } from './documents/object.ts';

/** The location of the fields that Crossplane manages: `spec` if the XRD offers claims, otherwise `spec.crossplane`. */
export type CompositeSchema = 'legacy' | 'modern';

/** The label that the composed resources of a composite share. Its value is the prefix of their names. */
export const COMPOSITE_LABEL = 'crossplane.io/composite';
export const CLAIM_NAME_LABEL = 'crossplane.io/claim-name';
export const CLAIM_NAMESPACE_LABEL = 'crossplane.io/claim-namespace';

/** A reference to another object, with the fields of a Kubernetes ObjectReference that Crossplane uses. */
export interface ObjectReference {
  readonly apiVersion?: string | undefined;
  readonly kind?: string | undefined;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly uid?: string | undefined;
}

function machinery(schema: CompositeSchema, field: string): readonly string[] {
  return schema === 'legacy' ? ['spec', field] : ['spec', 'crossplane', field];
}

/** Returns the labels that a Composition must have for the composite to select it. */
export function compositionSelectorOf(composite: YamlObject, schema: CompositeSchema): YamlObject {
  const labels = valueAt(composite, ...machinery(schema, 'compositionSelector'), 'matchLabels');
  return isYamlObject(labels) ? labels : {};
}

/** Returns the composite's references to composed resources. */
export function resourceRefsOf(composite: JsonObject, schema: CompositeSchema): readonly ObjectReference[] {
  const refs = valueAt(composite, ...machinery(schema, 'resourceRefs'));
  return isYamlList(refs) ? refs.filter(isYamlObject).map(readReference) : [];
}

function readReference(ref: YamlObject): ObjectReference {
  return {
    apiVersion: textAt(ref, 'apiVersion'),
    kind: textAt(ref, 'kind'),
    namespace: textAt(ref, 'namespace'),
    name: textAt(ref, 'name'),
  };
}

/** Replaces the composite's references to composed resources. */
export function withResourceRefs(
  composite: JsonObject,
  schema: CompositeSchema,
  refs: readonly ObjectReference[],
): JsonObject {
  return withValueAt(
    composite,
    machinery(schema, 'resourceRefs'),
    refs.map((ref) => Object.fromEntries(Object.entries(ref).filter(([, text]) => text !== ''))),
  );
}

/** True when the composite's reference to a Composition contains that name and no other field. */
export function refersToComposition(composite: JsonObject, schema: CompositeSchema, name: string): boolean {
  const ref = valueAt(composite, ...machinery(schema, 'compositionRef'));
  return isYamlObject(ref) && Object.keys(ref).length === 1 && ref.name === name;
}

/** Replaces the composite's reference to a Composition. */
export function withCompositionRef(composite: JsonObject, schema: CompositeSchema, name: string): JsonObject {
  return withValueAt(composite, machinery(schema, 'compositionRef'), { name });
}

/** Returns the labels that identify the composite and the claim of a composed resource. */
export function ownerLabels(composite: JsonObject): Readonly<Record<string, string>> {
  const labels = labelsOf(composite);
  const prefix = { [COMPOSITE_LABEL]: labels[COMPOSITE_LABEL] ?? '' };
  const claimName = labels[CLAIM_NAME_LABEL];
  const claimNamespace = labels[CLAIM_NAMESPACE_LABEL];
  if (!claimName || !claimNamespace) return prefix;
  return { ...prefix, [CLAIM_NAME_LABEL]: claimName, [CLAIM_NAMESPACE_LABEL]: claimNamespace };
}

/** Adds Crossplane's own conditions, with the generation that they refer to. */
export function withMarkedConditions(
  composite: JsonObject,
  ...conditions: readonly Omit<StatusCondition, 'observedGeneration'>[]
): JsonObject {
  const generation = valueAt(composite, 'metadata', 'generation');
  const observedGeneration = typeof generation === 'number' && generation !== 0 ? generation : undefined;
  return withConditions(composite, ...conditions.map((condition) => ({ ...condition, observedGeneration })));
}
