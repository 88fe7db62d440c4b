import type { JsonObject } from '../../json/value.ts';
import type { RegistryParameters } from './parameters.ts';

/**
 * Returns the text of a registry policy, in the form of
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry-permissions-examples.html.
 */
export function registryPolicyText(
  { account, replicateFrom, pullThroughFor }: NonNullable<RegistryParameters['policy']>,
  { region, partition }: { readonly region: string; readonly partition: string },
): string {
  const resources = (prefixes: readonly string[] = ['']) =>
    prefixes.map((prefix) => `arn:${partition}:ecr:${region}:${account}:repository/${prefix}*`);
  const allow = (sid: string, principals: readonly string[], action: string, prefixes?: readonly string[]) => ({
    Sid: sid,
    Effect: 'Allow',
    Principal: { AWS: principals },
    Action: ['ecr:CreateRepository', action],
    Resource: resources(prefixes),
  });
  const statements: JsonObject[] = [];
  if (replicateFrom) {
    const roots = replicateFrom.accounts.map((each) => `arn:${partition}:iam::${each}:root`);
    statements.push(allow('Replication', roots, 'ecr:ReplicateImage', replicateFrom.prefixes));
  }
  if (pullThroughFor) {
    const { roles, prefixes } = pullThroughFor;
    statements.push(allow('PullThroughCache', roles, 'ecr:BatchImportUpstreamImage', prefixes));
  }
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}
