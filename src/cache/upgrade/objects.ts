import * as z from 'zod/mini';
import { printable } from '../../internal/quote.ts';
import type { Json, JsonObject } from '../../json/value.ts';
import { CacheError } from '../errors.ts';
import { type PackageSet, packageSetOf } from '../sets/package-set.ts';

/** The kinds of objects of a package set, and their paths in the Kubernetes API. */
const RESOURCES = {
  ConfigMap: { apiVersion: 'v1', base: '/api/v1', plural: 'configmaps' },
  ImageConfig: {
    apiVersion: 'pkg.crossplane.io/v1beta1',
    base: '/apis/pkg.crossplane.io/v1beta1',
    plural: 'imageconfigs',
  },
  Configuration: { apiVersion: 'pkg.crossplane.io/v1', base: '/apis/pkg.crossplane.io/v1', plural: 'configurations' },
  Provider: { apiVersion: 'pkg.crossplane.io/v1', base: '/apis/pkg.crossplane.io/v1', plural: 'providers' },
  Function: { apiVersion: 'pkg.crossplane.io/v1', base: '/apis/pkg.crossplane.io/v1', plural: 'functions' },
} as const;

/** A kind of object of a package set. */
export type SetKind = keyof typeof RESOURCES;
/** The kinds that install a package. */
export const PACKAGE_KINDS = ['Configuration', 'Provider', 'Function'] as const;
/** The cluster-scoped kinds. */
export const CLUSTER_KINDS = ['ImageConfig', ...PACKAGE_KINDS] as const;

/** True for a kind that installs a package. */
export function isPackageKind(kind: SetKind): boolean {
  return PACKAGE_KINDS.some((one) => one === kind);
}

/** An object of a package set, from a file or a cluster. */
export interface SetObject {
  readonly kind: SetKind;
  readonly name: string;
  /** Empty for cluster-scoped kinds. */
  readonly namespace: string;
  /** The set that its labels name; undefined if they name none. */
  readonly set: PackageSet | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** The whole object. */
  readonly value: JsonObject;
}

const schema = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.object({
    name: z.string().check(z.regex(/^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/, 'must be a valid name of an object')),
    namespace: z._default(z.string().check(z.regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/)), ''),
    labels: z._default(z.record(z.string(), z.string()), {}),
    annotations: z._default(z.record(z.string(), z.string()), {}),
  }),
});

/** Parses an object; `where` is for the message. Throws `INVALID_MEMBER` for an object that does not belong in a package set. */
export function readSetObject(value: JsonObject, where: string): SetObject {
  const parsed = schema.safeParse(value);
  const refuse = (why: string) => new CacheError('INVALID_MEMBER', `cannot use ${where}: ${why}`);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw refuse(`it is not a Kubernetes object: ${printable(issue?.path.join('.') ?? '')} is invalid`);
  }
  const { apiVersion, kind, metadata } = parsed.data;
  if (!isSetKind(kind) || RESOURCES[kind].apiVersion !== apiVersion) {
    throw refuse(
      `package sets do not support ${printable(kind)} of ${printable(apiVersion)}; apply other objects with kubectl`,
    );
  }
  const { name, namespace, labels, annotations } = metadata;
  if (kind === 'ConfigMap' && namespace === '') throw refuse('metadata.namespace is missing');
  const inNamespace = kind === 'ConfigMap' ? namespace : '';
  return { kind, name, namespace: inNamespace, set: packageSetOf(labels), labels, annotations, value };
}

function isSetKind(kind: string): kind is SetKind {
  return Object.hasOwn(RESOURCES, kind);
}

/** Returns the API path of all objects of a kind, for ConfigMaps those of a namespace. */
export function collectionPath(kind: SetKind, namespace: string): string {
  const { base, plural } = RESOURCES[kind];
  return kind === 'ConfigMap' ? `${base}/namespaces/${encodeURIComponent(namespace)}/${plural}` : `${base}/${plural}`;
}

/** Returns the API path of an object. */
export function objectPath({ kind, namespace, name }: Pick<SetObject, 'kind' | 'namespace' | 'name'>): string {
  return `${collectionPath(kind, namespace)}/${encodeURIComponent(name)}`;
}

/** Formats the kind and name of an object: `ConfigMap crossplane-system/a`, or `Provider a`. */
export function nameObject({ kind, namespace, name }: Pick<SetObject, 'kind' | 'namespace' | 'name'>): string {
  return `${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`;
}

const jsonObject = z.record(z.string(), z.json());

/** Converts a response of the API server to a JSON object; undefined for other values. */
export function toJsonObject(value: unknown): JsonObject | undefined {
  const parsed = jsonObject.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}

/** Returns the value at a path of an object; undefined if it does not exist. */
export function fieldAt(value: Json | undefined, ...path: readonly string[]): Json | undefined {
  let at = value;
  for (const part of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, part)) return undefined;
    at = Object.entries(at).find(([key]) => key === part)?.[1];
  }
  return at;
}

/** Returns the string entries of a field, such as a ConfigMap's data; ignores others. */
export function textsAt(value: JsonObject, field: string): Readonly<Record<string, string>> {
  const found = fieldAt(value, field);
  if (typeof found !== 'object' || found === null) return {};
  const texts = Object.entries(found).flatMap(([key, text]) =>
    typeof text === 'string' ? [[key, text] as const] : [],
  );
  return Object.fromEntries(texts);
}
