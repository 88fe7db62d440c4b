import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { createFunction, type RunFunction } from '../../src/function/function.ts';
import { isList, isObject, type Json, type JsonObject } from '../../src/json/value.ts';
import { decodeResponse } from '../../src/protocol/caller/decode-response.ts';
import type { Resource, RunFunctionRequest, RunFunctionResponse } from '../../src/protocol/messages.ts';
import { encodeRequest } from '../../src/protocol/request.ts';

const examples = `${import.meta.dirname}/../../examples`;
const run = createFunction();

/** The region, account and names of the example claim. */
export const REGION = 'eu-west-2';
export const ACCOUNT = '123456789012';

/** Reads a YAML file under examples/ that holds one object. */
export function example(path: string): JsonObject {
  return objectOf(parse(readFileSync(`${examples}/${path}`, 'utf8')));
}

/** The parameters of the example claim, which is the one of the seed. */
export const seedParameters = objectAt(example('claim/claim.yaml'), 'spec', 'parameters');

/** The Input of the first pipeline step of an example Composition. */
export function inputOf(composition: JsonObject): JsonObject {
  const pipeline = objectAt(composition, 'spec').pipeline;
  return objectAt(objectOf(isList(pipeline) ? pipeline[0] : undefined), 'input');
}

/** The composite that Crossplane makes of a claim in namespace default. */
export function composite(parameters: Json | undefined = seedParameters): JsonObject {
  return {
    apiVersion: 'tap.vrabbi.cloud/v1alpha1',
    kind: 'XWorkloadECRRepo',
    metadata: { name: 'example-app-repos-x7k2p' },
    spec: { claimRef: { namespace: 'default' }, parameters },
  };
}

/** The composite that Crossplane makes of a claim. */
export function claimed(claim: JsonObject): JsonObject {
  const { name, namespace } = objectAt(claim, 'metadata');
  return {
    ...claim,
    kind: 'XWorkloadECRRepo',
    metadata: { name: `${name}-x7k2p` },
    spec: { ...objectAt(claim, 'spec'), claimRef: { namespace } },
  };
}

/** An Input with these fields. */
export function input(fields: JsonObject = {}): JsonObject {
  return { apiVersion: 'workload-ecr.fn.crossplane.io/v1beta1', kind: 'Input', ...fields };
}

/** A request for a composite, as Crossplane sends it on the first reconcile. */
export function request(
  fields: {
    readonly input?: JsonObject | undefined;
    readonly composite?: JsonObject;
    readonly observed?: Readonly<Record<string, JsonObject>>;
  } & Omit<RunFunctionRequest, 'input' | 'observed'> = {},
): RunFunctionRequest {
  const { composite: own = composite(), observed = {}, ...rest } = fields;
  const resources = Object.entries(observed).map(([name, resource]): [string, Resource] => [name, { resource }]);
  return {
    input: input({ defaults: { deletion: 'Force' } }),
    ...rest,
    observed: { composite: { resource: own }, resources: Object.fromEntries(resources) },
  };
}

/**
 * Returns the decoded response of `by`, by default a function without AWS. Lookups of repositories of the same names find none, as in an
 * empty cluster, unless the request contains some.
 */
export async function call(
  fields: RunFunctionRequest = request(),
  by: RunFunction = run,
): Promise<RunFunctionResponse> {
  const response = await callOnce(fields, by);
  const { resources = {}, extraResources = {}, schemas = {} } = response.requirements;
  const none = (asked: object, given: object = {}) => {
    const names = Object.keys(asked).filter((name) => name.startsWith('repository-') && !Object.hasOwn(given, name));
    return Object.fromEntries(names.map((name) => [name, []]));
  };
  const answers = {
    requiredResources: none(resources, fields.requiredResources),
    extraResources: none(extraResources, fields.extraResources),
    requiredSchemas: servedKinds(Object.keys(schemas), Object.keys(fields.requiredSchemas ?? {})),
  };
  if (Object.values(answers).every((answer) => Object.keys(answer).length === 0)) return response;
  return callOnce(
    {
      ...fields,
      // As Crossplane does, so that a step finds its own messages in the context.
      ...(response.context && { context: response.context }),
      requiredResources: { ...fields.requiredResources, ...answers.requiredResources },
      extraResources: { ...fields.extraResources, ...answers.extraResources },
      requiredSchemas: { ...fields.requiredSchemas, ...answers.requiredSchemas },
    },
    by,
  );
}

/** The kinds of repositories that exist: of those that the function looks up, only its own, which is the first. */
function servedKinds(asked: readonly string[], given: readonly string[]): Record<string, JsonObject | undefined> {
  const [own, ...others] = asked.filter((name) => name.startsWith('repository/'));
  if (own === undefined || given.includes(own)) return {};
  return { [own]: { type: 'object' }, ...Object.fromEntries(others.map((name) => [name, undefined])) };
}

/** The response to a single call. */
export async function callOnce(
  fields: RunFunctionRequest = request(),
  by: RunFunction = run,
): Promise<RunFunctionResponse> {
  const { response } = await by(encodeRequest(fields));
  return decodeResponse(response);
}

/** A condition of a managed resource, as providers write it. */
export function condition(type: string, status: string, rest: JsonObject = {}): JsonObject {
  return { type, status, reason: 'Test', ...rest };
}

/** An observed repository of the classic provider. */
export function observedClassic(name: string, conditions: readonly JsonObject[], rest: JsonObject = {}): JsonObject {
  return {
    apiVersion: 'ecr.aws.crossplane.io/v1beta1',
    kind: 'Repository',
    metadata: { generation: 2, annotations: { 'crossplane.io/external-name': name } },
    spec: { forProvider: { region: REGION, forceDelete: true }, providerConfigRef: { name: 'aws-provider' } },
    status: {
      atProvider: {
        registryId: ACCOUNT,
        repositoryName: name,
        repositoryArn: `arn:aws:ecr:${REGION}:${ACCOUNT}:repository/${name}`,
        repositoryUri: `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/${name}`,
      },
      conditions,
    },
    ...rest,
  };
}

/** Conditions of a managed resource that is ready and synced. */
export const AVAILABLE = [condition('Ready', 'True'), condition('Synced', 'True')];

/** The object at a path of property names; an empty one if it does not exist. */
export function objectAt(object: JsonObject, ...path: readonly string[]): JsonObject {
  return path.reduce((at, key) => objectOf(at[key]), object);
}

function objectOf(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}
