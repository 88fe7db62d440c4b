import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import metadata from '../package.json' with { type: 'json' };
import { parseReference } from '../src/oci/index.ts';
import { type PackageFile, toDnsLabel } from '../src/xpkg/index.ts';

/** A Configuration of this project: what it installs, and for which provider. */
export interface Configuration {
  readonly name: string;
  /** API group of the repositories that its Composition composes. */
  readonly flavor: string;
  readonly description: string;
  /** The XRD that it installs, as a path in examples/. */
  readonly xrd: string;
  readonly compositeKind: string;
  /** Versions of Crossplane, as a semantic version constraint. */
  readonly crossplane: string;
  readonly provider: { readonly registry: string; readonly name: string; readonly version: string };
}

/** Where a Configuration finds what it depends on. */
export interface Release {
  /** Host and path that the function's package is pushed under, such as `registry.example.com/crossplane`. */
  readonly registry: string;
  /** The function's version, such as `v0.1.0`; newer ones will do. */
  readonly version: string;
  /** Host and path of a mirror that has the provider's package, where it is not taken from its own registry. */
  readonly providerRegistry?: string;
}

const NAME = 'configuration-workload-ecr';
const UPJET = { registry: 'xpkg.upbound.io/upbound', name: 'provider-aws-ecr', version: '>=v2.5.0' };

/** All Configurations. */
export const CONFIGURATIONS: readonly Configuration[] = [
  {
    name: NAME,
    flavor: 'ecr.aws.crossplane.io',
    description: 'WorkloadECRRepo claims on crossplane-contrib/provider-aws.',
    xrd: 'claim/xrd.yaml',
    compositeKind: 'XWorkloadECRRepo',
    crossplane: '>=v1.20.0-0',
    provider: { registry: 'xpkg.crossplane.io/crossplane-contrib', name: 'provider-aws', version: '>=v0.58.0' },
  },
  {
    name: `${NAME}-upjet`,
    flavor: 'ecr.aws.upbound.io',
    description: 'WorkloadECRRepo claims on provider-upjet-aws.',
    xrd: 'claim/xrd.yaml',
    compositeKind: 'XWorkloadECRRepo',
    crossplane: '>=v2.0.0-0',
    provider: UPJET,
  },
  {
    name: `${NAME}-namespaced`,
    flavor: 'ecr.aws.m.upbound.io',
    description: 'Namespaced WorkloadECRRepo composites on provider-upjet-aws.',
    xrd: 'namespaced/xrd.yaml',
    compositeKind: 'WorkloadECRRepo',
    crossplane: '>=v2.0.0-0',
    provider: UPJET,
  },
];

/** The files of a Configuration's package. Throws an OciError where a registry or the version is not one. */
export async function configurationFiles(configuration: Configuration, release: Release): Promise<PackageFile[]> {
  const xrd = await readFile(join(import.meta.dirname, '../examples', configuration.xrd), 'utf8');
  return [
    { path: 'crossplane.yaml', text: stringify(packageMetadata(configuration, release)) },
    { path: 'xrd.yaml', text: xrd },
    { path: 'composition.yaml', text: stringify(composition(configuration, release)) },
  ];
}

function packageMetadata(
  { name, description, crossplane, provider }: Configuration,
  { registry, version, providerRegistry = provider.registry }: Release,
) {
  return {
    apiVersion: 'meta.pkg.crossplane.io/v1',
    kind: 'Configuration',
    metadata: {
      name,
      annotations: {
        'meta.crossplane.io/maintainer': 'The function-workload-ecr authors',
        'meta.crossplane.io/license': metadata.license,
        'meta.crossplane.io/description': `${description} Each workload gets an ECR repository for its image and one for its bundle.`,
      },
    },
    spec: {
      crossplane: { version: crossplane },
      dependsOn: [
        dependency('Provider', `${providerRegistry}/${provider.name}`, provider.version),
        dependency('Function', `${registry}/${metadata.name}`, `>=${version}`),
      ],
    },
  };
}

function dependency(kind: string, source: string, constraint: string) {
  // A reference without a host would mean another registry on each version of Crossplane.
  parseReference(`${source}:${constraint.replace('>=', '')}`, 'strict');
  return { apiVersion: 'pkg.crossplane.io/v1', kind, package: source, version: constraint };
}

function composition({ flavor, compositeKind }: Configuration, { registry }: Release) {
  return {
    apiVersion: 'apiextensions.crossplane.io/v1',
    kind: 'Composition',
    metadata: { name: 'workloadecrrepo', labels: { 'crossplane.io/xrd': xrdName(compositeKind), provider: 'aws' } },
    spec: {
      compositeTypeRef: { apiVersion: 'tap.vrabbi.cloud/v1alpha1', kind: compositeKind },
      mode: 'Pipeline',
      pipeline: [
        {
          step: 'repositories',
          functionRef: { name: dependencyName(`${registry}/${metadata.name}`) },
          input: {
            apiVersion: 'workload-ecr.fn.crossplane.io/v1beta1',
            kind: 'Input',
            provider: { flavor },
            defaults: { deletion: 'IfEmpty' },
          },
        },
      ],
    },
  };
}

function xrdName(compositeKind: string): string {
  return `${compositeKind.toLowerCase()}s.tap.vrabbi.cloud`;
}

/** The name that Crossplane gives to a package that it installs as a dependency: its repository without the registry's host. */
export function dependencyName(source: string): string {
  return toDnsLabel(source.slice(source.indexOf('/') + 1));
}
