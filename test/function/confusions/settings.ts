import type { Confusion } from './confusion.ts';

/** All other settings of repositories. */
export const settings: readonly Confusion[] = [
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
  ['tags: {a: null}', 'spec.parameters.tags.a: must be a string, not null; give it a value, or remove it'],
  ['tags: {a: [b]}', 'spec.parameters.tags.a: must be a string, not ["b"]; write "b"'],
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
  ['immutable: true', 'spec.parameters.immutable: unknown field; did you mean imageTags: {mutability: Immutable}?'],
  ['scanOnPush: "true"', 'spec.parameters.scanOnPush: must be a boolean, not "true"; write true, without quotes'],
  ['scanOnPush: 1', 'spec.parameters.scanOnPush: must be a boolean, not 1; write true'],
  ['scanOnPush: {enabled: true}', 'spec.parameters.scanOnPush: must be a boolean, not {"enabled":true}; write true'],
  ['scanOnPush: always', 'spec.parameters.scanOnPush: must be a boolean, not "always"; write true or false'],
  ['scanOnPush: "off"', 'spec.parameters.scanOnPush: must be a boolean, not "off"; write false, without quotes'],
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
  ['accounts: ["123456789012"]', 'spec.parameters.accounts: unknown field; it belongs in access.pull or access.push'],
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
  ['kmsKey: x', 'spec.parameters.kmsKey: unknown field; it belongs in encryption'],
  [
    'creationTemplate: true',
    'spec.parameters.creationTemplate: must be an object, not true; its fields are appliedFor, description, customRoleArn',
  ],
  [
    'pullThroughCache: {prefix: mirror, upstream: registry.example.com}',
    'spec.parameters.pullThroughCache: must be a list, not {"prefix":"mirror","upstream":"registry.example.com"}; write [{"prefix":"mirror","upstream":"registry.example.com"}]',
  ],
];
