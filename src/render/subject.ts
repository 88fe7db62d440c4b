import { nearest } from '../internal/did-you-mean.ts';
import { printable } from '../internal/quote.ts';
import type { JsonObject } from '../json/value.ts';
import type { YamlObject } from '../yaml/index.ts';
import { claimKindOf, compositeOfClaim, isClaimFor } from './claim.ts';
import { controllerOf } from './composed.ts';
import { type CompositeSchema, compositionSelectorOf, withResourceRefs } from './composite.ts';
import type { Composition } from './documents/composition.ts';
import { type Definition, withDefaults } from './documents/definition.ts';
import { nameOf, namespaceOf, splitApiVersion, textAt, toJson, withMetadata } from './documents/object.ts';
import { RenderError } from './errors.ts';
import { compositeUid } from './names.ts';

/** The composite to render, and the location of the fields that Crossplane manages. */
export interface Subject {
  readonly composite: YamlObject;
  readonly schema: CompositeSchema;
}

/**
 * Returns the composite to render for a composite or a claim, with the defaults of the XRD if given. Throws WRONG_COMPOSITION if the
 * Composition is for another kind.
 */
export function subjectOf(given: YamlObject, composition: Composition, definition: Definition | undefined): Subject {
  const { apiVersion, kind } = composition.compositeType;
  const claimed = textAt(given, 'kind') !== kind && isClaimFor(given, kind, definition);
  checkType(given, composition, claimKindOf(kind, definition), claimed);
  const composite = claimed ? compositeOfClaim(given, kind) : given;
  checkComposition(composite, composition);
  if (definition === undefined) return { composite, schema: claimed ? 'legacy' : 'modern' };
  if (definition.kind !== kind || definition.group !== splitApiVersion(apiVersion).group) {
    throw new RenderError(
      'INVALID_OBJECT',
      `cannot render ${describe(composite)}: the XRD ${definition.name} is for ${definition.kind} (${definition.group})`,
    );
  }
  return { composite: withDefaults(composite, definition), schema: definition.schema };
}

/** Returns the error for an object of another kind or version. It names the claim's kind if the XRD has claims. */
function checkType(
  given: YamlObject,
  { name, compositeType }: Composition,
  claimKind: string | undefined,
  claimed: boolean,
): void {
  const { apiVersion, kind } = compositeType;
  const isOfKind = claimed || textAt(given, 'kind') === kind;
  if (isOfKind && given.apiVersion === apiVersion) return;
  const claims = claimKind === undefined ? '' : ` and its claims, ${printable(claimKind)}`;
  const kinds = claimed && claimKind !== undefined ? printable(claimKind) : `${kind}${claims}`;
  const meant = isOfKind
    ? undefined
    : nearest(textAt(given, 'kind'), [kind, ...(claimKind === undefined ? [] : [claimKind])]);
  const hint = meant === undefined ? '' : `; did you mean ${meant}?`;
  const found = isOfKind ? textAt(given, 'apiVersion') : textAt(given, 'kind');
  throw new RenderError(
    'WRONG_COMPOSITION',
    `cannot render ${describe(given)}: Composition ${name} is for ${kinds} (${apiVersion}), not for ${printable(found)}${hint}`,
  );
}

function checkComposition(composite: YamlObject, composition: Composition): void {
  const { name, labels, mode } = composition;
  const refuse = (why: string) =>
    new RenderError('WRONG_COMPOSITION', `cannot render ${describe(composite)}: Composition ${name} ${why}`);
  for (const [key, value] of Object.entries(compositionSelectorOf(composite, 'modern'))) {
    if (labels[key] !== value) {
      throw refuse(`must have the label ${key}: ${String(value)}, which spec.crossplane.compositionSelector requires`);
    }
  }
  if (mode !== 'Pipeline') throw refuse('must have spec.mode: Pipeline');
}

/** Returns the composite as a cluster stores it: with a UID, a resource version and references to its observed resources. */
export function persistedComposite({ composite, schema }: Subject, observed: readonly JsonObject[]): JsonObject {
  const { group, version } = splitApiVersion(textAt(composite, 'apiVersion'));
  const namespace = namespaceOf(composite);
  const uid =
    textAt(composite, 'metadata', 'uid') ||
    compositeUid(group, version, textAt(composite, 'kind'), namespace, nameOf(composite));
  const persisted = withMetadata(toJson(composite), { uid, resourceVersion: '999' });
  for (const resource of observed) checkObserved(resource, uid, namespace);
  if (observed.length === 0) return persisted;
  return withResourceRefs(
    persisted,
    schema,
    observed.map((resource) => ({
      apiVersion: textAt(resource, 'apiVersion'),
      kind: textAt(resource, 'kind'),
      namespace: namespace === '' ? namespaceOf(resource) : '',
      name: nameOf(resource),
    })),
  );
}

function checkObserved(resource: JsonObject, uid: string, namespace: string): void {
  const controller = controllerOf(resource);
  if (controller !== undefined && controller.uid !== uid) {
    const owner = `${textAt(controller, 'kind')} ${textAt(controller, 'name')} (UID ${textAt(controller, 'uid')})`;
    throw new RenderError(
      'INVALID_OBJECT',
      `cannot use observed resource ${describe(resource)}: ${owner} controls it, not the composite (UID ${uid})`,
    );
  }
  if (namespace !== '' && namespaceOf(resource) !== namespace) {
    throw new RenderError(
      'INVALID_OBJECT',
      `cannot use observed resource ${describe(resource)}: it is not in the composite's namespace ${namespace}`,
    );
  }
}

/** Names an object for a message. */
export function describe(object: YamlObject): string {
  return `${textAt(object, 'kind')} ${nameOf(object)}`;
}
