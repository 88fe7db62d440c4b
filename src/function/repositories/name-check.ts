import { listed } from '../../internal/quote.ts';
import { Capability, type Requirements, type ResourceSelector, type SchemaSelector } from '../../protocol/messages.ts';
import { itemsOf, openApiSchemaOf, type RequestView } from '../../protocol/request.ts';
import { decodeStruct } from '../../protocol/struct.ts';
import type { ReasonOf } from '../api/conditions.ts';
import type { Input } from '../api/input.ts';
import { InputError, type Problem } from '../api/input-error.ts';
import type { Composite } from '../observed/composite.ts';
import { FOREIGN_PROJECTION, NAME_LABEL, type Observed, readObserved } from '../observed/managed-resource.ts';
import { type ComposedPlan, composeRepository, policyNamed, type RepositoryParts } from '../plan.ts';
import { isOfOther, predecessorOf } from './flavor-change/names.ts';
import { conflictOf, verdictOf } from './name-conflict.ts';
import { FLAVORS, type Flavor, type FlavorName, type RepositoryPlan, SERVED_VERSIONS } from './providers/provider.ts';
import { textOf } from './retired-policies.ts';

/** The repositories of a workload after the check of their names. */
export interface NameCheck {
  /** The repositories to compose. */
  readonly repositories: readonly RepositoryParts[];
  /** The names in ECR of repositories that are not composed until Crossplane has returned their owners. */
  readonly waiting: readonly string[];
  /** The names in ECR of repositories that belong to another composite and that this one releases. */
  readonly lost: readonly string[];
  /** The resources of released repositories, which are composed until they have no right to delete anything. */
  readonly leaving: readonly ComposedPlan[];
  readonly conflicts: readonly Problem[];
  readonly requirements: Requirements | undefined;
  /** The uncertainty about the names. */
  readonly concern: { readonly reason: ReasonOf<'NamesChecked'>; readonly message: string } | undefined;
}

/** The data for checking names. */
export interface NameCheckCall {
  readonly request: RequestView;
  readonly composite: Composite;
  readonly input: Pick<Input, 'nameConflicts' | 'nameConflictFlavors'>;
  readonly flavor: Flavor;
  readonly repositories: readonly RepositoryParts[];
  readonly observed: ReadonlyMap<string, Observed>;
}

/**
 * Searches for repositories of other composites with the same names, for each repository until its name is certain. Throws {@link
 * InputError} if another composite has one that this composite has not composed.
 */
export function checkNames(call: NameCheckCall): NameCheck {
  const { repositories, observed, input, composite, flavor } = call;
  const isOpen = ({ plan }: RepositoryParts) => isUncertain(observed.get(plan.composedName));
  const open = input.nameConflicts === 'Refuse' ? repositories.filter(isOpen) : [];
  if (open.length === 0) return { ...NOTHING_OPEN, repositories };
  const kinds = kindsToAsk(call, open);
  const account = [...observed.values()].find(({ registryId }) => registryId !== undefined)?.registryId;
  const lookups = open.map((parts): NameLookup => {
    const { plan } = parts;
    const own = observed.get(plan.composedName);
    const found = lookUp(call.request, plan, kinds);
    if (found === undefined) return { parts, own, kind: own ? 'first' : 'waiting' };
    return { parts, own, ...verdictOf({ plan, composite, own, account, found }), isEmpty: found.length === 0 };
  });
  const taken = lookups.filter(({ kind }) => kind === 'taken');
  const conflicts = taken.map(({ parts, owner = '', own }) => conflictOf(parts.plan, owner, own !== undefined));
  // One problem is sufficient: the composite that has one of the names usually also has the others.
  if (conflicts.length > 0 && taken.every(({ own }) => own === undefined)) {
    throw new InputError(conflicts.slice(0, 1), 'NAME_CONFLICT');
  }
  const byParts = new Map(lookups.map((lookup) => [lookup.parts, lookup]));
  return {
    repositories: repositories.flatMap((parts) => composedOf(flavor, parts, byParts.get(parts)?.kind)),
    waiting: namesOf(lookups, 'waiting'),
    lost: namesOf(lookups, 'taken'),
    leaving: taken.flatMap(({ parts }) => leavingOf(flavor, parts, observed)),
    conflicts,
    requirements: requirementsOf(call.request, open, kinds),
    concern: concernOf(lookups, kinds),
  };
}

const NOTHING_OPEN = {
  waiting: [],
  lost: [],
  leaving: [],
  conflicts: [],
  requirements: undefined,
  concern: undefined,
} as const;

interface NameLookup {
  readonly parts: RepositoryParts;
  readonly own: Observed | undefined;
  readonly kind: ReturnType<typeof verdictOf>['kind'] | 'waiting';
  readonly owner?: string;
  /** True when no repository with the name was found. */
  readonly isEmpty?: boolean;
}

/**
 * True while the owner of a repository is uncertain. A repository of an earlier version does not have a label; once ready, it belongs to
 * its composite.
 */
