import type { RealPolicy } from './policy.ts';
import {
  allow,
  BUILDER,
  CONDITIONS,
  EXAMPLES,
  GRAMMAR,
  LAMBDA,
  PRINCIPALS,
  PULL,
  PUSH,
  policy,
  SID,
  VARIABLES,
  when,
} from './repository-parts.ts';

/** Realistic repository policies that AWS accepts, each with a quotation from AWS's documentation. */
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
    aws: 'the ID of an account means its root',
    page: GRAMMAR,
  },
  {
    what: 'a build role pushes',
    policy: policy(allow({ AWS: BUILDER }, PUSH, { Sid: 'Push' })),
    plain: { push: { roles: [BUILDER] } },
    aws: 'the actions of a push in addition to those of a pull',
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
    aws: 'everyone, limited by a condition',
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
    aws: 'the service, limited by the ARNs of the functions',
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
    aws: 'keys of AWS are case-insensitive',
    page: CONDITIONS,
  },
  {
    what: 'no access without TLS',
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
    aws: 'set operators as a prefix of an operator',
    page: CONDITIONS,
  },
  {
    what: 'with a tag that may be absent',
    policy: policy(
      allow({ AWS: BUILDER }, PULL, when({ StringEqualsIfExists: { 'aws:PrincipalTag/team': 'payments' } })),
    ),
    aws: 'IfExists as a suffix of an operator',
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
    aws: 'Version is optional, by default 2008-10-17; a single statement need not be in a list',
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
    aws: 'actions are case-insensitive; * and ? are wildcards',
    page: GRAMMAR,
  },
  {
    what: 'two users push and pull',
    policy: policy(
      allow({ AWS: ['arn:aws:iam::444455556666:user/ada', 'arn:aws:iam::444455556666:user/ops/grace'] }, PUSH),
    ),
    aws: 'users by their ARNs, with their paths',
    page: EXAMPLES,
  },
  {
    what: 'one session of a role',
    policy: policy(allow({ AWS: 'arn:aws:sts::444455556666:assumed-role/deploy/pipeline-7' }, PULL)),
    aws: 'a session by the ARN of STS',
    page: PRINCIPALS,
  },
  {
    what: 'a role that was deleted, as AWS shows it then',
    policy: policy(allow({ AWS: 'AROAJQABLZS4A3QDU576Q' }, PULL)),
    aws: 'the unique ID of a role or user replaces its ARN',
    page: PRINCIPALS,
  },
  {
    what: 'everybody of some accounts',
    policy: policy(
      allow({ AWS: '*' }, PULL, when({ StringEquals: { 'aws:PrincipalAccount': ['444455556666', '777788889999'] } })),
    ),
    aws: '{AWS: "*"} means everyone, like "*"',
    page: PRINCIPALS,
  },
  {
    what: 'all roles whose names begin alike',
    policy: policy(allow('*', PULL, when({ ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::444455556666:role/web-*' } }))),
    aws: 'wildcards are allowed in a condition on aws:PrincipalArn',
    page: PRINCIPALS,
  },
  {
    what: 'SageMaker, for its models of one account',
    policy: policy(
      allow(
        { Service: ['sagemaker.amazonaws.com'] },
        PULL,
        when({ ArnLike: { 'aws:SourceArn': 'arn:aws:sagemaker:*:444455556666:model/*' } }),
      ),
    ),
    aws: 'services by their names, a list or one',
    page: PRINCIPALS,
  },
  {
    what: 'only administrators delete',
    policy: policy({
      Sid: 'only administrators delete',
      Effect: 'Deny',
      Principal: '*',
      Action: ['ecr:BatchDeleteImage', 'ecr:DeleteRepository', 'ecr:DeleteRepositoryPolicy'],
      Condition: { ArnNotLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/admin/*' } },
    }),
    aws: 'services other than IAM may accept other characters than letters and digits in a Sid',
    page: SID,
  },
  {
    what: 'an auditor until the end of the year',
    policy: policy(
      allow(
        { AWS: '777788889999' },
        ['ecr:DescribeImages', 'ecr:DescribeImageScanFindings'],
        when({ DateLessThan: { 'aws:CurrentTime': '2027-01-01T00:00:00Z' } }),
      ),
    ),
    aws: 'dates in ISO 8601, or seconds since 1970',
    page: CONDITIONS,
  },
  {
    what: 'a push needs a second factor of the last hour',
    policy: policy(
      allow(
        { AWS: '444455556666' },
        PUSH,
        when({
          Bool: { 'aws:MultiFactorAuthPresent': 'true' },
          NumericLessThan: { 'aws:MultiFactorAuthAge': 3_600 },
        }),
      ),
    ),
    aws: 'operators are combined by and; numbers with or without quotes',
    page: CONDITIONS,
  },
  {
    what: 'no access from outside any organization',
    policy: policy({
      Effect: 'Deny',
      Principal: '*',
      Action: 'ecr:*',
      Condition: { Null: { 'aws:PrincipalOrgID': 'true' }, BoolIfExists: { 'aws:PrincipalIsAWSService': 'false' } },
    }),
    aws: 'Null tests whether a key exists',
    page: CONDITIONS,
  },
  {
    what: 'a team by the tag of its role, with a variable',
    policy: policy(
      allow(
        { AWS: '444455556666' },
        PULL,
        when({ StringLike: { 'aws:ResourceTag/team': `\${aws:PrincipalTag/team}` } }),
      ),
    ),
    aws: 'variables are allowed in conditions with text',
    page: VARIABLES,
  },
  {
    what: 'one address, and a network behind a VPC endpoint',
    policy: policy(
      allow(
        { AWS: '444455556666' },
        PULL,
        when({ IpAddress: { 'aws:SourceIp': '198.51.100.7', 'aws:VpcSourceIp': ['10.20.0.0/16', 'fd00:20::/48'] } }),
      ),
    ),
    aws: 'an address alone is its /32 or /128',
    page: CONDITIONS,
  },
  {
    what: 'three statements: pull, push, and no overwriting',
    policy: policy(
      allow({ AWS: ['444455556666', '777788889999'] }, PULL, { Sid: 'Pull' }),
      allow({ AWS: BUILDER }, PUSH, { Sid: 'Push' }),
      { Sid: 'Keep', Effect: 'Deny', Principal: '*', Action: 'ecr:PutImageTagMutability' },
    ),
    aws: 'statements are combined; Deny wins',
    page: EXAMPLES,
  },
];
