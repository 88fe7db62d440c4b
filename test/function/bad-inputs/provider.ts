import type { JsonObject } from '../../../src/json/value.ts';
import { composite, example } from '../call.ts';
import { type BadInput, namespaced, row, upjet } from './row.ts';

export const provider: readonly BadInput[] = [
  row('an unknown flavor', 'flavors', ['input.provider.flavor'], {}, { provider: { flavor: 'ecr.aws.upbound.com' } }),
  row(
    'a version that the flavor does not have',
    'flavors',
    ['input.provider.version'],
    {},
    { provider: { flavor: 'ecr.aws.m.upbound.io', version: 'v1beta2' } },
  ),
  row(
    '{name} alone as a namespaced providerConfigRef',
    'a namespaced reference has kind and name',
    ['providerConfigRef'],
    { providerConfigRef: { name: 'default' } },
    namespaced,
  ),
  row(
    'a kind of provider config that does not exist',
    'words',
    ['providerKind'],
    { providerKind: 'ClusterConfig' },
    namespaced,
  ),
  row(
    'a ClusterProviderConfig for a cluster-scoped flavor',
    'flavors',
    ['providerKind'],
    { providerKind: 'ClusterProviderConfig' },
    upjet,
  ),
  {
    ...row('cluster-scoped kinds under a namespaced composite', 'Crossplane v2', ['input.provider.flavor'], {}, upjet),
    composite: example('namespaced/workload.yaml'),
  },
  {
    what: 'namespaced kinds under a cluster-scoped composite without a claim',
    rule: 'namespaced kinds are in a namespace',
    paths: ['metadata.namespace'],
    input: { ...namespaced, nameTemplate: '{prefix}/{workload}{suffix}' },
    composite: { ...composite(), spec: { parameters: (composite().spec as JsonObject).parameters } },
  },
];

const POLLING = 'polling: from the default of the provider to a week';
export const polling: readonly BadInput[] = [
  row('a poll interval shorter than that of the provider', POLLING, ['pollInterval'], { pollInterval: '1m' }, upjet),
  row('a poll interval of more than a week', POLLING, ['pollInterval'], { pollInterval: '169h' }, upjet),
  row('a poll interval in days', POLLING, ['pollInterval'], { pollInterval: '1d' }, upjet),
  row('a poll interval without a unit', 'types', ['pollInterval'], { pollInterval: 3600 }, upjet),
  row('a poll interval on the classic provider', 'flavors', ['pollInterval'], { pollInterval: '6h' }),
  row(
    'a poll interval on ACK',
    'flavors',
    ['repositories[0].pollInterval'],
    { repositories: [{ name: 'cache', pollInterval: '6h' }] },
    { provider: { flavor: 'ecr.services.k8s.aws' }, nameTemplate: '{prefix}/{workload}{suffix}' },
  ),
];
