import type { Flavor } from './provider.ts';
import { upjetFlavor } from './upjet.ts';

/** The versions of the kind Repository in `ecr.aws.upbound.io`. */
export const CLUSTER_VERSIONS = ['v1beta1', 'v1beta2'] as const;

/** Repositories of provider-upjet-aws, cluster scoped: `ecr.aws.upbound.io`. */
export function cluster(version: (typeof CLUSTER_VERSIONS)[number]): Flavor {
  return upjetFlavor({
    name: 'ecr.aws.upbound.io',
    namespaced: false,
    repositoryVersion: version,
    scanningIsList: version === 'v1beta1',
    providerTags: ['crossplane-kind', 'crossplane-name', 'crossplane-providerconfig'],
    providerConfigRef: ({ providerName }) => ({ name: providerName }),
    orphan: { deletionPolicy: 'Orphan' },
  });
}