function isUncertain(own: Observed | undefined): boolean {
  if (own === undefined) return true;
  return !own.nameChecked && !(own.ready && own.labels[NAME_LABEL] === undefined);
}

function composedOf(flavor: Flavor, parts: RepositoryParts, kind: NameLookup['kind'] | undefined): RepositoryParts[] {
  if (kind === 'waiting' || kind === 'taken') return [];
  if (kind === 'unclear') return [harmless(flavor, parts)];
  if (kind !== 'first') return [parts];
  const plan = { ...parts.plan, annotations: {} };
  return [{ plan, composed: composeRepository(flavor, plan) }];
}

/**
 * Returns a repository that neither changes nor deletes an existing one: if the provider supports management policies, it only creates and
 * observes. It has the requested encryption, since ECR cannot change that later.
 */
function harmless(flavor: Flavor, { plan: asked }: RepositoryParts): RepositoryParts {
  const managementPolicies = ['Observe', 'Create'] as const;
  const knowsPolicies = flavor.refuse({ managementPolicies: [...managementPolicies] }).managementPolicies === undefined;
  const settings = {
    deletion: 'Retain' as const,
    encryption: asked.settings.encryption,
    ...(knowsPolicies && { managementPolicies: [...managementPolicies] }),
  };
  const plan = { ...asked, settings, annotations: {}, adopts: false };
  return { plan, composed: composeRepository(flavor, plan) };
}

/** Returns the resources to compose one last time without the right to delete. Resources without that right can be omitted. */
function leavingOf(
  flavor: Flavor,
  parts: RepositoryParts,
  observed: ReadonlyMap<string, Observed>,
): readonly ComposedPlan[] {
  const { key, composedName } = parts.plan;
  const leaving = observed.get(composedName)?.deletable ? [...harmless(flavor, parts).composed] : [];
  for (const [name, seen] of observed) {
    const part = policyNamed(name, key);
    const text = textOf(seen.forProvider);
    if (part === undefined || text === undefined || !seen.deletable || isOfOther(flavor, seen)) continue;
    const resource = flavor[part]?.(parts.plan, { text, deletable: false });
    if (resource) leaving.push({ part, name, resource });
  }
  return leaving;
}

function namesOf(lookups: readonly NameLookup[], kind: NameLookup['kind']): string[] {
  return lookups.flatMap(({ kind: own, parts }) => (own === kind ? [parts.plan.externalName] : []));
}

/** A kind whose repositories are checked. */
interface Kind {
  readonly flavor: FlavorName;
  readonly apiVersion: string;
}

interface Kinds {
  /** The kind of the composite's own repositories, then the existing kinds of other flavors. */
  readonly listed: readonly Kind[];
  /** The end of the names of the requirements of the own kind. It lists the other kinds for {@link rememberedKinds}. */
  readonly mark: string;
  /** The kinds that Crossplane must look up. */
  readonly schemas: Readonly<Record<string, SchemaSelector>> | undefined;
  /** True while Crossplane has not reported which kinds exist. */
  readonly unknown: boolean;
  /** False when Crossplane does not find the kind of the composite's own repositories, as in a local rendering. */
  readonly isServed: boolean;
}

/** Determines the kinds to look up. Requiring resources of a kind that does not exist makes the call fail, so their existence is checked. */
function kindsToAsk(call: NameCheckCall, open: readonly RepositoryParts[]): Kinds {
  const { request, composite, input, flavor } = call;
  const apiVersion = String(open[0]?.composed[0]?.resource.apiVersion);
  const own: Kind = { flavor: flavor.name, apiVersion };
  const others = FLAVORS.filter((name) => name !== flavor.name).map((name): Kind => {
    return { flavor: name, apiVersion: `${name}/${SERVED_VERSIONS[name]}` };
  });
  const chosen = input.nameConflictFlavors && others.filter((one) => input.nameConflictFlavors?.includes(one.flavor));
  if (!request.capabilities?.has(Capability.REQUIRED_SCHEMAS)) {
    return { listed: [own, ...(chosen ?? [])], mark: '', schemas: undefined, unknown: false, isServed: true };
  }
  const known = chosen ?? rememberedKinds(call, open, own, others);
  // For each schema, Crossplane parses those of the whole group. In a cluster, the kind of the composite's own repositories always exists.
  const asked = [...(composite.createdAt === undefined ? [own] : []), ...(known ? [] : others)];
  const exists = (kind: Kind) => {
    const schema = request.requiredSchemas.get(schemaName(kind));
    return schema && openApiSchemaOf(schema) !== undefined;
  };
  const looked = known ?? others.filter(exists);
  return {
    listed: [own, ...looked],
    mark: chosen ? CHOSEN : markOf(looked),
    schemas: schemasOf(asked),
    unknown: asked.some((kind) => exists(kind) === undefined),
    isServed: exists(own) !== false,
  };
}

/**
 * Returns the other kinds that were looked up in the last reconcile. Crossplane 2.4 sends those repositories with the first call of the
 * next one, but no schemas; requiring these again takes a second call. Returns undefined while a repository does not exist (its name may
 * be new, and kinds may have been installed since), while the flavor changes, and unless exactly those were sent.
 */
