import type { Confusion } from './confusion.ts';
import { lifecycle } from './lifecycle.ts';
import { packageCache } from './package-cache.ts';
import { settings } from './settings.ts';
import { workload } from './workload.ts';

export type { Confusion };

/** In `spec.parameters`, in addition to the parameters of the example claim. */
export const inParameters: readonly Confusion[] = [...workload, ...settings, ...lifecycle, ...packageCache];

/** All of a claim's `spec`. */
export const inSpec: readonly Confusion[] = [
  [
    'workloadName: a\nrepoPrefix: b\nregion: eu-west-2\nproviderName: c',
    'spec.workloadName: belongs in spec.parameters, with repoPrefix, region and providerName; indent all of them below parameters',
  ],
  [
    'workloadName: a\nparameters: {repoPrefix: b, region: eu-west-2, providerName: c}',
    'spec.workloadName: belongs in spec.parameters; indent it below parameters',
  ],
  [
    'parameters:\nworkloadName: a\nrepoPrefix: b\nregion: eu-west-2\nproviderName: c',
    'spec.workloadName: belongs in spec.parameters, with repoPrefix, region and providerName; indent all of them below parameters',
  ],
  [
    'deletionPolicy: Orphan\nparameters: {workloadName: a, repoPrefix: b, region: eu-west-2, providerName: c}',
    'spec.deletionPolicy: unknown field; in spec.parameters, use deletion: Retain, IfEmpty or Force instead',
  ],
  [
    'deletion: Force\nteam: x\ndefaults: {}\nparameters: {workloadName: a, repoPrefix: b, region: eu-west-2, providerName: c}',
    "spec.defaults: unknown field; it is a field of the Composition's input, which only the platform writes",
    'spec.deletion: unknown field; it belongs in spec.parameters; indent it below parameters',
    'spec.team: unknown field, which this function does not read; remove it, unless another step of the Composition reads it',
  ],
  [
    'parameters: workloadName',
    'spec.parameters: must be an object with workloadName and other parameters, not "workloadName"',
  ],
  [
    'parameters: {repoPrefix: b, region: eu-west-2, providerName: c}',
    'spec.parameters.workloadName: is required, in the claim: two claims with the same name would share their repositories',
  ],
  [
    'parameters: {}',
    "4 problems: (1) spec.parameters.workloadName: is required, in the claim: two claims with the same name would share their repositories; (2) spec.parameters.repoPrefix: is required, in the claim or in defaults of the Composition's input; (3) spec.parameters.region: is required, in the claim or in defaults of the Composition's input; (4) spec.parameters.providerName: is required, in the claim or in defaults of the Composition's input",
  ],
];

/** In the Input of the Composition. */
export const inInput: readonly Confusion[] = [
  ['allowed: {region: [eu-west-2]}', 'input.allowed.region: unknown field; did you mean regions?'],
  ['region: eu-west-2', 'input.region: unknown field; did you mean additionalRegions?'],
  ['defaults: {nameTemplate: "{prefix}"}', 'input.defaults.nameTemplate: unknown field; it belongs in input'],
  [
    'allowed: {accounts: [123456789012], regions: eu-west-2}',
    '2 problems: (1) input.allowed.regions: must be a list, not "eu-west-2"; write ["eu-west-2"]; (2) input.allowed.accounts[0]: must be the 12 digits of an AWS account, in quotes, not 123456789012; YAML read a number: put the digits in quotes: "123456789012"',
  ],
  ['ttl: 5', 'input.ttl: must be a duration from 1s to 24h, such as 90s, 10m or 1h30m, not 5; write a unit: 5s'],
  ['ttl: 2d', 'input.ttl: must be a duration from 1s to 24h, such as 90s, 10m or 1h30m (it is "2d")'],
  [
    'provider: ecr.aws.upbound.io',
    'input.provider: must be an object, not "ecr.aws.upbound.io"; its fields are flavor, version',
  ],
  ['flavor: ecr.aws.upbound.io', 'input.flavor: unknown field; did you mean nameConflictFlavors?'],
  [
    'repositories: [image, bundle]',
    '2 problems: (1) input.repositories[0]: must be an object, not "image"; write {"name":"image"}; (2) input.repositories[1]: must be an object, not "bundle"; write {"name":"bundle"}',
  ],
  ['pullSecret: ecr', 'input.pullSecret: must be an object, not "ecr"; write {"name":"ecr"}'],
  [
    'packageCache: {allowedRegistries: ghcr.io, allowInsecure: "yes"}',
    '2 problems: (1) input.packageCache.allowedRegistries: must be a list, not "ghcr.io"; write ["ghcr.io"]; (2) input.packageCache.allowInsecure: must be a boolean, not "yes"; write true, without quotes',
  ],
  [
    'observe: true',
    'input.observe: must be an object, not true; its fields are images, usage, notPulledDays, scanFindings',
  ],
];
