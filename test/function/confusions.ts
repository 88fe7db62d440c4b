/** A mistake as the author of a claim or Composition writes it, in YAML, and the answer: one message, or a warning for each field. */
export type Confusion = readonly [written: string, ...answers: string[]];

/** Below `spec.parameters`, beside the parameters of the example claim. */
export const inParameters: readonly Confusion[] = [
  [
    'lifecycle:\nkeepLast: 10',
    'spec.parameters.lifecycle: is empty, but keepLast is at the same level; indent it below lifecycle',
  ],
  [
    'lifecycle:\nkeepLast: 10\nuntaggedDays: 3',
    'spec.parameters.lifecycle: is empty, but keepLast and untaggedDays are at the same level; indent them below lifecycle',
  ],
  [
    'tags: [{key: a, value: b}]',
    'spec.parameters.tags: must be an object, not [{"key":"a","value":"b"}]; write {"a":"b"}',
  ],
  [
    'tags: [{Key: a, Value: 5}, {Key: c, Value: d}]',
    'spec.parameters.tags: must be an object, not [{"Key":"a","Value":5},{"Key":"c","Value":"d"}]; write {"a":"5","c":"d"}',
  ],
  ['tags: "a=b,c=d"', 'spec.parameters.tags: must be an object, not "a=b,c=d"; write {"a":"b","c":"d"}'],
  ['tags: ["a=b", "c: d"]', 'spec.parameters.tags: must be an object, not ["a=b","c: d"]; write {"a":"b","c":"d"}'],
  ['tags: [a, b]', 'spec.parameters.tags: must be an object, not ["a","b"]; write {"KEY":"VALUE"}'],
  [
    'tags: [{team: x}, {env: prod}]',
    'spec.parameters.tags: must be an object, not [{"team":"x"},{"env":"prod"}]; write {"team":"x","env":"prod"}',
  ],
  [
    'tags: {cost: 42, on: yes, version: 1.10}',
    '3 problems: (1) spec.parameters.tags.cost: must be a string, not 42; write "42", in quotes; (2) spec.parameters.tags.true: must be a string, not true; YAML reads yes, no, on, off, true and false as a boolean: put it in quotes; (3) spec.parameters.tags.version: must be a string, not 1.1; YAML read a number: put it in quotes, as written in the file',
  ],
  ['tags:\nteam: x', 'spec.parameters.tags: must be an object, not null; give it a value, or remove it'],
  [
    'imageTags: Immutable',
    'spec.parameters.imageTags: must be an object, not "Immutable"; write {mutability: Immutable}',
  ],
  [
    'imageTags: IMMUTABLE',
    'spec.parameters.imageTags: must be an object, not "IMMUTABLE"; write {mutability: Immutable}',
  ],
  ['imageTags: true', 'spec.parameters.imageTags: must be an object, not true; write {mutability: Immutable}'],
  [
    'imageTags: latest',
    'spec.parameters.imageTags: must be an object, not "latest"; write {mutability: Mutable or Immutable}',
  ],
  [
    'imageTags: {mutability: IMMUTABLE}',
    'spec.parameters.imageTags.mutability: must be Mutable or Immutable, not "IMMUTABLE"; did you mean Immutable?',
  ],
  [
    'imageTags: {mutability: immutable, except: latest}',
    '2 problems: (1) spec.parameters.imageTags.mutability: must be Mutable or Immutable, not "immutable"; did you mean Immutable?; (2) spec.parameters.imageTags.except: must be a list, not "latest"; write ["latest"]',
  ],
  [
    'imageTags: {mutability: IMMUTABLE_WITH_EXCLUSION}',
    'spec.parameters.imageTags.mutability: must be Mutable or Immutable, not "IMMUTABLE_WITH_EXCLUSION"; did you mean Immutable?',
  ],
  [
    'imageTags: {immutable: true}',
    '2 problems: (1) spec.parameters.imageTags.mutability: is required; (2) spec.parameters.imageTags.immutable: unknown field; remove it or use one of mutability and except',
  ],
  [
    'lifecycle: \'{"rules":[{"rulePriority":1}]}\'',
    'spec.parameters.lifecycle: must be an object, not "{\\"rules\\":[{\\"rulePriority\\":1}]}"; write {policy: \'{"rules":[{"rulePriority":1}]}\'}',
  ],
  ['lifecycle: 10', 'spec.parameters.lifecycle: must be an object, not 10; write {"keepLast":10}'],
  [
    'lifecycle: 30d',
    'spec.parameters.lifecycle: must be an object, not "30d"; write {keepLast: NUMBER} or {olderThanDays: NUMBER}',
  ],
  [
    'lifecycle: [{rulePriority: 1, selection: {tagStatus: any}}]',
    'spec.parameters.lifecycle: must be an object, not [{"rulePriority":1,"selection":{"tagStatus":"any"}}]; write {"policy":{"rules":[{"rulePriority":1,"selection":{"tagStatus":"any"}}]}}',
  ],
  [
    'lifecycle: [{tagPrefixes: [v], keepLast: 10}]',
    'spec.parameters.lifecycle: must be an object, not [{"tagPrefixes":["v"],"keepLast":10}]; write {"rules":[{"tagPrefixes":["v"],"keepLast":10}]}',
  ],
  [
    'lifecycle: {rules: [{rulePriority: 1, selection: {tagStatus: any}, action: {type: expire}}]}',
    "spec.parameters.lifecycle.rules[0]: has rulePriority, selection and action, the fields of ECR's own form; use tagPrefixes or tagPatterns with keepLast or olderThanDays, or put the rules below lifecycle.policy",
  ],
  [
    'lifecycle: {rules: [{tagStatus: tagged, tagPrefixes: [v], keepLast: 5}]}',
    "spec.parameters.lifecycle.rules[0]: has tagStatus, the fields of ECR's own form; use tagPrefixes or tagPatterns with keepLast or olderThanDays, or put the rules below lifecycle.policy",
  ],
  [
    'lifecycle: {rules: {tagPrefixes: [v], keepLast: 5}}',
    'spec.parameters.lifecycle.rules: must be a list, not {"tagPrefixes":["v"],"keepLast":5}; write [{"tagPrefixes":["v"],"keepLast":5}]',
  ],
  [
    'lifecycle: {rules: [{tagPrefixes: v, keepLast: "5"}]}',
    '2 problems: (1) spec.parameters.lifecycle.rules[0].tagPrefixes: must be a list, not "v"; write ["v"]; (2) spec.parameters.lifecycle.rules[0].keepLast: must be an integer from 1 to 2147483647, not "5"; write 5, without quotes',
  ],
  [
    'lifecycle: {keepLast: "10"}',
    'spec.parameters.lifecycle.keepLast: must be an integer from 1 to 2147483647, not "10"; write 10, without quotes',
  ],
  [
    'lifecycle: {untaggedDays: 14d}',
    'spec.parameters.lifecycle.untaggedDays: must be an integer from 1 to 2147483647, not "14d"; write 14, a number of days',
  ],
  [
    'lifecycle: {untaggedDays: 2w, olderThanDays: "thirty"}',
    '2 problems: (1) spec.parameters.lifecycle.olderThanDays: must be an integer from 1 to 2147483647, not "thirty"; (2) spec.parameters.lifecycle.untaggedDays: must be an integer from 1 to 2147483647, not "2w"; write 14, a number of days',
  ],
  [
    'lifecycle: {keepLast: 10.5}',
    'spec.parameters.lifecycle.keepLast: must be an integer from 1 to 2147483647, not 10.5; write it without a fraction',
  ],
  ['lifecycle: {keepLast: 0}', 'spec.parameters.lifecycle.keepLast: must be at least 1 (it is 0)'],
  [
    'lifecycle: {keepDays: 10}',
    'spec.parameters.lifecycle.keepDays: unknown field; remove it or use one of keepLast, olderThanDays, untaggedDays, archive, rules and policy',
  ],
  [
    'lifecycle: {}',
    'spec.parameters.lifecycle: must have keepLast, olderThanDays, untaggedDays, archive or rules, or policy (it is {})',
  ],
  ['scanOnPush: "true"', 'spec.parameters.scanOnPush: must be a boolean, not "true"; write true, without quotes'],
  ['scanOnPush: 1', 'spec.parameters.scanOnPush: must be a boolean, not 1; write true'],
  ['scanOnPush: {enabled: true}', 'spec.parameters.scanOnPush: must be a boolean, not {"enabled":true}; write true'],
  ['scanOnPush: always', 'spec.parameters.scanOnPush: must be a boolean, not "always"; write true or false'],
  [
    'access: {pull: {accounts: [012345670123]}}',
    'spec.parameters.access.pull.accounts[0]: must be the 12 digits of an AWS account, in quotes, not 1402433619; YAML read a number: put the digits in quotes, as written in the file',
  ],
  [
    'access: {pull: {accounts: [12345678901]}}',
    'spec.parameters.access.pull.accounts[0]: must be the 12 digits of an AWS account, in quotes, not 12345678901; YAML read a number: put the digits in quotes, as written in the file',
  ],
  [
    'access: {pull: {accounts: [123456789012]}}',
    'spec.parameters.access.pull.accounts[0]: must be the 12 digits of an AWS account, in quotes, not 123456789012; YAML read a number: put the digits in quotes: "123456789012"',
  ],
  [
    'access: {pull: {accounts: 123456789012}}',
    'spec.parameters.access.pull.accounts: must be a list of accounts, not 123456789012; write ["123456789012"], in quotes',
  ],
  [
    'access: {pull: {accounts: "111122223333, 444455556666"}}',
    'spec.parameters.access.pull.accounts: must be a list, not "111122223333, 444455556666"; write ["111122223333","444455556666"]',
  ],
  [
    'access: {accounts: ["111122223333"]}',
    'spec.parameters.access.accounts: unknown field; it belongs in pull or push',
  ],
  [
    'access: ["111122223333"]',
    'spec.parameters.access: must be an object with pull, push or policy, not ["111122223333"]; write {"pull":{"accounts":["111122223333"]}}',
  ],
  [
    'access: \'{"Version":"2012-10-17","Statement":[]}\'',
    'spec.parameters.access: must be an object with pull, push or policy, not "{\\"Version\\":\\"2012-10-17\\",\\"Statement\\":[]}"; write {policy: \'{"Version":"2012-10-17","Statement":[]}\'}',
  ],
  [
    'access: {Version: "2012-10-17", Statement: [{Effect: Allow}]}',
    'spec.parameters.access: has Version and Statement, the elements of an IAM policy; indent all of them below policy: access: {policy: {Version: …, Statement: …}}',
  ],
  [
    'access: {pull: ["111122223333"]}',
    'spec.parameters.access.pull: must be an object, not ["111122223333"]; write {"accounts":["111122223333"]}',
  ],
  [
    'access: {pull: "111122223333"}',
    'spec.parameters.access.pull: must be an object, not "111122223333"; write {"accounts":["111122223333"]}',
  ],
  ['access: {pull: {role: arn}}', 'spec.parameters.access.pull.role: unknown field; did you mean roles?'],
  [
    'access: {push: {organizations: [o-a1b2c3d4e5]}}',
    'spec.parameters.access.push.organizations: unknown field; it belongs in spec.parameters.access.pull',
  ],
  ['encryption: KMS', 'spec.parameters.encryption: must be an object, not "KMS"; write {type: KMS}'],
  ['encryption: kms', 'spec.parameters.encryption: must be an object, not "kms"; write {type: KMS}'],
  [
    'encryption: arn:aws:kms:eu-west-2:123456789012:key/0b8f6f5e-2a34-4c6e-9a53-4d1f0c9b7a21',
    'spec.parameters.encryption: must be an object, not "arn:aws:kms:eu-west-2:123456789012:key/0b8f6f5e-2a34-4c6e-9a53-4d1f0c9b7a21"; write {type: KMS, kmsKey: arn:aws:kms:eu-west-2:123456789012:key/0b8f6f5e-2a34-4c6e-9a53-4d1f0c9b7a21}',
  ],
  [
    'encryption: {type: kms}',
    'spec.parameters.encryption.type: must be AES256, KMS or KMS_DSSE, not "kms"; did you mean KMS?',
  ],
  [
    'encryption: {encryptionType: KMS}',
    '2 problems: (1) spec.parameters.encryption.type: is required; (2) spec.parameters.encryption.encryptionType: unknown field; did you mean type?',
  ],
  [
    'encryption: {kmsKey: arn:aws:kms:eu-west-2:123456789012:key/0b8f6f5e-2a34-4c6e-9a53-4d1f0c9b7a21}',
    'spec.parameters.encryption.type: is required',
  ],
  [
    'encryption: true',
    'spec.parameters.encryption: must be an object, not true; write {type: AES256, KMS or KMS_DSSE}',
  ],
  [
    'packageCache: {sources: [{name: a, interval: 5}]}',
    'spec.parameters.packageCache.sources[0].interval: must be a duration from 10s to 168h, such as 90s, 10m or 1h30m, not 5; write a unit: 5m',
  ],
  [
    'packageCache: {sources: [{name: a, interval: 1d, timeout: 2000}]}',
    '2 problems: (1) spec.parameters.packageCache.sources[0].interval: must be a duration from 10s to 168h, such as 90s, 10m or 1h30m; the longest unit is h: write 24h (it is "1d"); (2) spec.parameters.packageCache.sources[0].timeout: must be a duration from 1s to 10m, such as 90s or 10m, not 2000',
  ],
  [
    'packageCache: {sources: {name: a}}',
    'spec.parameters.packageCache.sources: must be a list, not {"name":"a"}; write [{"name":"a"}]',
  ],
  [
    'packageCache: {sources: {web: {url: oci://x/y}}}',
    'spec.parameters.packageCache.sources: must be a list, not {"web":{"url":"oci://x/y"}}; write [{"name":"web","url":"oci://x/y"}]',
  ],
  [
    'packageCache: [{name: a}]',
    'spec.parameters.packageCache: must be an object, not [{"name":"a"}]; write {"sources":[{"name":"a"}]}',
  ],
  [
    'packageCache: {sources: [a]}',
    'spec.parameters.packageCache.sources[0]: must be an object, not "a"; write {"name":"a"}',
  ],
  [
    'packageCache: {sources: [{name: a, ref: v1.2.3, secretRef: pull}]}',
    '2 problems: (1) spec.parameters.packageCache.sources[0].ref: must be an object, not "v1.2.3"; write {"tag":"v1.2.3"}; (2) spec.parameters.packageCache.sources[0].secretRef: must be an object, not "pull"; write {"name":"pull"}',
  ],
  [
    'packageCache: {sources: [{name: a, tag: v1, semver: 1.x}]}',
    '2 problems: (1) spec.parameters.packageCache.sources[0].tag: unknown field; it belongs in ref; (2) spec.parameters.packageCache.sources[0].semver: unknown field; it belongs in ref',
  ],
  [
    'packageCache: {sources: [{name: a, ref: {semver: 1.2}, install: true}]}',
    '2 problems: (1) spec.parameters.packageCache.sources[0].ref.semver: must be a string, not 1.2; YAML read a number: put it in quotes, as written in the file; (2) spec.parameters.packageCache.sources[0].install: must be an object, not true; its fields are kind, name, packagePullPolicy, pinTag, skipDependencyResolution',
  ],
  [
    'packageCache: {sources: [{name: a, ref: {tag: 1.10}, install: {kind: provider}}]}',
    '2 problems: (1) spec.parameters.packageCache.sources[0].ref.tag: must be a string, not 1.1; YAML read a number: put it in quotes, as written in the file; (2) spec.parameters.packageCache.sources[0].install.kind: must be Configuration, Provider or Function, not "provider"; did you mean Provider?',
  ],
  [
    'packageCache: {url: oci://x/y}',
    '2 problems: (1) spec.parameters.packageCache.sources: is required; (2) spec.parameters.packageCache.url: unknown field; it belongs in sources[]',
  ],
  [
    'packageCache: {sources: [{name: a, url: registry.example.com/x:v1}]}',
    'spec.parameters.packageCache.sources[0].url: must be oci://HOST/REPOSITORY, without a tag or digest (it is "registry.example.com/x:v1")',
  ],
  ['immutable: true', 'spec.parameters.immutable: unknown field; did you mean imageTags: {mutability: Immutable}?'],
  [
    'team: x',
    'spec.parameters.team: unknown field, which this function does not read; remove it, unless another step of the Composition reads it',
  ],
  [
    'nameTemplate: "{prefix}"',
    "spec.parameters.nameTemplate: unknown field; it is a field of the Composition's input, which only the platform writes",
  ],
  [
    'defaults: {deletion: Force}',
    "spec.parameters.defaults: unknown field; it is a field of the Composition's input, which only the platform writes",
  ],
  ['keepLast: 10', 'spec.parameters.keepLast: unknown field; it belongs in lifecycle'],
  ['kmsKey: x', 'spec.parameters.kmsKey: unknown field; it belongs in encryption'],
  ['accounts: ["123456789012"]', 'spec.parameters.accounts: unknown field; it belongs in access.pull or access.push'],
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
  [
    'managementPolicies: Observe',
    'spec.parameters.managementPolicies: must be a list, not "Observe"; write ["Observe"]',
  ],
  [
    'managementPolicies: [observe]',
    'spec.parameters.managementPolicies[0]: must be Observe, Create, Update, LateInitialize, Delete or *, not "observe"; did you mean Observe?',
  ],
  ['providerName: {name: aws}', 'spec.parameters.providerName: must be a string, not {"name":"aws"}; write "aws"'],
  [
    'registry: 123456789012.dkr.ecr.eu-west-2.amazonaws.com',
    'spec.parameters.registry: unknown field; did you mean repoPrefix, with the host of the registry in front?',
  ],
  [
    'repoPrefix: 123456789012',
    'spec.parameters.repoPrefix: must be a string, not 123456789012; write "123456789012", in quotes',
  ],
  [
    'repoPrefix: https://123456789012.dkr.ecr.eu-west-2.amazonaws.com/tap',
    'spec.parameters.repoPrefix: must be a prefix without https:// (it is "https://123456789012.dkr.ecr.eu-west-2.amazonaws.com/tap")',
  ],
  ['workload: shop', 'spec.parameters.workload: unknown field; did you mean workloadName?'],
  ['worklodName: shop', 'spec.parameters.worklodName: unknown field; did you mean workloadName?'],
  ['scanOnPush: "off"', 'spec.parameters.scanOnPush: must be a boolean, not "off"; write false, without quotes'],
  ['tags: {a: null}', 'spec.parameters.tags.a: must be a string, not null; give it a value, or remove it'],
  ['tags: {a: [b]}', 'spec.parameters.tags.a: must be a string, not ["b"]; write "b"'],
  [
    'lifecycle: {archive: 90}',
    'spec.parameters.lifecycle.archive: must be an object, not 90; its fields are notPulledDays, deleteAfterDays',
  ],
  [
    'lifecycle: {archive: {notPulledDays: 90d}}',
    'spec.parameters.lifecycle.archive.notPulledDays: must be an integer from 1 to 2147483647, not "90d"; write 90, a number of days',
  ],
  ['lifecycle: {untagged: 14}', 'spec.parameters.lifecycle.untagged: unknown field; did you mean untaggedDays?'],
  [
    'lifecycle: {rules: [{prefix: v, keepLast: 5}]}',
    '2 problems: (1) spec.parameters.lifecycle.rules[0].prefix: unknown field; did you mean tagPrefixes?; (2) spec.parameters.lifecycle.rules[0]: must have either tagPrefixes or tagPatterns (it is {"prefix":"v","keepLast":5})',
  ],
  ['lifecycle: {rules: []}', 'spec.parameters.lifecycle.rules: must have at least one rule, or be omitted (it is [])'],
  [
    'access: {pull: {accounts: ["1111-2222-3333"]}}',
    'spec.parameters.access.pull.accounts[0]: must be the 12 digits of an AWS account; write "111122223333" (it is "1111-2222-3333")',
  ],
  [
    'access: {pull: {roles: builder}}',
    'spec.parameters.access.pull.roles: must be a list, not "builder"; write ["builder"]',
  ],
  [
    'access: {pull: {organizations: o-a1b2c3d4e5, lambda: "true"}}',
    '2 problems: (1) spec.parameters.access.pull.organizations: must be a list, not "o-a1b2c3d4e5"; write ["o-a1b2c3d4e5"]; (2) spec.parameters.access.pull.lambda: must be a boolean, not "true"; write true, without quotes',
  ],
  [
    'access: {policy: {Statement: [{Effect: allow, Principal: "*", Action: ecr:BatchGetImage}]}}',
    'spec.parameters.access.policy.Statement[0].Effect: must be Allow or Deny, not "allow"; did you mean Allow?',
  ],
  ['access: true', 'spec.parameters.access: must be an object with pull, push or policy, not true'],
  [
    'creationTemplate: true',
    'spec.parameters.creationTemplate: must be an object, not true; its fields are appliedFor, description, customRoleArn',
  ],
  [
    'pullThroughCache: {prefix: mirror, upstream: registry.example.com}',
    'spec.parameters.pullThroughCache: must be a list, not {"prefix":"mirror","upstream":"registry.example.com"}; write [{"prefix":"mirror","upstream":"registry.example.com"}]',
  ],
  [
    'managementPolicies: [Observe, Create, "Delet"]',
    'spec.parameters.managementPolicies[2]: must be Observe, Create, Update, LateInitialize, Delete or *, not "Delet"; did you mean Delete?',
  ],
  [
    'providerKind: providerconfig',
    'spec.parameters.providerKind: must be ClusterProviderConfig or ProviderConfig, not "providerconfig"; did you mean ProviderConfig?',
  ],
];

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
