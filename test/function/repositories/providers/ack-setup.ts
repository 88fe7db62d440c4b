import type { JsonObject } from '../../../../src/json/value.ts';
import { ACCOUNT, call, condition, input, REGION, request, seedParameters } from '../../call.ts';

export const NAME = 'tap/workloads/example-app-default';
export const ACK = { flavor: 'ecr.services.k8s.aws' };
export const URI = `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/${NAME}`;
export const ARN = `arn:aws:ecr:${REGION}:${ACCOUNT}:repository/${NAME}`;
export const SYNCED = condition('ACK.ResourceSynced', 'True');

/** A Repository as ACK's controller leaves it. */
export function observedAck(
  conditions: readonly JsonObject[],
  annotations: JsonObject = {},
  rest: JsonObject = {},
): JsonObject {
  return {
    apiVersion: 'ecr.services.k8s.aws/v1alpha1',
    kind: 'Repository',
    metadata: { name: 'x', namespace: 'default', annotations: { 'services.k8s.aws/region': REGION, ...annotations } },
    spec: { name: NAME, encryptionConfiguration: { encryptionType: 'AES256' } },
    status: {
      ackResourceMetadata: { arn: ARN, ownerAccountID: ACCOUNT, region: REGION },
      repositoryURI: URI,
      conditions,
    },
    ...rest,
  };
}

export const namespaced = (parameters: JsonObject): JsonObject => ({
  apiVersion: 'tap.vrabbi.cloud/v1alpha1',
  kind: 'WorkloadECRRepo',
  metadata: { name: 'example-app-repos', namespace: 'default' },
  spec: { parameters: { ...seedParameters, ...parameters } },
});

export function callWith(
  parameters: JsonObject,
  observed: Readonly<Record<string, JsonObject>> = {},
  fields: JsonObject = {},
  own: JsonObject = namespaced(parameters),
) {
  const repositories = [{ name: 'image' }];
  return call(request({ input: input({ provider: ACK, repositories, ...fields }), composite: own, observed }));
}

export const imageOf = (response: Awaited<ReturnType<typeof call>>) =>
  response.desired.resources?.imagerepo?.resource ?? {};
