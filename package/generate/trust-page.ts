import { LIMITS, POWERS, type Power } from '../../src/function/api/powers.ts';

function row({ field, claim, effect }: Power): string {
  const asks = claim === undefined ? 'every claim' : `\`${claim}\``;
  return `| \`${field}\` | ${asks} | ${effect.replaceAll('|', '\\|')} |`;
}

/** Returns the page about the trust model. */
export function trustPage(): string {
  return `# Trust model

Generated from the table in src/function/api/powers.ts; to regenerate it: \`UPDATE_GOLDEN=1 npm test\`.

The service runs in clusters of many teams, in which the authors of claims do not operate the platform.

| Trusted | Not trusted |
|---|---|
| authors of Compositions, and therefore of Inputs | authors of claims and namespaced composites: tenants, identified by namespace |
| users who may write managed resources, packages and ConfigMaps in the platform's namespaces | registries, token servers and proxies, and their responses |
| Crossplane and its providers | the availability of AWS |
| the Kubernetes API server | ConfigMaps outside the namespaces that the loader is configured to trust |
| | files passed to the command line |

Tenants are identified by namespace: that of the claim, or that of a namespaced composite, regardless of its \`spec.claimRef\`. Every claim may have its workload's own repositories. Anything beyond that is a power.

## Powers

All powers are disabled until the Composition's Input grants them. The table lists the fields that claims may then set, and the worst effect that the author of a claim can achieve:

| In the Input | In the claim | Effect |
|---|---|---|
${POWERS.map(row).join('\n')}

Values in the Input itself, in \`defaults\` or \`enforced\`, belong to the platform and do not require a power: a parameter is checked by the layer from which it is taken. A claim that requests more than it may is refused as a whole, with the path of the field, and existing resources are not changed. A source that must not be fetched has the reason \`NotAllowed\`, and its previous content is retained.

\`\`\`yaml
input:
  apiVersion: workload-ecr.fn.crossplane.io/v1beta1
  kind: Input
  allowed:
    prefixes: [team-a, team-b]
    providerConfigs: [tenants]
    accounts: ["111122223333"]
    install:
      kinds: [Configuration]
      names: ["team-*"]
  packageCache:
    allowedRegistries: [registry.example.com/platform]
\`\`\`

## Limits

Every claim has these rights, since the smallest claim needs them. The Input limits them with lists; a list without entries allows nothing.

| In the Input | In the claim | Effect without a limit |
|---|---|---|
${LIMITS.map(row).join('\n')}

Set \`allowed.providerConfigs\` if a cluster has provider configs with different permissions, since a claim selects its provider config.

## Whole registries

A step whose Input has \`registry\` configures registries instead of workloads: their policy, which determines who may replicate to them, scanning, replication to other accounts, creation templates, and pull-through cache rules for any prefix. It only accepts cluster-scoped composites without a claim, and refuses claims and namespaced composites. \`registry.settings\` grants each of these settings; \`allowed.regions\`,
\`allowed.providerConfigs\`, \`allowed.accounts\` and \`allowed.prefixes\` limit them, including destinations of replication. A user who may write an XRegistry controls access to the registry, so only grant this right to the platform.

## Isolation between tenants

- **Names of repositories.** Before a repository is composed, the function looks up the composites that have a repository of the same name, in every provider flavor of the cluster. Owners are identified by the UID of their composite, not by labels. If two composites compose a repository at the same time, the younger one releases it, and its resources lose the right to delete anything in AWS before they are removed. If another provider config may be for the same AWS account, the repository is first composed without settings and without the right to delete, until the account is known. In the meantime, a provider without management policies (\`ecr.aws.crossplane.io\`) may remove the tags of an existing repository.
- **Installed packages.** A package or ImageConfig that was created by other means is not taken over.
- **Secrets.** Secrets of a source are only read in the namespace of the claim.
- **Trusted roots.** A claim that sets the signers of its sources may also set the root of their certificates, in a Secret of its own namespace. The root only applies to the sources of that claim. To enforce signers, put the sources with their \`verify\` into the Input's \`enforced\`, and the root into \`packageCache.trustedRoot\`.
- **Fetched content.** \`--content-cache-dir\` stores the content of all tenants. A ConfigMap or a status does not prove access to it, since tenants may be able to write those. Content is used if the registry grants the tenant access, or if the registry does not respond (no connection, a timeout, a status of 500 or above) and has previously granted the same tenant, with the same credentials, access to the same revision. This is recorded next to the content, and the record is deleted as soon as the registry returns 401, 403 or 404.
- **The platform's AWS login.** It is only sent to ECR registries, for the workload's own repositories by their whole path and for those in \`packageCache.allowedRegistries\`, and never over a connection that a claim can influence.

## Outside the model

- A user who may write managed resources of the AWS provider in a namespace has the permissions of its provider config, without this function.
- A user who may write ConfigMaps in a namespace that the loader reads controls the content of Crossplane's package cache.
- A user who may read the Secret of \`pullSecret\` has a login for every registry to which the function's AWS identity has access.
`;
}
