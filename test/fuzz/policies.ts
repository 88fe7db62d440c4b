import fc from 'fast-check';
import type { Json, JsonObject } from '../../src/json/value.ts';
import { mutatedJson, oddJson } from './json.ts';

/** Accounts and organizations that the platform of these cases allows, and some that it does not. */
export const ALLOWED_ACCOUNTS = ['111122223333', '444455556666'];
export const ALLOWED_ORGANIZATIONS = ['o-a1b2c3d4e5'];

const account = fc.constantFrom(...ALLOWED_ACCOUNTS, '999988887777');
const organization = fc.constantFrom(...ALLOWED_ORGANIZATIONS, 'o-zzzzzzzzzz');

const awsPrincipal = fc.oneof(
  account,
  fc
    .tuple(
      fc.constantFrom('arn:aws', 'arn:aws-cn', 'arn:*', 'ARN:aws'),
      account,
      fc.constantFrom('root', 'role/builder', 'user/*', '*'),
    )
    .map(([start, id, end]) => `${start}:iam::${id}:${end}`),
  fc.constantFrom(
    '*',
    'arn:aws:iam::*:root',
    'arn:aws:iam:::root',
    'arn:aws:sts::999988887777:assumed-role/r/s',
    'AIDAEXAMPLE',
  ),
);

/** One value, or a list of some; sometimes an empty one. */
function oneOrMore(value: fc.Arbitrary<Json>): fc.Arbitrary<Json> {
  return fc.oneof(
    { weight: 3, arbitrary: value },
    { weight: 3, arbitrary: fc.array(value, { minLength: 1, maxLength: 3 }) },
    { weight: 1, arbitrary: fc.array(value, { maxLength: 1 }) },
  );
}

const principal = fc.oneof(
  { weight: 1, arbitrary: fc.constant<Json>('*') },
  { weight: 6, arbitrary: fc.record({ AWS: oneOrMore(awsPrincipal) }) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        fc.constantFrom('Service', 'Federated', 'CanonicalUser', 'aws'),
        oneOrMore(fc.oneof(awsPrincipal, fc.constant('lambda.amazonaws.com'))),
      )
      .map(([kind, who]): Json => ({ [kind]: who })),
  },
);

const condition = fc
  .tuple(
    fc.constantFrom(
      'StringEquals',
      'StringLike',
      'ForAnyValue:StringEquals',
      'StringNotEquals',
      'StringEqualsIfExists',
      'Bool',
    ),
    fc.constantFrom(
      'aws:PrincipalOrgID',
      'aws:principalorgid',
      'aws:SourceAccount',
      'aws:PrincipalAccount',
      'aws:sourceArn',
    ),
    oneOrMore(fc.oneof(organization, account, fc.constant('o-*'))),
  )
  .map(([operator, key, value]): Json => ({ [operator]: { [key]: value } }));

const action = oneOrMore(
  fc.constantFrom('ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer', 'ecr:*', '*', 'ECR:PutImage'),
);

const statement: fc.Arbitrary<Json> = fc
  .record({
    Sid: fc.option(fc.stringMatching(/^[A-Za-z0-9]{1,8}$/), { nil: undefined }),
    Effect: fc.constantFrom('Allow', 'Allow', 'Deny'),
    who: fc.tuple(fc.constantFrom('Principal', 'Principal', 'Principal', 'NotPrincipal'), principal),
    what: fc.tuple(fc.constantFrom('Action', 'Action', 'NotAction'), action),
    Condition: fc.option(condition, { nil: undefined }),
  })
  .map(({ Sid, Effect, who, what, Condition }): JsonObject => {
    const plain = { Effect, [who[0]]: who[1], [what[0]]: what[1] };
    return { ...(Sid !== undefined && { Sid }), ...plain, ...(Condition !== undefined && { Condition }) };
  });

/** Repository policies as people write them, and with mistakes. */
export const repositoryPolicy: fc.Arbitrary<Json> = mutatedJson(
  fc.record({
    Version: fc.constantFrom('2012-10-17', '2008-10-17'),
    Statement: fc.oneof(
      { weight: 1, arbitrary: statement },
      { weight: 3, arbitrary: fc.array(statement, { maxLength: 3 }) },
    ),
  }),
);

const lifecycleRule: fc.Arbitrary<Json> = fc
  .record({
    rulePriority: fc.integer({ min: 1, max: 4 }),
    tagStatus: fc.constantFrom('tagged', 'untagged', 'any'),
    tags: fc.constantFrom('tagPrefixList', 'tagPatternList', undefined),
    list: fc.array(fc.constantFrom('v', 'prod*', '*', 'a*b*c*d*e*', ''), { maxLength: 3 }),
    countType: fc.constantFrom('imageCountMoreThan', 'sinceImagePushed', 'sinceImagePulled'),
    countUnit: fc.constantFrom('days', undefined),
    countNumber: fc.integer({ min: 0, max: 100 }),
    type: fc.constantFrom('expire', 'transition'),
  })
  .map(({ rulePriority, tagStatus, tags, list, countType, countUnit, countNumber, type }): JsonObject => {
    const selection = { tagStatus, ...(tags !== undefined && { [tags]: list }), countType, countNumber };
    const target = type === 'transition' ? { targetStorageClass: 'archive' } : {};
    return {
      rulePriority,
      selection: { ...selection, ...(countUnit !== undefined && { countUnit }) },
      action: { type, ...target },
    };
  });

/** Lifecycle policies as people write them, and with mistakes. */
export const lifecyclePolicy: fc.Arbitrary<Json> = fc.oneof(
  { weight: 20, arbitrary: mutatedJson(fc.record({ rules: fc.array(lifecycleRule, { maxLength: 3 }) })) },
  { weight: 1, arbitrary: oddJson },
);
