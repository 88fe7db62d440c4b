import type { JsonObject } from '../../json/value.ts';
import type { ResourceSelector } from '../../protocol/messages.ts';
import { labelsOf, nameOf, toJson } from './object.ts';
import { type FieldReader, fieldReader, requireKind, type SourceObject } from './source.ts';

/** The fields of a Composition that render uses. */
export interface Composition {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly compositeType: { readonly apiVersion: string; readonly kind: string };
  readonly mode: string;
  readonly pipeline: readonly PipelineStep[];
  /** The namespace of the connection secrets of composites with the legacy schema. */
  readonly connectionSecretsNamespace: string | undefined;
}

/** One call of one function. */
export interface PipelineStep {
  readonly name: string;
  readonly functionName: string;
  readonly input: JsonObject | undefined;
  readonly credentials: readonly StepCredentials[];
  /** The resources that the function gets in its first call, by requirement name; undefined if the step has no requirements. */
  readonly requiredResources: Readonly<Record<string, ResourceSelector>> | undefined;
  /** The names of the OpenAPI schemas that the function gets in its first call. */
  readonly requiredSchemas: readonly string[];
}

/** A Secret that is passed to a function, under a name. */
export interface StepCredentials {
  readonly name: string;
  readonly secretNamespace: string;
  readonly secretName: string;
}

/** Reads a Composition. Throws INVALID_OBJECT with file, line and column. */
export function parseComposition(source: SourceObject): Composition {
  requireKind(source, ['apiextensions.crossplane.io/v1'], 'Composition');
  const spec = fieldReader(source).field('spec');
  const typeRef = spec.field('compositeTypeRef');
  return {
    name: nameOf(source.object),
    labels: labelsOf(source.object),
    compositeType: {
      apiVersion: typeRef.field('apiVersion').requiredText(),
      kind: typeRef.field('kind').requiredText(),
    },
    mode: spec.field('mode').text() ?? '',
    pipeline: spec.field('pipeline').items().map(parseStep),
    connectionSecretsNamespace: spec.field('writeConnectionSecretsToNamespace').text(),
  };
}

function parseStep(step: FieldReader): PipelineStep {
  const requirements = step.field('requirements');
  const resources = requirements.field('requiredResources').items();
  const input = step.field('input').object();
  return {
    name: step.field('step').requiredText(),
    functionName: step.field('functionRef').field('name').requiredText(),
    input: input && toJson(input),
    credentials: step.field('credentials').items().flatMap(parseCredentials),
    requiredResources:
      requirements.object() &&
      Object.fromEntries(resources.map((item) => [item.field('requirementName').requiredText(), parseSelector(item)])),
    requiredSchemas: requirements
      .field('requiredSchemas')
      .items()
      .map((item) => item.field('requirementName').requiredText()),
  };
}

function parseCredentials(credentials: FieldReader): StepCredentials[] {
  const secretRef = credentials.field('secretRef');
  if (credentials.field('source').text() !== 'Secret' || secretRef.object() === undefined) return [];
  return [
    {
      name: credentials.field('name').requiredText(),
      secretNamespace: secretRef.field('namespace').text() ?? '',
      secretName: secretRef.field('name').requiredText(),
    },
  ];
}

function parseSelector(selector: FieldReader): ResourceSelector {
  const matchName = selector.field('name').text();
  return {
    apiVersion: selector.field('apiVersion').requiredText(),
    kind: selector.field('kind').requiredText(),
    namespace: selector.field('namespace').text(),
    ...(matchName === undefined ? { matchLabels: selector.field('matchLabels').texts() } : { matchName }),
  };
}
