import type { JsonObject } from '../json/value.ts';
import { isYamlList, isYamlObject, type YamlObject } from '../yaml/index.ts';
import { type StatusCondition, withConditions } from './conditions.ts';
import { labelsOf, textAt, valueAt, withValueAt } from './documents/object.ts';

/** The place of the fields that Crossplane manages: `spec` when the XRD has claims, otherwise `spec.crossplane`. */
export type CompositeSchema = 'legacy' | 'modern';

/** The label that the composed resources of a composite share; its value begins their names. */
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

/** The labels that a Composition must have to be selected by the composite. */
export function compositionSelectorOf(composite: YamlObject, schema: CompositeSchema): YamlObject {
  const labels = valueAt(composite, ...machinery(schema, 'compositionSelector'), 'matchLabels');
  return isYamlObject(labels) ? labels : {};
}

/** The references to composed resources that a composite has. */
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

/** The composite with its references to composed resources replaced. */
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

/** True when the composite's reference has the name of that Composition and no other field. */
export function refersToComposition(composite: JsonObject, schema: CompositeSchema, name: string): boolean {
  const ref = valueAt(composite, ...machinery(schema, 'compositionRef'));
  return isYamlObject(ref) && Object.keys(ref).length === 1 && ref.name === name;
}

/** The composite with its reference to a Composition replaced. */
export function withCompositionRef(composite: JsonObject, schema: CompositeSchema, name: string): JsonObject {
  return withValueAt(composite, machinery(schema, 'compositionRef'), { name });
}

/** The labels that say which composite, and which claim, a composed resource is of. */
export function ownerLabels(composite: JsonObject): Readonly<Record<string, string>> {
  const labels = labelsOf(composite);
  const prefix = { [COMPOSITE_LABEL]: labels[COMPOSITE_LABEL] ?? '' };
  const claimName = labels[CLAIM_NAME_LABEL];
  const claimNamespace = labels[CLAIM_NAMESPACE_LABEL];
  if (!claimName || !claimNamespace) return prefix;
  return { ...prefix, [CLAIM_NAME_LABEL]: claimName, [CLAIM_NAMESPACE_LABEL]: claimNamespace };
}

/** The composite with conditions of Crossplane's own, which carry the generation they are about. */
export function withMarkedConditions(
  composite: JsonObject,
  ...conditions: readonly Omit<StatusCondition, 'observedGeneration'>[]
): JsonObject {
  const generation = valueAt(composite, 'metadata', 'generation');
  const observedGeneration = typeof generation === 'number' && generation !== 0 ? generation : undefined;
  return withConditions(composite, ...conditions.map((condition) => ({ ...condition, observedGeneration })));
}
