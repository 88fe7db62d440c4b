import { isObject, type JsonObject } from '../../../src/json/value.ts';
import { statusOf } from '../../e2e/claims.ts';
import { objectAt } from '../../function/call.ts';

/** Where the registries of a soak listen: `host:port` of the honest one and of each hostile one by its name. */
export interface Registries {
  readonly honest: string;
  readonly hostile: Readonly<Record<string, string>>;
}

/** A composite as Crossplane has it. */
export interface Subject {
  readonly name: string;
  readonly namespace: string;
  /** The name of what attacks, or undefined for an honest tenant. */
  readonly attack: string | undefined;
  readonly parameters: JsonObject;
}

/**
 * The Input of all calls. What a soak talks to is on this machine, so local addresses and plain http are allowed here, and the registries
 * by name.
 */
export function soakInput({ honest, hostile }: Registries): JsonObject {
  return {
    apiVersion: 'workload-ecr.fn.crossplane.io/v1beta1',
    kind: 'Input',
    defaults: { region: 'eu-west-2', providerName: 'aws-provider', deletion: 'Force' },
    pullSecret: {},
    observe: { images: true },
    packageCache: {
      allowedRegistries: [honest, ...Object.values(hostile)],
      allowLocalAddresses: true,
      allowInsecure: true,
    },
  };
}

const SOURCES_OF_AN_ATTACK = 20;

/** An honest composite; every `perSource`th carries a package of the honest registry. */
export function honestSubject(tenant: number, index: number, { honest }: Registries, hasSource: boolean): Subject {
  const name = `app-${tenant}-${index}`;
  const source = {
    name: 'cfg',
    url: `oci://${honest}/tenant-${tenant}/${name}`,
    ref: { tag: 'v1.0.0' },
    interval: '10s',
  };
  return {
    name,
    namespace: `tenant-${tenant}`,
    attack: undefined,
    parameters: {
      workloadName: name,
      repoPrefix: `tenant-${tenant}`,
      ...(hasSource && { packageCache: { sources: [source] } }),
    },
  };
}

/** A composite of a hostile tenant: as many sources of a hostile registry as fit, or a claim that is expensive by itself. */
export function hostileSubject(tenant: number, index: number, attack: string, { hostile }: Registries): Subject {
  const name = `evil-${tenant}-${index}`;
  const host = hostile[attack];
  const own =
    host === undefined
      ? (EXPENSIVE[attack]?.(index) ?? {})
      : { packageCache: { sources: sourcesOf(host, attack, name) } };
  return {
    name,
    namespace: `tenant-${tenant}`,
    attack,
    parameters: { workloadName: name, repoPrefix: `tenant-${tenant}`, ...own },
  };
}

function sourcesOf(host: string, attack: string, name: string): JsonObject[] {
  return Array.from({ length: SOURCES_OF_AN_ATTACK }, (_, index) => ({
    name: `s${index}`,
    url: `oci://${host}/${name}/s${index}`,
    ref: attack === 'tags' ? { semver: '>=1.0.0', semverFilter: '(a|b|[0-9.]+)*x?$' } : { tag: 'v1.0.0' },
    interval: '10s',
    timeout: '60s',
    ...(attack === 'bomb' && index % 2 === 1 && { content: 'layer', ignore: '**/a*b*c*d*e*f*\n'.repeat(250) }),
  }));
}

/** Claims that cost much without any registry, by the name of the attack. */
const EXPENSIVE: Readonly<Record<string, (index: number) => JsonObject>> = {
  slashes: (index) => ({ repoPrefix: `${'/'.repeat(90_000)}x${index}` }),
  crowd: (index) => ({
    tags: Object.fromEntries(Array.from({ length: 20_000 }, (_, tag) => [`tag-${index}-${tag}`, 'x'.repeat(20)])),
    unknown: Object.fromEntries(Array.from({ length: 20_000 }, (_, field) => [`field-${index}-${field}`, field])),
  }),
  policies: (index) => ({
    access: {
      policy: {
        Version: '2012-10-17',
        Statement: Array.from({ length: 5_000 }, (_, sid) => ({
          Sid: `s${index}x${sid}`,
          Effect: 'Allow',
          Principal: { AWS: ['111122223333', '444455556666'] },
          Action: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
        })),
      },
    },
  }),
};

/** The composite that Crossplane makes of a claim. */
export function compositeOf({ name, namespace, parameters }: Subject, status: JsonObject): JsonObject {
  return {
    apiVersion: 'tap.vrabbi.cloud/v1alpha1',
    kind: 'XWorkloadECRRepo',
    metadata: { name: `${name}-x7k2p`, uid: `uid-${name}` },
    spec: { claimRef: { namespace, name }, parameters },
    status,
  };
}

/** What the cluster makes of a desired resource: repositories become ready, other objects are there. */
export function observedOf(desired: JsonObject): JsonObject {
  const conditions = ['Ready', 'Synced'].map((type) => ({ type, status: 'True', reason: 'Available' }));
  if (desired.kind !== 'Repository') return { ...desired, status: { conditions } };
  const externalName = objectAt(desired, 'metadata', 'annotations')['crossplane.io/external-name'];
  const { uri, arn, registryId } = statusOf(String(externalName));
  const atProvider = { repositoryUri: uri, repositoryArn: arn, registryId, repositoryName: externalName };
  return { ...desired, status: { atProvider, conditions } };
}

/** Whether an object carries a chunk of a package. */
export function isChunk(object: JsonObject | undefined): boolean {
  return isObject(object) && object.kind === 'ConfigMap';
}
