import { createFunction } from '../../../src/function/function.ts';
import { isList, type JsonObject } from '../../../src/json/value.ts';
import { decodeResponse } from '../../../src/protocol/caller/decode-response.ts';
import {
  type Condition,
  type ResourceSelector,
  type RunFunctionRequest,
  type RunFunctionResponse,
  Severity,
} from '../../../src/protocol/messages.ts';
import { encodeRequest } from '../../../src/protocol/request.ts';
import { input, objectAt } from '../../function/call.ts';

/** A composite and the Composition that it is of. */
export interface Tenant {
  readonly uid: string;
  readonly composite: JsonObject;
  readonly input: JsonObject;
}

/** The result of the last call for a tenant. */
export interface Said {
  readonly fatal: boolean;
  readonly reasons: readonly string[];
  readonly conditions: readonly JsonObject[];
}

/** A cluster with several composites, and the ECR registries that its providers manage. */
export interface World {
  /** Calls the function as Crossplane does and applies the response. Observations of other composites may be `stale` versions old. */
  reconcile(tenant: Tenant, stale?: number): Promise<Said>;
  /** Reconciles all resources of every provider. */
  provide(): void;
  /** Deletes a composite and its composed resources. */
  remove(tenant: Tenant): void;
  /** The composed resources of a tenant by their composed names. */
  composed(tenant: Tenant): ReadonlyMap<string, JsonObject>;
  readonly said: ReadonlyMap<Tenant, Said>;
  /** Repositories in ECR by `account/name`. */
  readonly ecr: ReadonlyMap<string, EcrRepository>;
  /** The deletions in ECR, and the changes to repositories of other tenants, one sentence each. */
  readonly harm: readonly string[];
}

interface EcrRepository {
  /** The tenant that created it. */
  readonly creator: string;
  tags: string;
  policy: string | undefined;
}

interface Stored {
  readonly tenant: Tenant;
  readonly composedName: string;
  readonly object: JsonObject;
}

/** Two accounts for the provider configs of the tests; `second` and `aws-provider` use the same one. */
const ACCOUNTS: Readonly<Record<string, string>> = {
  'aws-provider': '123456789012',
  second: '123456789012',
  elsewhere: '999999999999',
};

/** Where Crossplane asks whether a kind exists. */
const ALL_CAPABILITIES = [1, 2, 3, 4, 5];

export function createWorld({ capabilities = ALL_CAPABILITIES }: { readonly capabilities?: number[] } = {}): World {
  const run = createFunction();
  const versions: Stored[][] = [[]];
  const said = new Map<Tenant, Said>();
  const ecr = new Map<string, EcrRepository>();
  const harm: string[] = [];
  let clock = 0;
  const stored = () => versions.at(-1) ?? [];
  const ofTenant = (tenant: Tenant) => stored().filter((one) => one.tenant === tenant);
  const write = (next: Stored[]) => versions.push(next);

  function select(selector: ResourceSelector, view: readonly Stored[]): JsonObject[] {
    return view
      .map(({ object }) => object)
      .filter(({ apiVersion, kind, metadata }) => {
        const labels = objectAt(Object(metadata), 'labels');
        const matching = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
        return groupOf(apiVersion) === groupOf(selector.apiVersion) && kind === selector.kind && matching;
      });
  }

  async function answer(tenant: Tenant, view: readonly Stored[]): Promise<RunFunctionResponse> {
    const resources = ofTenant(tenant).map(({ composedName, object }) => [composedName, { resource: object }] as const);
    const conditions = said.get(tenant)?.conditions ?? [];
    let fields: RunFunctionRequest = {
      meta: { capabilities },
      input: input(tenant.input),
      observed: {
        composite: { resource: { ...tenant.composite, status: { conditions } } },
        resources: Object.fromEntries(resources),
      },
    };
    let before = '';
    for (let round = 0; round <= 5; round += 1) {
      const response = decodeResponse((await run(encodeRequest(fields))).response);
      const asked = JSON.stringify(response.requirements);
      if (response.results.some(({ severity }) => severity === Severity.FATAL) || asked === before) return response;
      before = asked;
      const shown = (selectors: Readonly<Record<string, ResourceSelector>> = {}) =>
        Object.fromEntries(
          Object.entries(selectors).map(([name, one]) => [name, select(one, view).map((resource) => ({ resource }))]),
        );
      const { schemas = {} } = response.requirements;
      fields = {
        ...fields,
        extraResources: shown(response.requirements.extraResources),
        requiredResources: shown(response.requirements.resources),
        requiredSchemas: Object.fromEntries(Object.keys(schemas).map((name) => [name, { type: 'object' }])),
      };
    }
    throw new Error('requirements did not stabilize');
  }

  function apply(tenant: Tenant, response: RunFunctionResponse): void {
    const desired = new Map(Object.entries(response.desired.resources ?? {}));
    for (const one of ofTenant(tenant)) if (!desired.has(one.composedName)) erase(one);
    for (const [composedName, { resource = {} }] of desired) {
      const before = ofTenant(tenant).find((one) => one.composedName === composedName);
      clock += 1;
      const created = objectAt(before?.object ?? {}, 'metadata');
      const object = {
        ...resource,
        metadata: {
          ...objectAt(resource, 'metadata'),
          name: created.name ?? `${tenant.uid}-${composedName}`,
          uid: created.uid ?? `object-${clock}`,
          // The API server stores whole seconds.
          creationTimestamp: created.creationTimestamp ?? new Date(1e12 + Math.floor(clock / 8) * 1_000).toISOString(),
          ownerReferences: [{ uid: tenant.uid, controller: true }],
          labels: { ...objectAt(resource, 'metadata', 'labels'), 'crossplane.io/composite': tenant.uid },
        },
        ...(before?.object.status === undefined ? {} : { status: before.object.status }),
      };
      write([...stored().filter((one) => one !== before), { tenant, composedName, object }]);
    }
  }

  function erase(one: Stored): void {
    write(stored().filter((other) => other !== one));
    const { kind } = one.object;
    const key = keyOf(one.object);
    if (!may(one.object, 'Delete')) return;
    if (kind === 'RepositoryPolicy') {
      const repository = ecr.get(key);
      if (repository) repository.policy = undefined;
    }
    if (kind !== 'Repository' || !ecr.has(key)) return;
    const others = stored().filter(({ object }) => object.kind === 'Repository' && keyOf(object) === key);
    if (others.length > 0)
      harm.push(`${one.tenant.uid} deleted ${key} under ${others.map(({ tenant }) => tenant.uid)}`);
    ecr.delete(key);
  }

  function provideOne({ tenant, object }: Stored): JsonObject | undefined {
    const key = keyOf(object);
    const forProvider = objectAt(object, 'spec', 'forProvider');
    const repository = ecr.get(key);
    if (object.kind === 'RepositoryPolicy') {
      if (repository === undefined || !may(object, 'Update')) return undefined;
      const text = String(forProvider.rawPolicy ?? forProvider.policy);
      if (repository.creator !== tenant.uid) harm.push(`${tenant.uid} put a policy on ${key} of ${repository.creator}`);
      repository.policy = text;
      return { conditions: READY };
    }
    if (object.kind !== 'Repository') return undefined;
    const tags = JSON.stringify(forProvider.tags ?? null);
    if (repository === undefined) {
      if (may(object, 'Create')) ecr.set(key, { creator: tenant.uid, tags, policy: undefined });
    } else if (may(object, 'Update') && repository.tags !== tags) {
      if (repository.creator !== tenant.uid) harm.push(`${tenant.uid} changed ${key} of ${repository.creator}`);
      repository.tags = tags;
    }
    const [registryId = ''] = key.split('/');
    const repositoryUri = `${registryId}.dkr.ecr.eu-west-2.amazonaws.com/${key.slice(registryId.length + 1)}`;
    return { atProvider: { registryId, repositoryUri }, conditions: READY };
  }

  return {
    said,
    ecr,
    harm,
    composed: (tenant) => new Map(ofTenant(tenant).map(({ composedName, object }) => [composedName, object])),
    provide() {
      write(
        stored().map((one) => {
          const status = provideOne(one);
          return status === undefined ? one : { ...one, object: { ...one.object, status } };
        }),
      );
    },
    remove(tenant) {
      for (const one of ofTenant(tenant)) erase(one);
    },
    async reconcile(tenant, stale = 0) {
      const view = versions[Math.max(0, versions.length - 1 - stale)] ?? [];
      const response = await answer(tenant, view);
      const fatal = response.results.some(({ severity }) => severity === Severity.FATAL);
      if (!fatal) apply(tenant, response);
      const reasons = response.conditions.filter(({ status }) => status === 3).map(({ reason }) => reason);
      const outcome = { fatal, reasons, conditions: response.conditions.map(asInStatus) };
      said.set(tenant, outcome);
      return outcome;
    },
  };
}

