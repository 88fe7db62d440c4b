import { isYamlObject, type YamlValue } from '../yaml/index.ts';
import type { StructTable } from './struct-table.ts';
import { EXTENSIONS_V1, EXTENSIONS_V1ALPHA1, EXTENSIONS_V2 } from './types/crossplane-extensions.ts';
import { OPERATIONS_V1ALPHA1 } from './types/crossplane-operations.ts';
import { CRD_V1, CRD_V1BETA1 } from './types/custom-resource-definition.ts';
import { PACKAGE_META_V1, PACKAGE_META_V1ALPHA1, PACKAGE_META_V1BETA1 } from './types/package-meta.ts';
import { WEBHOOKS_V1 } from './types/webhook-configuration.ts';

/** The type of a package, which is the kind of its metadata. */
export type PackageType = 'Configuration' | 'Provider' | 'Function';

/** A kind that a package may contain. */
export interface Kind {
  /** The struct table that describes its fields, under the kind's name. */
  readonly table: StructTable;
  /** The types of packages that may contain it. */
  readonly packages: readonly PackageType[];
  readonly isMeta: boolean;
}

const KINDS = new Map<string, Kind>([
  ...metas('v1', PACKAGE_META_V1, 'Configuration', 'Provider', 'Function'),
  ...metas('v1alpha1', PACKAGE_META_V1ALPHA1, 'Configuration', 'Provider'),
  ...metas('v1beta1', PACKAGE_META_V1BETA1, 'Function'),
  ...objects('apiextensions.k8s.io/v1', CRD_V1, ['Provider', 'Function'], 'CustomResourceDefinition'),
  ...objects('apiextensions.k8s.io/v1beta1', CRD_V1BETA1, ['Provider', 'Function'], 'CustomResourceDefinition'),
  ...objects(
    'admissionregistration.k8s.io/v1',
    WEBHOOKS_V1,
    ['Provider'],
    'ValidatingWebhookConfiguration',
    'MutatingWebhookConfiguration',
  ),
  ...objects(
    'apiextensions.crossplane.io/v1',
    EXTENSIONS_V1,
    ['Configuration'],
    'CompositeResourceDefinition',
    'Composition',
  ),
  ...objects('apiextensions.crossplane.io/v2', EXTENSIONS_V2, ['Configuration'], 'CompositeResourceDefinition'),
  ...objects('apiextensions.crossplane.io/v1alpha1', EXTENSIONS_V1ALPHA1, ['Provider'], 'ManagedResourceDefinition'),
  ...objects(
    'apiextensions.crossplane.io/v1alpha1',
    EXTENSIONS_V1ALPHA1,
    ['Configuration'],
    'ManagedResourceActivationPolicy',
  ),
  ...objects(
    'ops.crossplane.io/v1alpha1',
    OPERATIONS_V1ALPHA1,
    ['Configuration'],
    'Operation',
    'CronOperation',
    'WatchOperation',
  ),
]);

function metas(version: string, table: StructTable, ...types: readonly PackageType[]): [string, Kind][] {
  return types.map((type) => [`meta.pkg.crossplane.io/${version}/${type}`, { table, packages: [type], isMeta: true }]);
}

function objects(
  apiVersion: string,
  table: StructTable,
  packages: readonly PackageType[],
  ...kinds: readonly string[]
): [string, Kind][] {
  return kinds.map((kind) => [`${apiVersion}/${kind}`, { table, packages, isMeta: false }]);
}

/** Returns the description of a kind, or undefined if packages must not contain it. */
export function findKind(apiVersion: string, kind: string): Kind | undefined {
  return KINDS.get(`${apiVersion}/${kind}`);
}

/** Lists the API versions and kinds that a package of a type may contain in addition to its metadata, for messages. */
export function allowedKinds(type: PackageType): string[] {
  const names = [...KINDS].filter(([, kind]) => !kind.isMeta && kind.packages.includes(type)).map(([name]) => name);
  return [...new Set(names.map((name) => name.slice(name.lastIndexOf('/') + 1)))];
}

/** Returns the value at a path of keys, or undefined. */
export function valueAt(value: YamlValue | undefined, ...path: readonly string[]): YamlValue | undefined {
  return path.reduce<YamlValue | undefined>((at, key) => (isYamlObject(at) ? at[key] : undefined), value);
}

/** Returns the package type of a metadata kind, or undefined for any other kind. */
export function packageTypeOf(kind: string): PackageType | undefined {
  return kind === 'Configuration' || kind === 'Provider' || kind === 'Function' ? kind : undefined;
}
