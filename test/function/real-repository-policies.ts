import type { Json, JsonObject } from '../../src/json/value.ts';
import type { RealPolicy } from './real-policies.ts';

const REPOSITORY = 'repository-policies.html';
const EXAMPLES = 'repository-policy-examples.html';
const GRAMMAR = 'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html';
const CONDITIONS =
  'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html';
const LAMBDA = 'https://docs.aws.amazon.com/lambda/latest/dg/images-create.html';

const PULL = ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'];
const PUSH = [...PULL, 'ecr:CompleteLayerUpload', 'ecr:InitiateLayerUpload', 'ecr:PutImage', 'ecr:UploadLayerPart'];
const BUILDER = 'arn:aws:iam::444455556666:role/ci/builder';

const allow = (Principal: Json, Action: Json, over: JsonObject = {}) => ({
  Effect: 'Allow',
  Principal,
  Action,
  ...over,
});
const policy = (...Statement: JsonObject[]): JsonObject => ({ Version: '2012-10-17', Statement });
const when = (Condition: JsonObject) => ({ Condition });

/** Repository policies like those that teams have, and what AWS's documentation says of each. */
export const REPOSITORY_POLICIES: readonly RealPolicy[] = [
  {
    what: 'another account pulls',
    policy: policy(allow({ AWS: 'arn:aws:iam::444455556666:root' }, PULL, { Sid: 'Pull' })),
    plain: { pull: { accounts: ['444455556666'] } },
    aws: 'an account as its root, with the actions of a pull',
    page: EXAMPLES,
  },
  {
    what: 'two accounts pull, one by its number alone',
    policy: policy(allow({ AWS: ['777788889999', 'arn:aws:iam::444455556666:root'] }, PULL, { Sid: 'Pull' })),
    plain: { pull: { accounts: ['444455556666', '777788889999'] } },
    aws: 'the number of an account stands for its root',
    page: GRAMMAR,
  },
  {
    what: 'a build role pushes',
    policy: policy(allow({ AWS: BUILDER }, PUSH, { Sid: 'Push' })),
    plain: { push: { roles: [BUILDER] } },
    aws: 'the actions of a push beside those of a pull',
    page: EXAMPLES,
  },
  {
    what: 'an organization pulls',
    policy: policy(
      allow('*', PULL, {
        Sid: 'PullFromOrganization',
        ...when({ StringEquals: { 'aws:PrincipalOrgID': ['o-z9y8x7w6v5'] } }),
      }),
    ),
    plain: { pull: { organizations: ['o-z9y8x7w6v5'] } },
    aws: 'everybody, confined by a condition',
    page: EXAMPLES,
  },
  {
    what: 'functions of Lambda of another account',
    policy: policy(
      allow({ Service: 'lambda.amazonaws.com' }, ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'], {
        Sid: 'LambdaECRImageCrossAccountRetrievalPolicy',
        ...when({ StringLike: { 'aws:sourceARN': 'arn:aws:lambda:eu-west-2:444455556666:function:*' } }),
      }),
    ),
    aws: 'the service, confined by the ARNs of the functions',
    page: LAMBDA,
  },
  {
    what: 'CodeBuild pulls for an account',
    policy: policy(
      allow(
        { Service: 'codebuild.amazonaws.com' },
        PULL,
        when({ StringEquals: { 'aws:SourceAccount': '444455556666' } }),
      ),
    ),
    aws: 'a service principal with the account it works for',
    page: EXAMPLES,
  },
  {
    what: 'from one address range only',
    policy: policy({
      Effect: 'Deny',
      Principal: '*',
      Action: 'ecr:*',
      Condition: { NotIpAddress: { 'aws:SourceIp': ['192.0.2.0/24', '2001:db8::/32'] } },
    }),
    aws: 'Deny by address, IPv6 too',
    page: EXAMPLES,
  },
  {
    what: 'through one VPC endpoint only',
    policy: policy({
      Sid: 'OnlyOurs',
      Effect: 'Deny',
      Principal: '*',
      Action: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
      Condition: { StringNotEquals: { 'aws:sourceVpce': 'vpce-0a1b2c3d' } },
    }),
    aws: 'keys of AWS are compared without regard to case',
    page: CONDITIONS,
  },
  {
    what: 'nobody without TLS',
    policy: policy({
      Effect: 'Deny',
      Principal: '*',
      Action: 'ecr:*',
      Condition: { Bool: { 'aws:SecureTransport': false } },
    }),
    aws: 'a value may be true or false without quotes',
    page: CONDITIONS,
  },
  {
    what: 'paths of an organization, any of several values',
    policy: policy(
      allow(
        '*',
        PULL,
        when({ 'ForAnyValue:StringLike': { 'aws:PrincipalOrgPaths': ['o-z9y8x7w6v5/r-ab12/ou-ab12-*/*'] } }),
      ),
    ),
    aws: 'set operators in front of an operator',
    page: CONDITIONS,
  },
  {
    what: 'with a tag that may be absent',
    policy: policy(
      allow({ AWS: BUILDER }, PULL, when({ StringEqualsIfExists: { 'aws:PrincipalTag/team': 'payments' } })),
    ),
    aws: 'IfExists behind an operator',
    page: CONDITIONS,
  },
  {
    what: 'everyone but the release role may not push',
    policy: policy({ Effect: 'Deny', NotPrincipal: { AWS: BUILDER }, Action: 'ecr:PutImage' }),
    aws: 'NotPrincipal in place of Principal',
    page: GRAMMAR,
  },
  {
    what: 'everything but deletion',
    policy: policy({
      Effect: 'Allow',
      Principal: { AWS: BUILDER },
      NotAction: ['ecr:DeleteRepository', 'ecr:BatchDeleteImage'],
    }),
    aws: 'NotAction in place of Action',
    page: GRAMMAR,
  },
  {
    what: 'without a version, as JSON text',
    policy: JSON.stringify({ Statement: allow({ AWS: '444455556666' }, 'ecr:BatchGetImage') }),
    aws: 'Version is optional, and 2008-10-17 where nothing is said; one statement needs no list',
    page: GRAMMAR,
  },
  {
    what: 'of the older version, with an Id',
    policy: { Version: '2008-10-17', Id: 'shared', Statement: [allow('*', ['ecr:DescribeImages', 'ecr:ListImages'])] },
    aws: 'both versions are valid, and Id is optional',
    page: GRAMMAR,
  },
  {
    what: 'actions by wildcard, in lower case',
    policy: policy(allow({ AWS: BUILDER }, ['ecr:get*', 'ecr:describe*', 'ecr:BatchGet?mage'])),
    aws: 'actions are compared without regard to case; * and ? are wildcards',
    page: GRAMMAR,
  },
  {
    what: 'a login, as in many blog posts',
    policy: policy(allow({ AWS: BUILDER }, [...PULL, 'ecr:GetAuthorizationToken'])),
    aws: 'ecr:GetAuthorizationToken is of a registry, and not for repository policies',
    page: REPOSITORY,
    refused: 'Statement[0].Action[3]: must not be ecr:GetAuthorizationToken',
  },
  {
    what: 'without a principal, copied from an identity',
    policy: policy({ Effect: 'Allow', Action: PULL, Resource: '*' }),
    aws: 'a policy on a resource needs a principal',
    page: GRAMMAR,
    refused: 'Statement[0]: must have either Principal or NotPrincipal',
  },
  {
    what: 'an action of another service',
    policy: policy(allow({ AWS: BUILDER }, ['ecr:BatchGetImage', 's3:GetObject'])),
    aws: 'a repository policy has actions of ECR only',
    page: REPOSITORY,
    refused: 'Statement[0].Action[1]: must be an action of ECR such as ecr:BatchGetImage',
  },
  {
    what: 'an account number that YAML reads as a number',
    policy: policy(allow({ AWS: 444455556666 }, PULL)),
    aws: 'a principal is text',
    page: GRAMMAR,
    refused: 'Statement[0].Principal.AWS: must be text, not 444455556666; put it in quotes',
  },
  {
    what: 'an operator that does not exist',
    policy: policy(allow('*', PULL, when({ StringEqual: { 'aws:PrincipalOrgID': 'o-z9y8x7w6v5' } }))),
    aws: 'the operator is StringEquals',
    page: CONDITIONS,
    refused: 'Statement[0].Condition.StringEqual: unknown operator, did you mean StringEquals?',
  },
  {
    what: 'a misspelt element',
    policy: policy({ ...allow('*', PULL), Conditions: { Bool: { 'aws:SecureTransport': 'true' } } }),
    aws: 'the element is Condition',
    page: GRAMMAR,
    refused: 'Statement[0].Conditions: unknown element, did you mean Condition?',
  },
  {
    what: 'a date as version',
    policy: { ...policy(allow('*', PULL)), Version: '2012-10-18' },
    aws: 'the versions are 2012-10-17 and 2008-10-17',
    page: GRAMMAR,
    refused: 'Version: must be 2012-10-17 or 2008-10-17',
  },
  {
    what: 'an effect in lower case',
    policy: policy({ ...allow('*', PULL), Effect: 'allow' }),
    aws: 'the effect is Allow or Deny, and case counts',
    page: GRAMMAR,
    refused: 'Statement[0].Effect: must be Allow or Deny',
  },
  {
    what: 'one key twice in JSON text',
    policy:
      '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"ecr:BatchGetImage","Action":"ecr:PutImage"}]}',
    aws: 'JSON with a key twice is not valid',
    page: GRAMMAR,
    refused: 'has the key "Action" twice in one object',
  },
];