const READY = ['Ready', 'Synced'].map((type) => ({ type, status: 'True' }));

function asInStatus({ type, status, reason, message }: Condition): JsonObject {
  return { type, status: status === 2 ? 'True' : 'False', reason, message: message ?? '' };
}

function groupOf(apiVersion: unknown): string {
  return String(apiVersion).split('/')[0] ?? '';
}

/** `account/name` of the repository that a managed resource is for. */
function keyOf(object: JsonObject): string {
  const account = ACCOUNTS[String(objectAt(object, 'spec', 'providerConfigRef').name)] ?? 'unknown';
  const { repository, repositoryName } = objectAt(object, 'spec', 'forProvider');
  const name = objectAt(object, 'metadata', 'annotations')['crossplane.io/external-name'];
  return `${account}/${String(repository ?? repositoryName ?? name)}`;
}

function may(object: JsonObject, action: string): boolean {
  const { managementPolicies, deletionPolicy } = objectAt(object, 'spec');
  const actions = isList(managementPolicies) ? managementPolicies : ['*'];
  if (!actions.includes('*')) return actions.includes(action);
  return action !== 'Delete' || deletionPolicy !== 'Orphan';
}

/** The fields of a tenant. */
export interface TenantOptions {
  readonly workload: string;
  readonly namespace: string;
  readonly flavor?: string;
  readonly provider?: string;
  readonly parameters?: JsonObject;
}

/** The composite of a claim, or a namespaced composite if the flavor is namespaced. */
export function tenantOf(uid: string, options: TenantOptions): Tenant {
  const { workload, namespace, flavor = 'ecr.aws.crossplane.io', provider = 'aws-provider', parameters } = options;
  const own = {
    workloadName: workload,
    region: 'eu-west-2',
    repoPrefix: 'tap/workloads',
    providerName: provider,
    tags: { owner: uid },
    ...parameters,
  };
  const isNamespaced = flavor === 'ecr.aws.m.upbound.io';
  const metadata = { name: uid, uid, ...(isNamespaced && { namespace }) };
  const spec = { parameters: own, ...(!isNamespaced && { claimRef: { name: uid, namespace } }) };
  return {
    uid,
    composite: {
      apiVersion: 'tap.vrabbi.cloud/v1alpha1',
      kind: isNamespaced ? 'WorkloadECRRepo' : 'XWorkloadECRRepo',
      metadata,
      spec,
    },
    input: { provider: { flavor }, repositories: [{ name: 'image' }], defaults: { deletion: 'Force' } },
  };
}
