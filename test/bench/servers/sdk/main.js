import {
  getInput,
  getObservedComposedResources,
  getObservedCompositeResource,
  normal,
  Ready,
  Resource,
  serve,
  setDesiredCompositeStatus,
} from '@crossplane-org/function-sdk-typescript';
import pino from 'pino';

// The example claim's job as an author would write it with the published SDK, without checks of what the claim says.
const [address] = process.argv.slice(2);

serve(
  (request, response) => {
    const { spec } = getObservedCompositeResource(request).resource;
    const { workloadName, region, repoPrefix, providerName } = spec.parameters;
    const observed = getObservedComposedResources(request);
    const { deletion } = getInput(request).defaults;
    const prefix = repoPrefix.slice(repoPrefix.indexOf('/') + 1);
    const repositories = {};
    for (const [key, suffix] of [
      ['image', ''],
      ['bundle', '-bundle'],
    ]) {
      const name = `${prefix}/${workloadName}-${spec.claimRef.namespace}${suffix}`;
      const status = observed[`${key}repo`]?.resource?.status;
      const ready = ['Ready', 'Synced'].every((type) =>
        status?.conditions?.some((condition) => condition.type === type && condition.status === 'True'),
      );
      response.desired.resources[`${key}repo`] = Resource.fromJSON({
        resource: {
          apiVersion: 'ecr.aws.crossplane.io/v1beta1',
          kind: 'Repository',
          metadata: { annotations: { 'crossplane.io/external-name': name }, labels: { region } },
          spec: {
            forProvider: { forceDelete: deletion === 'Force', region },
            providerConfigRef: { name: providerName },
          },
        },
        ready: ready ? Ready.READY_TRUE : Ready.READY_FALSE,
      });
      const { repositoryUri: uri, repositoryArn: arn } = status?.atProvider ?? {};
      repositories[key] = { name, uri, arn, ready };
      if (!status) normal(response, `Creating ECR repository ${name} in ${region}`);
    }
    setDesiredCompositeStatus({ rsp: response, status: { repositories } });
    return response;
  },
  { argv: ['--insecure', '--address', address], logger: pino({ level: 'silent' }) },
);
