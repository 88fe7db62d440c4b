import { type BadInput, row, upjet } from './row.ts';

export const deleting: readonly BadInput[] = [
  row(
    'a set of management policies that providers refuse',
    'crossplane-runtime',
    ['managementPolicies'],
    { managementPolicies: ['Create'] },
    upjet,
  ),
  row(
    'no Delete, but Force',
    'contradiction',
    ['managementPolicies'],
    { managementPolicies: ['Observe'], deletion: 'Force' },
    upjet,
  ),
  row(
    'Delete, but Retain',
    'contradiction',
    ['managementPolicies'],
    { managementPolicies: ['Observe', 'Create', 'Delete'], deletion: 'Retain' },
    upjet,
  ),
  row('management policies on the classic provider', 'flavors', ['managementPolicies'], {
    managementPolicies: ['Observe'],
  }),
  row("deletionPolicy, the provider's field", 'unknown fields', ['deletionPolicy'], {
    deletionPolicy: 'Orphan',
  }),
  row("forceDelete, the provider's field", 'unknown fields', ['forceDelete'], { forceDelete: true }),
];
