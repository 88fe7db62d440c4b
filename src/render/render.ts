import { isSameJson } from '../json/canonical.ts';
import type { JsonObject } from '../json/value.ts';
import { isYamlObject, type YamlObject } from '../yaml/index.ts';
import { type ComposedResource, composeResources, overriddenNamespaces, referencesTo } from './composed.ts';
import {
  COMPOSITE_LABEL,
  type CompositeSchema,
  refersToComposition,
  withCompositionRef,
  withMarkedConditions,
  withResourceRefs,
} from './composite.ts';
import { withSteadyConditions } from './conditions.ts';
import type { Composition } from './documents/composition.ts';
import type { Definition } from './documents/definition.ts';
import {
  annotationsOf,
  labelsOf,
  nameOf,
  namespaceOf,
  textAt,
  valueAt,
  withMetadata,
  withValueAt,
} from './documents/object.ts';
import { connectionDetails, observeResources } from './observed.ts';
import { type CallFunction, type RenderEvent, runPipeline } from './pipeline.ts';
import { PRINTED_API_VERSION } from './print.ts';
import { compositeStatus, RESPONSIVE, systemCondition, unreadyNames } from './status.ts';
import { createStore } from './store.ts';
import { persistedComposite, subjectOf } from './subject.ts';

/** The inputs of a rendering. */
export interface RenderInputs {
  /** A composite resource, or a claim for one. */
  readonly given: YamlObject;
  readonly composition: Composition;
  readonly definition: Definition | undefined;
  /** Composed resources that exist. */
  readonly observed: readonly JsonObject[];
  /** Other objects that exist: those that functions may require, and Secrets. */
  readonly existing: readonly JsonObject[];
  /** The context of the first function. */
  readonly context: JsonObject;
}

/** The result of a rendering: the objects that Crossplane would write, and its events. */
export interface RenderOutput {
  /** The rendered composite, as given or as created from the claim. */
  readonly given: YamlObject;
  /** The fields that Crossplane writes to the composite: its identity, references to composed resources, and status. */
  readonly composite: JsonObject;
  /** The resources that Crossplane applies, in the order of their composed resource names. */
  readonly composed: readonly JsonObject[];
  readonly events: readonly RenderEvent[];
  /** The context after the last function; undefined if that function did not return a context. */
  readonly context: JsonObject | undefined;
}

/**
 * Renders the objects that Crossplane would write when it reconciles a composite. `callFunction` calls the functions.
 * Throws RenderError.
 */
export async function render(inputs: RenderInputs, callFunction: CallFunction): Promise<RenderOutput> {
  const { composition } = inputs;
  const subject = subjectOf(inputs.given, composition, inputs.definition);
  const observed = inputs.observed.filter((object) => isComposed(object, subject.composite));
  const { composite: given, schema } = subject;
  const persisted = persistedComposite(subject, observed);
  const marked = withMarkedConditions(persisted, RESPONSIVE);
  const ended = endedEarly(marked);
  if (ended) return { ...ended, given, composed: [], context: undefined };
  const { composite, updated } = configured(withHandledRequest(marked), composition, schema);
  const store = createStore([composite, ...observed, ...inputs.existing]);
  const resources = observeResources(composite, schema, store);
  const details = schema === 'legacy' ? connectionDetails(composite, store) : undefined;
  const state = { composite: { resource: composite, connectionDetails: details }, resources };
  const pipeline = await runPipeline(composition, state, inputs.context, store, callFunction);
  const composed = composeResources(composite, resources, pipeline.desired);
  const status = compositeStatus(composite, schema, pipeline, composed);
  // Crossplane does not write an unchanged status; the last write of the composite is then a different one.
  const settled = isSameJson(status.final, persisted.status);
  const written = settled && updated ? composite : withReferences(composite, schema, composed);
  const final = settled ? (updated ? {} : { status: status.applied }) : { status: status.final };
  return {
    given,
    composite: withSteadyConditions({ ...written, ...final }),
    composed: composed.map(({ resource }) => withSteadyConditions(resource)),
    events: [
      ...requested(persisted),
      ...(refersToComposition(persisted, schema, composition.name) ? [] : [selection(composition)]),
      ...pipeline.events,
      ...overriddenNamespaces(composite, resources, pipeline.desired),
      ...unreadyEvents(composed),
    ],
    context: pipeline.context,
  };
}

