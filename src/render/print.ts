import { isYamlList, isYamlObject, printYaml, type YamlObject, type YamlValue } from '../yaml/index.ts';
import type { RenderEvent } from './pipeline.ts';
import type { RenderOutput } from './render.ts';

/** Output in addition to the composite and its composed resources. */
export interface PrintOptions {
  /** Also prints the spec and the metadata of the composite. */
  readonly fullComposite: boolean;
  /** Prints events, as documents of kind Result. */
  readonly results: boolean;
  readonly context: boolean;
}

/** The API version of printed documents that are not Kubernetes objects: events and context. */
export const PRINTED_API_VERSION = 'render.crossplane.io/v1beta1';

/** Prints a rendering as `crossplane composition render` does, byte for byte: a stream of YAML documents. */
export function printOutput(output: RenderOutput, options: PrintOptions): string {
  return outputObjects(output, options)
    .map((object) => `---\n${printYaml(object)}`)
    .join('');
}

/** Returns the objects that {@link printOutput} prints. */
export function outputObjects(output: RenderOutput, options: PrintOptions): readonly YamlValue[] {
  const { given, composite, composed, events, context } = output;
  const documents: YamlValue[] = [
    options.fullComposite ? merge(withDoubles(given), composite) : composite,
    ...composed,
  ];
  if (options.results) documents.push(...events.map(resultDocument));
  if (options.context && context !== undefined) {
    documents.push({ apiVersion: PRINTED_API_VERSION, kind: 'Context', fields: context });
  }
  return documents;
}

/** Formats the message of an event, with its step. */
export function eventMessage({ step, message }: RenderEvent): string {
  return step === undefined ? message : `Pipeline step ${JSON.stringify(step)}: ${message}`;
}

function resultDocument(event: RenderEvent): YamlObject {
  const { type, reason } = event;
  return { apiVersion: PRINTED_API_VERSION, kind: 'Result', severity: type, reason, message: eventMessage(event) };
}

const MAX_INT64 = 2n ** 63n - 1n;

/** Converts integers over 2^63 - 1 to doubles, as Kubernetes' JSON decoder (sigs.k8s.io/json) does. */
function withDoubles(object: YamlObject): YamlObject {
  return Object.fromEntries(Object.entries(object).map(([key, value = null]) => [key, doubleOf(value)]));
}

function doubleOf(value: YamlValue): YamlValue {
  if (typeof value === 'bigint') return value > MAX_INT64 ? Number(value) : value;
  if (isYamlList(value)) return value.map(doubleOf);
  return isYamlObject(value) ? withDoubles(value) : value;
}

/** Merges one object over another: objects are merged, all other values are replaced. */
function merge(under: YamlObject, over: YamlObject): YamlObject {
  const merged: Record<string, YamlValue | undefined> = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const before = merged[key];
    merged[key] = isYamlObject(before) && isYamlObject(value) ? merge(before, value) : value;
  }
  return merged;
}
