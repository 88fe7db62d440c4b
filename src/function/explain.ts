import { REGIONS } from '../aws/partition.ts';
import { isSameJson } from '../json/canonical.ts';
import type { Json, JsonObject } from '../json/value.ts';
import { compositeOf, viewRequest } from '../protocol/request.ts';
import { decodeStruct, encodeStruct } from '../protocol/struct.ts';
import type { Bytes } from '../protocol/wire.ts';
import { INPUT_API_VERSION, INPUT_KIND, type Input, parseInput } from './api/input.ts';
import { InputError, type Problem } from './api/input-error.ts';
import { deletionOf, settingsOf } from './api/merge-settings.ts';
import { CLAIM_PATH, mergeLayers, type ParameterLayer, parameterFields, settingFields } from './api/parameters.ts';
import { readComposite } from './observed/composite.ts';
import { layersFor, planWorkload } from './plan.ts';
import { regionProblems, unreadFieldsOf } from './plan-problems.ts';

/** The effective value of a parameter or setting. */
export interface ExplainedValue {
  readonly name: string;
  readonly value: Json;
  /** The layer of the value; `combined` if several layers contribute, as to tags. */
  readonly layer: 'default' | 'claim' | 'enforced' | 'combined';
  /** The field of the value, such as `input.enforced.imageTags`. */
  readonly path: string;
  /** The claim's value, if that of the platform takes precedence. */
  readonly overruled: Json | undefined;
}

/** A desired repository of the workload. */
export interface ExplainedRepository {
  /** The name within the workload, such as `image`. */
  readonly key: string;
  readonly composedName: string;
  /** The name in ECR. */
  readonly name: string;
  readonly region: string;
  readonly deletion: 'Retain' | 'IfEmpty' | 'Force';
  /** The settings that a layer sets, without ECR's own defaults. */
  readonly settings: readonly ExplainedValue[];
}

/** The decisions behind the response to a request. */
export interface Explanation {
  /** The API group of the AWS provider; undefined if there are problems. */
  readonly provider: string | undefined;
  /** The parameters that are not settings of repositories. */
  readonly parameters: readonly ExplainedValue[];
  readonly repositories: readonly ExplainedRepository[];
  /** Every problem of the Input and the claim, each with its field. */
  readonly problems: readonly Problem[];
  /** Fields of the claim that this function does not read. */
  readonly warnings: readonly Problem[];
}

/** Explains the decisions of the function for an encoded RunFunctionRequest, before it considers existing resources. Throws {@link WireError}. */
export function explainRequest(bytes: Bytes): Explanation {
  const request = viewRequest(bytes);
  const composite = readComposite(compositeOf(request.observed));
  let warnings: readonly Problem[] = [];
  try {
    if (composite.parametersProblem) throw new InputError([composite.parametersProblem]);
    const input = parseInput(request.input && decodeStruct(request.input));
    if (input.fieldValidation === 'Warn' && !input.registry) warnings = unreadFieldsOf(composite);
    const layers = input.registry ? [] : layersFor(composite, input);
    const plan = planWorkload(composite, input);
    return {
      provider: plan.flavor.name,
      parameters: Object.keys(parameterFields)
        .filter((name) => !Object.hasOwn(settingFields, name) && name !== 'repositories')
        .flatMap((name) => explainParameter(layers, name)),
      repositories: plan.repositories.map(({ plan: { key, composedName, externalName, location, settings } }) => ({
        key,
        composedName: `${plan.namePrefix}${composedName}`,
        name: externalName,
        region: location.region,
        deletion: deletionOf(settings),
        settings: explainSettings(layers, key),
      })),
      problems: [],
      warnings,
    };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { provider: undefined, parameters: [], repositories: [], problems: error.problems, warnings };
  }
}

/**
 * Validates a composite or claim without an Input. Parameters that are not set may have defaults in the Input, and the powers that the
 * Input grants are unknown.
 */
export function explainAlone(object: JsonObject): Pick<Explanation, 'problems' | 'warnings'> {
  const composite = readComposite(encodeStruct(object));
  try {
    if (composite.parametersProblem) throw new InputError([composite.parametersProblem]);
    const input = anyInput();
    const layers = layersFor(composite, input);
    const problems = regionProblems(mergeLayers(layers).region, input, layers);
    return { problems, warnings: unreadFieldsOf(composite) };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { problems: error.problems, warnings: composite.parametersProblem ? [] : unreadFieldsOf(composite) };
  }
}

/** Returns an Input with a default for every parameter that may have one. */
function anyInput(): Input {
  const defaults = { repoPrefix: 'any', region: REGIONS[0], providerName: 'any' };
  return parseInput({ apiVersion: INPUT_API_VERSION, kind: INPUT_KIND, defaults });
}

function explainParameter(layers: readonly ParameterLayer[], name: string): ExplainedValue[] {
  const given = layers.flatMap(({ path, values }) => {
    const value: Json | undefined = Object.entries(values).find(([key]) => key === name)?.[1];
    return value === undefined ? [] : [{ path, value }];
  });
  const last = given.at(-1);
  if (last === undefined) return [];
  const own = given.find(({ path }) => path === CLAIM_PATH)?.value;
  return [explained(name, last.value, `${last.path}.${name}`, own)];
}

function explainSettings(layers: readonly ParameterLayer[], key: string): ExplainedValue[] {
  const { values, paths } = settingsOf(layers, key);
  const own = settingsOf(
    layers.filter(({ path }) => path === CLAIM_PATH),
    key,
  ).values;
  const claimed: Readonly<Record<string, Json | undefined>> = own;
  const from: Readonly<Record<string, string | undefined>> = paths;
  const givers = layers.filter((layer) => settingsOf([layer], key).values.tags !== undefined);
  return Object.entries(values).flatMap(([name, value]: [string, Json | undefined]) => {
    if (value === undefined) return [];
    const one = explained(name, value, from[name] ?? '', claimed[name]);
    return name === 'tags' && givers.length > 1
      ? [{ ...one, layer: 'combined', overruled: undefined } as const]
      : [one];
  });
}

function explained(name: string, value: Json, path: string, own: Json | undefined): ExplainedValue {
  const layer = path.startsWith('input.defaults') ? 'default' : path.startsWith(CLAIM_PATH) ? 'claim' : 'enforced';
  const isOverruled = layer === 'enforced' && own !== undefined && !isSameJson(own, value);
  return { name, value, layer, path, overruled: isOverruled ? own : undefined };
}
