import { ecrHostOf, isEcrHost } from '../../aws/registry-host.ts';
import type { ExplainedRepository, ExplainedValue, Explanation } from '../../function/explain.ts';
import { isObject, type Json, type JsonObject } from '../../json/value.ts';
import { Ready, type RunFunctionResponse } from '../../protocol/messages.ts';
import { readConditions, type StatusCondition } from '../../render/conditions.ts';
import { nameOf, namespaceOf, objectAt, textAt, toJson } from '../../render/documents/object.ts';
import { eventMessage, printOutput } from '../../render/print.ts';
import type { RenderOutput } from '../../render/render.ts';
import { type AccessRow, readAccess } from './access.ts';
import { compareResources, composedNameOf, type ResourceChange } from './changes.ts';
import { deletionSentence } from './deletion.ts';
import { type ImageExample, imageExamples, type LifecycleRule, readLifecyclePolicy } from './lifecycle.ts';

/** An object of the tree from the claim to its composed resources. */
export interface TreeNode {
  readonly kind: string;
  readonly name: string;
  /** The name of the external resource, or of the repository that the resource belongs to. */
  readonly detail: string | undefined;
  /** The state; `new` if the object does not exist yet. */
  readonly state: 'ready' | 'waiting' | 'new';
  readonly children: readonly TreeNode[];
}

/** A repository with its policies, settings and URI. */
export interface RepositoryPicture extends ExplainedRepository {
  /** The address for pushing images, with `ACCOUNT` as the account until the repository exists. */
  readonly uri: string;
  readonly isUriKnown: boolean;
  readonly rules: readonly LifecycleRule[];
  readonly examples: readonly ImageExample[];
  readonly access: readonly AccessRow[];
  readonly deletionSentence: string;
}

