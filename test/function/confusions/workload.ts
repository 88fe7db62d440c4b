import type { Confusion } from './confusion.ts';

/** The parameters that all claims have, and fields that do not exist. */
export const workload: readonly Confusion[] = [
  [
    'workloadName: yes',
    'spec.parameters.workloadName: must be a string, not true; YAML reads yes, no, on, off, true and false as a boolean: put it in quotes',
  ],
  [
    'workloadName: 1.10',
    'spec.parameters.workloadName: must be a string, not 1.1; YAML read a number: put it in quotes, as written in the file',
  ],
  ['workloadName: 007', 'spec.parameters.workloadName: must be a string, not 7; write "7", in quotes'],
  ['workloadName: null', 'spec.parameters.workloadName: must be a string, not null; give it a value, or remove it'],
  [
    'workloadName: "my app"',
    'spec.parameters.workloadName: invalid name "tap/workloads/my app-default" of the image repository: must consist of a-z, 0-9 and . _ - /, without " "; change workloadName',
  ],
  ['workload: shop', 'spec.parameters.workload: unknown field; did you mean workloadName?'],
  ['worklodName: shop', 'spec.parameters.worklodName: unknown field; did you mean workloadName?'],
  [
    'repoPrefix: 123456789012',
    'spec.parameters.repoPrefix: must be a string, not 123456789012; write "123456789012", in quotes',
  ],
  [
    'repoPrefix: https://123456789012.dkr.ecr.eu-west-2.amazonaws.com/tap',
    'spec.parameters.repoPrefix: must be a prefix without https:// (it is "https://123456789012.dkr.ecr.eu-west-2.amazonaws.com/tap")',
  ],
  [
    'registry: 123456789012.dkr.ecr.eu-west-2.amazonaws.com',
    'spec.parameters.registry: unknown field; did you mean repoPrefix, with the host of the registry in front?',
  ],
  [
    'region: eu-wset-2',
    'spec.parameters.region: must be an AWS region, not "eu-wset-2"; did you mean eu-west-2? (newer regions must be listed in additionalRegions of the Composition\'s input)',
  ],
  [
    'region: eu-west-2a',
    'spec.parameters.region: must be an AWS region such as eu-west-2; did you mean eu-west-2? (it is "eu-west-2a")',
  ],
  [
    'region: EU-WEST-2',
    'spec.parameters.region: must be an AWS region such as eu-west-2; did you mean eu-west-2? (it is "EU-WEST-2")',
  ],
  [
    'region: eu_west_2',
    'spec.parameters.region: must be an AWS region such as eu-west-2; did you mean eu-west-2? (it is "eu_west_2")',
  ],
  ['region: london', 'spec.parameters.region: must be an AWS region such as eu-west-2 (it is "london")'],
  [
    'region: moon-north-1',
    'spec.parameters.region: must be an AWS region, not "moon-north-1" (newer regions must be listed in additionalRegions of the Composition\'s input)',
  ],
  ['region:', 'spec.parameters.region: must be a string, not null; give it a value, or remove it'],
  ['region: [eu-west-2]', 'spec.parameters.region: must be a string, not ["eu-west-2"]; write "eu-west-2"'],
  [
    'region: {name: eu-west-2}',
    'spec.parameters.region: must be a string, not {"name":"eu-west-2"}; write "eu-west-2"',
  ],
  [
    'repositories: [cache, web]',
    '2 problems: (1) spec.parameters.repositories[0]: must be an object, not "cache"; write {"name":"cache"}; (2) spec.parameters.repositories[1]: must be an object, not "web"; write {"name":"web"}',
  ],
  [
    'repositories: {cache: {scanOnPush: true}}',
    'spec.parameters.repositories: must be a list, not {"cache":{"scanOnPush":true}}; write [{"name":"cache","scanOnPush":true}]',
  ],
  ['repositories: cache', 'spec.parameters.repositories: must be a list, not "cache"; write [{"name":"cache"}]'],
  [
    'repositories: [{name: cache, keepLast: 5}]',
    'spec.parameters.repositories[0].keepLast: unknown field; it belongs in lifecycle',
  ],
  [
    'repositories: [{name: cache, region: eu-west-1}]',
    'spec.parameters.repositories[0].region: unknown field; it belongs in spec.parameters',
  ],
  [
    'repositories: [{cache: {scanOnPush: true}}]',
    '2 problems: (1) spec.parameters.repositories[0].name: is required; (2) spec.parameters.repositories[0].cache: unknown field; remove it',
  ],
  ['providerName: {name: aws}', 'spec.parameters.providerName: must be a string, not {"name":"aws"}; write "aws"'],
  [
    'providerKind: providerconfig',
    'spec.parameters.providerKind: must be ClusterProviderConfig or ProviderConfig, not "providerconfig"; did you mean ProviderConfig?',
  ],
  [
    'deletion: Orphan',
    'spec.parameters.deletion: must be Retain, IfEmpty or Force, not "Orphan"; did you mean Retain?',
  ],
  [
    'deletion: Delete',
    'spec.parameters.deletion: must be Retain, IfEmpty or Force, not "Delete"; did you mean IfEmpty?',
  ],
  ['deletion: true', 'spec.parameters.deletion: must be Retain, IfEmpty or Force, not true'],
  [
    'deletion: retain',
    'spec.parameters.deletion: must be Retain, IfEmpty or Force, not "retain"; did you mean Retain?',
  ],
  [
    'managementPolicies: Observe',
    'spec.parameters.managementPolicies: must be a list, not "Observe"; write ["Observe"]',
  ],
  [
    'managementPolicies: [observe]',
    'spec.parameters.managementPolicies[0]: must be Observe, Create, Update, LateInitialize, Delete or *, not "observe"; did you mean Observe?',
  ],
  [
    'managementPolicies: [Observe, Create, "Delet"]',
    'spec.parameters.managementPolicies[2]: must be Observe, Create, Update, LateInitialize, Delete or *, not "Delet"; did you mean Delete?',
  ],
  [
    'nameTemplate: "{prefix}"',
    "spec.parameters.nameTemplate: unknown field; it is a field of the Composition's input, which only the platform writes",
  ],
  [
    'defaults: {deletion: Force}',
    "spec.parameters.defaults: unknown field; it is a field of the Composition's input, which only the platform writes",
  ],
  [
    'team: x',
    'spec.parameters.team: unknown field, which this function does not read; remove it, unless another step of the Composition reads it',
  ],
];
