import { WITHOUT_DELETE } from '../../api/settings/management-policies.ts';
import { upjetFlavor } from './upjet.ts';

/** Repositories of provider-upjet-aws, namespaced: `ecr.aws.m.upbound.io`. Its kinds have no deletionPolicy. */
export const namespaced = upjetFlavor({
  name: 'ecr.aws.m.upbound.io',
  namespaced: true,
  repositoryVersion: 'v1beta1',
  scanningIsList: false,
  providerTags: ['crossplane-kind', 'crossplane-name', 'crossplane-providerconfig'],
  providerConfigRef: ({ providerName, providerKind = 'ClusterProviderConfig' }) => {
    return { kind: providerKind, name: providerName };
  },
  orphan: { managementPolicies: [...WITHOUT_DELETE] },
});