/** A result of a function, as the event that Crossplane creates for it. */
export interface EventPicture {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/** Everything that the page shows for a claim. */
export interface Picture {
  readonly tree: TreeNode;
  /** The numbers of all composed resources and of those that are ready. */
  readonly composed: { readonly count: number; readonly ready: number };
  readonly provider: string;
  readonly parameters: readonly ExplainedValue[];
  readonly repositories: readonly RepositoryPicture[];
  readonly hasObserved: boolean;
  readonly changes: readonly ResourceChange[];
  /** The settings that cannot be changed as the claim requests, as a sentence with the reason for each. */
  readonly kept: readonly string[];
  readonly yaml: string;
  readonly events: readonly EventPicture[];
  readonly conditions: readonly StatusCondition[];
  /** Steps of other functions, which are not run. */
  readonly skipped: readonly { readonly step: string; readonly functionName: string }[];
}

/** Returns the picture of a rendering. */
export function pictureOf({
  output,
  observed,
  explanation,
  response,
  skipped,
}: {
  readonly output: RenderOutput;
  readonly observed: readonly JsonObject[];
  readonly explanation: Explanation;
  readonly response: RunFunctionResponse;
  readonly skipped: Picture['skipped'];
}): Picture {
  const { composed, composite, events } = output;
  const changes = compareResources(composed, observed);
  const existing = new Set(observed.map(composedNameOf));
  const nodes = composed.map((resource) => nodeOf(resource, response, existing));
  return {
    tree: treeOf(output, nodes, explanation),
    composed: { count: nodes.length, ready: nodes.filter(({ state }) => state === 'ready').length },
    provider: explanation.provider ?? '',
    parameters: explanation.parameters,
    repositories: explanation.repositories.map((one) => repositoryOf(one, explanation, composed, composite)),
    hasObserved: observed.length > 0,
    changes,
    kept: response.results.flatMap(({ reason, message }) => (reason === 'CannotChange' ? [message] : [])),
    yaml: printOutput(output, { fullComposite: true, results: false, context: false }),
    events: events.map((event) => ({ type: event.type, reason: event.reason, message: eventMessage(event) })),
    conditions: readConditions(composite) ?? [],
    skipped,
  };
}

function nodeOf(resource: JsonObject, { desired }: RunFunctionResponse, existing: ReadonlySet<string>): TreeNode {
  const name = composedNameOf(resource);
  const isReady = desired.resources?.[name]?.ready === Ready.TRUE;
  return {
    kind: textAt(resource, 'kind'),
    name,
    detail: detailOf(resource),
    state: isReady ? 'ready' : existing.has(name) ? 'waiting' : 'new',
    children: [],
  };
}

/** Returns the tree of objects: the claim, its composite, and the composed resources, with the policies of a repository below it. */
function treeOf(
  { given, composite }: RenderOutput,
  nodes: readonly TreeNode[],
  { repositories }: Explanation,
): TreeNode {
  const roots = repositories.flatMap(({ composedName }) => nodes.find(({ name }) => name === composedName) ?? []);
  const isBelow = (node: TreeNode, root: TreeNode) => node.kind !== root.kind && node.detail === root.detail;
  const others = nodes.filter((node) => !roots.some((root) => root === node || isBelow(node, root)));
  const children = [
    ...roots.map((root) => ({
      ...root,
      children: nodes.flatMap((node) => (isBelow(node, root) ? { ...node, detail: undefined } : [])),
    })),
    ...others,
  ];
  const ready = (readConditions(composite) ?? []).find(({ type }) => type === 'Ready');
  const root: TreeNode = {
    kind: textAt(composite, 'kind'),
    name: nameOf(composite),
    detail: namespaceOf(composite) || undefined,
    state: ready?.status === 'True' ? 'ready' : 'waiting',
    children,
  };
  const claim = objectAt(toJson(given), 'spec', 'claimRef');
  if (claim === undefined) return root;
  const { kind, name, namespace } = claim;
  return { kind: String(kind), name: String(name), detail: String(namespace), state: root.state, children: [root] };
}

/** Returns the name of a composed resource outside the cluster, or of the repository that it belongs to. */
function detailOf(resource: JsonObject): string | undefined {
  // In ACK, these fields are in spec itself.
  const fields = { ...objectAt(resource, 'spec'), ...objectAt(resource, 'spec', 'forProvider') };
  const { name, repositoryName, repository, prefix, ecrRepositoryPrefix } = fields;
  const externalName = objectAt(resource, 'metadata', 'annotations')?.['crossplane.io/external-name'];
  const found =
    resource.kind === 'Repository'
      ? (externalName ?? name)
      : (repository ?? repositoryName ?? prefix ?? ecrRepositoryPrefix);
  return typeof found === 'string' ? found : undefined;
}

function repositoryOf(
  explained: ExplainedRepository,
  { parameters }: Explanation,
  composed: readonly JsonObject[],
  composite: JsonObject,
): RepositoryPicture {
  const own = (kind: string, part: string) => {
    const policy = composed.find((resource) => {
      const name = composedNameOf(resource);
      return (
        resource.kind === kind && (name === `${explained.key}${part}` || name.startsWith(`${explained.key}${part}-`))
      );
    });
    return policy && policyText(policy);
  };
  const repository = composed.find((resource) => composedNameOf(resource) === explained.composedName);
  const name = (repository && detailOf(repository)) ?? explained.name;
  // In ACK, the policies of a repository are in its spec.
  const { lifecyclePolicy, policy } = (repository && objectAt(repository, 'spec')) ?? {};
  const lifecycle = typeof lifecyclePolicy === 'string' ? lifecyclePolicy : own('LifecyclePolicy', 'lifecycle');
  const rules = readLifecyclePolicy(lifecycle ?? '');
  const known = objectAt(composite, 'status', 'repositories', explained.key)?.uri;
  return {
    ...explained,
    name,
    uri: typeof known === 'string' ? known : `${hostOf(parameters, explained.region)}/${name}`,
    isUriKnown: typeof known === 'string',
    rules,
    examples: rules.length === 0 ? [] : imageExamples(rules),
    access: readAccess(typeof policy === 'string' ? policy : own('RepositoryPolicy', 'policy')),
    deletionSentence: deletionSentence({ name, deletion: explained.deletion }),
  };
}

/** Returns the text of a policy from the field that the provider uses. */
function policyText(resource: JsonObject): string | undefined {
  const { lifecyclePolicyText, rawPolicy, policy, policyText: text } = objectAt(resource, 'spec', 'forProvider') ?? {};
  const found: Json | undefined = lifecyclePolicyText ?? rawPolicy ?? policy ?? text;
  return typeof found === 'string' ? found : isObject(found) ? JSON.stringify(found) : undefined;
}

/** Returns the host of the registry: that of repoPrefix, or one with a placeholder for the account, which only the provider knows. */
function hostOf(parameters: readonly ExplainedValue[], region: string): string {
  const prefix = parameters.find(({ name }) => name === 'repoPrefix')?.value;
  const [host = ''] = String(prefix ?? '').split('/');
  if (isEcrHost(host)) return host;
  return ecrHostOf('ACCOUNT', region);
}
