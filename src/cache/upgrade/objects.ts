import * as z from 'zod/mini';
import { printable } from '../../internal/quote.ts';
import type { Json, JsonObject } from '../../json/value.ts';
import { CacheError } from '../errors.ts';
import { type PackageSet, packageSetOf } from '../sets/package-set.ts';

/** The kinds of objects that a package set has, and where the Kubernetes API serves them. */
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

export type SetKind = keyof typeof RESOURCES;
/** The kinds that install a package. */
export const PACKAGE_KINDS = ['Configuration', 'Provider', 'Function'] as const;
/** The kinds that are not in a namespace. */
export const CLUSTER_KINDS = ['ImageConfig', ...PACKAGE_KINDS] as const;

export function isPackageKind(kind: SetKind): boolean {
  return PACKAGE_KINDS.some((one) => one === kind);
}

/** One object of a package set, of a file or of a cluster. */
export interface SetObject {
  readonly kind: SetKind;
  readonly name: string;
  /** Empty for kinds that are not in a namespace. */
  readonly namespace: string;
  /** The set that its labels name; undefined where they name none. */
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
    name: z.string().check(z.regex(/^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/, 'must be a name of Kubernetes')),
    namespace: z._default(z.string().check(z.regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/)), ''),
    labels: z._default(z.record(z.string(), z.string()), {}),
    annotations: z._default(z.record(z.string(), z.string()), {}),
  }),
});

/** Reads one object; `where` is for the message. Throws `INVALID_MEMBER` for one that no package set has. */
export function readSetObject(value: JsonObject, where: string): SetObject {
  const parsed = schema.safeParse(value);
  const refuse = (why: string) => new CacheError('INVALID_MEMBER', `cannot use ${where}: ${why}`);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw refuse(`it is not an object of Kubernetes: ${printable(issue?.path.join('.') ?? '')} is invalid`);
  }
  const { apiVersion, kind, metadata } = parsed.data;
  if (!isSetKind(kind) || RESOURCES[kind].apiVersion !== apiVersion) {
    throw refuse(
      `a package set has no ${printable(kind)} of ${printable(apiVersion)}; apply other objects with kubectl`,
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

/** The API path of all objects of a kind; ConfigMaps are those of a namespace. */
export function collectionPath(kind: SetKind, namespace: string): string {
  const { base, plural } = RESOURCES[kind];
  return kind === 'ConfigMap' ? `${base}/namespaces/${encodeURIComponent(namespace)}/${plural}` : `${base}/${plural}`;
}

/** The API path of an object. */
export function objectPath({ kind, namespace, name }: Pick<SetObject, 'kind' | 'namespace' | 'name'>): string {
  return `${collectionPath(kind, namespace)}/${encodeURIComponent(name)}`;
}

/** Names an object for people: `ConfigMap crossplane-system/a`, or `Provider a`. */
export function nameObject({ kind, namespace, name }: Pick<SetObject, 'kind' | 'namespace' | 'name'>): string {
  return `${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`;
}

const jsonObject = z.record(z.string(), z.json());

/** An answer of the API server as plain JSON; undefined for what is not an object. */
export function toJsonObject(value: unknown): JsonObject | undefined {
  const parsed = jsonObject.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}

/** The value at a path of an object; undefined where there is none. */
export function fieldAt(value: Json | undefined, ...path: readonly string[]): Json | undefined {
  let at = value;
  for (const part of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, part)) return undefined;
    at = Object.entries(at).find(([key]) => key === part)?.[1];
  }
  return at;
}

/** The entries of a field that holds text by name, such as a ConfigMap's data; others are left out. */
export function textsAt(value: JsonObject, field: string): Readonly<Record<string, string>> {
  const found = fieldAt(value, field);
  if (typeof found !== 'object' || found === null) return {};
  const texts = Object.entries(found).flatMap(([key, text]) =>
    typeof text === 'string' ? [[key, text] as const] : [],
  );
  return Object.fromEntries(texts);
}