/** True for composed resources; false for the other documents that render prints: the composite, events and context. */
function isComposed(object: JsonObject, composite: YamlObject): boolean {
  const isComposite = (['apiVersion', 'kind'] as const).every((key) => object[key] === composite[key]);
  if (isComposite && nameOf(object) === nameOf(composite)) return false;
  return object.apiVersion !== PRINTED_API_VERSION;
}

/** Returns the output for a composite that is paused or being deleted, which Crossplane does not compose. */
function endedEarly(composite: JsonObject): Pick<RenderOutput, 'composite' | 'events'> | undefined {
  if (annotationsOf(composite)['crossplane.io/paused'] === 'true') {
    const message = 'Reconciliation (including deletion) is paused via the pause annotation';
    const paused = systemCondition('Synced', 'False', 'ReconcilePaused', message);
    const event = {
      type: 'Normal',
      reason: 'ReconciliationPaused',
      message: 'Reconciliation is paused via the pause annotation',
    } as const;
    return { composite: withSteadyConditions(withMarkedConditions(composite, paused)), events: [event] };
  }
  if (textAt(composite, 'metadata', 'deletionTimestamp') === '') return undefined;
  const deleting = systemCondition('Ready', 'False', 'Deleting');
  const synced = systemCondition('Synced', 'True', 'ReconcileSuccess');
  const marked = withMarkedConditions(composite, deleting, synced);
  return { composite: withSteadyConditions(marked), events: requested(composite) };
}

/**
 * Adds what Crossplane sets in a composite before it calls functions: the Composition, the label that composed resources share, and the
 * reference to the connection secret. `updated` is true if Crossplane writes the composite because of one of the latter two.
 */
function configured(
  composite: JsonObject,
  composition: Composition,
  schema: CompositeSchema,
): { readonly composite: JsonObject; readonly updated: boolean } {
  const labels = labelsOf(composite);
  const selected = withCompositionRef(composite, schema, composition.name);
  const isLabelled = Boolean(labels[COMPOSITE_LABEL]);
  const labelled = isLabelled
    ? selected
    : withMetadata(selected, { labels: { ...labels, [COMPOSITE_LABEL]: nameOf(composite) } });
  const namespace = composition.connectionSecretsNamespace;
  const secretRef = ['spec', 'writeConnectionSecretToRef'];
  if (schema === 'modern' || namespace === undefined || isYamlObject(valueAt(labelled, ...secretRef))) {
    return { composite: labelled, updated: !isLabelled };
  }
  const reference = { name: textAt(composite, 'metadata', 'uid'), namespace };
  return { composite: withValueAt(labelled, secretRef, reference), updated: true };
}

/** Reduces the composite to the fields that Crossplane applies: its identity and the references to its composed resources. */
function withReferences(
  composite: JsonObject,
  schema: CompositeSchema,
  composed: readonly ComposedResource[],
): JsonObject {
  const identity = withMetadata(
    { apiVersion: composite.apiVersion, kind: composite.kind },
    { name: nameOf(composite), namespace: namespaceOf(composite) },
  );
  return withResourceRefs(identity, schema, referencesTo(composed, composite));
}

function unreadyEvents(composed: readonly ComposedResource[]): RenderEvent[] {
  return unreadyNames(composed).map((name) => ({
    type: 'Normal',
    reason: 'ComposeResources',
    message: `Composed resource "${name}" is not yet ready`,
  }));
}

function selection({ name }: Composition): RenderEvent {
  return { type: 'Normal', reason: 'SelectComposition', message: `Successfully selected composition: ${name}` };
}

function requested(composite: JsonObject): RenderEvent[] {
  if (reconcileToken(composite) === undefined) return [];
  return [{ type: 'Normal', reason: 'ReconcileRequestHandled', message: 'Handling reconcile request' }];
}

function withHandledRequest(composite: JsonObject): JsonObject {
  const token = reconcileToken(composite);
  return token === undefined ? composite : withValueAt(composite, ['status', 'lastHandledReconcileAt'], token);
}

/** Returns the token of a reconcile request that has not been handled yet. */
function reconcileToken(composite: JsonObject): string | undefined {
  const token = annotationsOf(composite)['crossplane.io/reconcile-requested-at'];
  return token && token !== textAt(composite, 'status', 'lastHandledReconcileAt') ? token : undefined;
}
