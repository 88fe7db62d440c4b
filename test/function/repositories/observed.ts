import type { JsonObject } from '../../../src/json/value.ts';
import { AVAILABLE, call, composite, input, objectAt, request, seedParameters } from '../call.ts';

export const NAME = 'tap/workloads/example-app-default';
export const UPJET = { flavor: 'ecr.aws.upbound.io' };

/** An observed resource of an upjet kind. */
export function observedUpjet(
  kind: string,
  spec: JsonObject,
  atProvider: JsonObject = {},
  conditions = AVAILABLE,
): JsonObject {
  return {
    apiVersion: `ecr.aws.upbound.io/${kind === 'Repository' ? 'v1beta2' : 'v1beta1'}`,
    kind,
    metadata: { annotations: { 'crossplane.io/external-name': NAME } },
    spec: { providerConfigRef: { name: 'aws-provider' }, ...spec },
    status: { atProvider, conditions },
  };
}

const imageOnly = (fields: JsonObject = {}) => input({ repositories: [{ name: 'image' }], ...fields });

/** The response for one repository with these parameters and the existing resources. */
export function callWith(
  parameters: JsonObject,
  observed: Readonly<Record<string, JsonObject>>,
  fields: JsonObject = {},
  own: JsonObject = {},
) {
  return call(
    request({
      input: imageOnly(fields),
      composite: { ...composite({ ...seedParameters, ...parameters }), ...own },
      observed,
    }),
  );
}

export function specOf(response: Awaited<ReturnType<typeof call>>, name: string): JsonObject {
  return objectAt(response.desired.resources?.[name]?.resource ?? {}, 'spec');
}