function rememberedKinds(
  { request: { requiredResources, requiredSchemas }, flavor, observed }: NameCheckCall,
  open: readonly RepositoryParts[],
  own: Kind,
  others: readonly Kind[],
): readonly Kind[] | undefined {
  if (others.some((kind) => requiredSchemas.has(schemaName(kind)))) return undefined;
  const isSettled = ({ plan: { composedName: name } }: RepositoryParts) =>
    observed.has(name) && predecessorOf(flavor, name, observed) === undefined;
  if (!open.every(isSettled)) return undefined;
  const names = open.map(({ plan }) => ownName(plan, ''));
  const marks = [...requiredResources.keys()].flatMap((name) => {
    const of = names.find((one) => name === one || name.startsWith(`${one}${MARK}`));
    return of === undefined ? [] : [name.slice(of.length)];
  });
  const kinds = others.filter((kind) => marks[0]?.split(MARK).includes(kind.flavor));
  const remembered = { listed: [own, ...kinds], mark: markOf(kinds) };
  const isAsListed = (kind: Kind, { plan }: RepositoryParts) =>
    requiredResources.has(requirementName(plan, kind, remembered)) === remembered.listed.includes(kind);
  return [own, ...others].every((kind) => open.every((parts) => isAsListed(kind, parts))) ? kinds : undefined;
}

/** Separates a requirement's name from flavors; it is in neither. */
const MARK = '+';

/** The mark if the Input lists the other kinds: once it no longer does, these must not be treated as all existing kinds. */
const CHOSEN = `${MARK}chosen`;

function markOf(kinds: readonly Kind[]): string {
  return kinds.map(({ flavor }) => `${MARK}${flavor}`).join('');
}

function schemasOf(kinds: readonly Kind[]): Kinds['schemas'] {
  const selectors = kinds.map((kind) => [schemaName(kind), { apiVersion: kind.apiVersion, kind: 'Repository' }]);
  return kinds.length === 0 ? undefined : Object.fromEntries(selectors);
}

function schemaName({ flavor }: Kind): string {
  return `repository/${flavor}`;
}

function ownName({ key }: RepositoryPlan, mark: string): string {
  return `repository-${key}${mark}`;
}

function requirementName(
  plan: RepositoryPlan,
  kind: Kind,
  { listed: [own], mark }: Pick<Kinds, 'listed' | 'mark'>,
): string {
  return kind === own ? ownName(plan, mark) : `${ownName(plan, '')}/${kind.flavor}`;
}

/** Returns all repositories with the label of the planned one, or undefined while Crossplane has not returned those of every kind. */
function lookUp(request: RequestView, plan: RepositoryPlan, kinds: Kinds): Observed[] | undefined {
  if (kinds.unknown) return undefined;
  const found: Observed[] = [];
  for (const kind of kinds.listed) {
    // An entry without items means that none exist. Without an entry, Crossplane has not fetched them yet.
    const fetched = request.requiredResources.get(requirementName(plan, kind, kinds));
    if (fetched === undefined) return undefined;
    for (const item of itemsOf(fetched)) found.push(readObserved(decodeStruct(item, FOREIGN_PROJECTION)));
  }
  return found;
}

function requirementsOf(request: RequestView, open: readonly RepositoryParts[], kinds: Kinds): Requirements {
  const selectors = open.flatMap(({ plan }) =>
    kinds.listed.map((kind): [string, ResourceSelector] => {
      const { apiVersion } = kind;
      return [requirementName(plan, kind, kinds), { apiVersion, kind: 'Repository', matchLabels: plan.labels }];
    }),
  );
  const selected = Object.fromEntries(selectors);
  const { schemas } = kinds;
  // Older callers support required resources under another name.
  const supported = request.capabilities?.has(Capability.REQUIRED_RESOURCES) ?? false;
  return supported ? { resources: selected, ...(schemas && { schemas }) } : { extraResources: selected };
}

function concernOf(lookups: readonly NameLookup[], { isServed, listed: [own] }: Kinds): NameCheck['concern'] {
  const waiting = namesOf(lookups, 'waiting');
  if (waiting.length > 0) {
    const message = `Waiting for Crossplane to return the composites that have ${listed(waiting)}`;
    return { reason: 'NotFetched', message };
  }
  const unclear = lookups.filter(({ kind }) => kind === 'unclear');
  if (unclear.length > 0) {
    const owners = unclear.map(({ parts, owner }) => `${parts.plan.externalName} (${owner})`);
    const message = `Composites with another provider config have repositories of the same names: ${listed(owners)}. Until the AWS account is known, these are created without settings, and existing ones are not changed`;
    return { reason: 'AccountUnknown', message };
  }
  if (isServed || lookups.some(({ isEmpty }) => !isEmpty)) return undefined;
  const message = `The names were not compared with those of other composites' repositories: Crossplane finds no kind Repository of ${own?.apiVersion}, as in a local rendering`;
  return { reason: 'NotChecked', message };
}
