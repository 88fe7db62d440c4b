import { LIMITS, POWERS, type Power } from '../../src/function/api/powers.ts';

function row({ field, claim, effect }: Power): string {
  const asks = claim === undefined ? 'every claim gets it' : `\`${claim}\``;
  return `| \`${field}\` | ${asks} | ${effect.replaceAll('|', '\\|')} |`;
}

/** The page on what claims can make the service do. */
export function trustPage(): string {
  return `# Who is trusted with what

Generated from the table in src/function/api/powers.ts; to write it anew: \`UPDATE_GOLDEN=1 npm test\`.

The service stands in clusters of many teams, where whoever writes a claim is not whoever runs the platform.

| Trusted | Not trusted |
|---|---|
| who writes Compositions, and with them Inputs | who writes claims and namespaced composites: tenants, told apart by namespace |
| who may write managed resources, packages and ConfigMaps in the cluster's own namespaces | registries, token servers and proxies, and what they answer |
| Crossplane and its providers | AWS being up |
| the Kubernetes API server | ConfigMaps outside the namespaces that the loader was told to trust |
| | files handed to the command line |

Tenants are told apart by namespace: the namespace of the claim, or that of a namespaced composite, whatever its \`spec.claimRef\` says.
A workload's own repositories are what its claim gets without a word from anybody. Whatever reaches further is a power.

## Powers

Each is off until the Composition's Input turns it on, so an Input that says nothing of them enforces that there are none. What claims may
ask for, and what their author can do with it at worst:

| In the Input | In the claim | What its author can do with it |
|---|---|---|
${POWERS.map(row).join('\n')}

What the Input says itself, under \`defaults\` or \`enforced\`, is the platform's and needs no power: a parameter is judged by the layer that
it is taken from. A claim that asks for more than it may is refused as a whole, with the path of the field, and nothing that exists is
changed; a source that may not be fetched has the reason \`NotAllowed\`, and what it carried before stays.

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

These every claim may do, since the smallest claim needs them. The Input limits them with a list; a list without entries allows nothing.

| In the Input | In the claim | What its author can do without a limit |
|---|---|---|
${LIMITS.map(row).join('\n')}

Set \`allowed.providerConfigs\` wherever provider configs of different rights are in one cluster: a claim names the one that it uses.

## Whole registries

A step whose Input has \`registry\` sets up registries instead of workloads: their policy, which says who may replicate to them, scanning,
replication to other accounts, creation templates and pull-through cache rules for any prefix. It takes cluster-scoped composites without a
claim only, and refuses claims and namespaced composites. \`registry.settings\` grants each of these settings; \`allowed.regions\`,
\`allowed.providerConfigs\`, \`allowed.accounts\` and \`allowed.prefixes\` limit them, destinations of replication included. Who may write an
XRegistry decides who may write to the registry, so give nobody but the platform the right to.

## What is kept apart

- **Names of repositories.** Before a repository is composed, the function asks Crossplane which composites have one of its name, in every
  provider flavor that the cluster has. Owners are known by the UID of their composite, not by labels. Of two that compose one at once, the
  younger lets go of it, and its resources lose the right to delete anything in AWS before they go. Where another provider config may be of
  the same AWS account, the repository is first composed without settings and without the right to delete, until the account is known; a
  provider without management policies (\`ecr.aws.crossplane.io\`) may meanwhile take the tags off one that exists.
- **Installed packages.** A package or ImageConfig that something else made is not taken over.
- **Secrets.** Those that a source names are read in the namespace of the claim only.
- **Trusted roots.** A claim that names the signers of its sources may name the root of their certificates as well, in a Secret of its own
  namespace; it decides for the sources of that claim alone. To have packages signed by people of your choice, put the sources with their
  \`verify\` into the Input's \`enforced\`, and the root into \`packageCache.trustedRoot\`.
- **Fetched content.** \`--content-cache-dir\` keeps the content of all tenants. What a ConfigMap or a status says proves no right to it, as
  tenants may be able to write those. It is used when the registry lets the tenant have it, or when the registry does not answer (no connection,
  a timeout, a status of 500 or above) and let the same tenant, with the same credentials, have the same revision before: that is noted beside
  the content, and the note goes as soon as the registry answers 401, 403 or 404.
- **The platform's AWS login.** It goes to ECR registries only, for the workload's own repositories by their whole path and for what
  \`packageCache.allowedRegistries\` lists, and never over a connection that a claim has a say in.

## What is not kept apart

- Who may write managed resources of the AWS provider in a namespace can do there what its provider config can, without this function.
- Who may write ConfigMaps in a namespace that the loader reads decides what Crossplane finds in its package cache.
- Who may read the Secret of \`pullSecret\` has a login for every registry that the function's AWS identity reaches.
`;
}
