import type { JsonObject } from '../../../src/json/value.ts';
import { Severity } from '../../../src/protocol/messages.ts';
import { call, example, input, request } from '../call.ts';

const granted = { settings: ['policy', 'scanning', 'replication', 'creationTemplates', 'pullThroughCache'] };
/** The provider of the example. */
export const UPJET = { flavor: 'ecr.aws.upbound.io' };

/** The XRegistry of the example with other parameters. */
export function registry(parameters: JsonObject, rest: JsonObject = {}): JsonObject {
  return { ...example('registry/registry.yaml'), spec: { parameters }, ...rest };
}

/** The function's response, with a grant of everything. */
export async function answer(
  parameters: JsonObject,
  fields: JsonObject = {},
  observed: Record<string, JsonObject> = {},
) {
  const own = input({ provider: UPJET, registry: granted, ...fields });
  const response = await call(request({ input: own, composite: registry(parameters), observed }));
  const fatal = response.results.find(({ severity }) => severity === Severity.FATAL)?.message;
  return { ...response, fatal, resources: response.desired.resources ?? {} };
}
