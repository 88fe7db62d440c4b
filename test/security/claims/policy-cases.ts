import type { JsonObject } from '../../../src/json/value.ts';

export const OURS = '111122223333';
export const THEIRS = '999999999999';
export const ORG = 'o-a1b2c3d4e5';
export const OTHER_ORG = 'o-zzzzzzzzzz';
export const allowed = { accounts: [OURS], organizations: [ORG] };

export interface Case {
  readonly what: string;
  /** Merged into a statement that allows ecr:BatchGetImage. */
  readonly statement: JsonObject;
  /** The paths below `Statement[0]` of the principals that are not allowed; none when the policy is accepted. */
  readonly refused: readonly string[];
}

export const aws = (...principals: string[]) => ({ Principal: { AWS: principals } });
export const everybodyWith = (Condition: JsonObject) => ({ Principal: '*', Condition });
const lambdaWith = (Condition: JsonObject) => ({ Principal: { Service: 'lambda.amazonaws.com' }, Condition });
const AWS_0 = '.Principal.AWS[0]';

export const principals: readonly Case[] = [
  { what: 'an allowed account', statement: aws(OURS), refused: [] },
  { what: 'an allowed account as an ARN', statement: aws(`arn:aws:iam::${OURS}:root`), refused: [] },
  { what: 'a role with a path', statement: aws(`arn:aws:iam::${OURS}:role/team/ci/builder`), refused: [] },
  { what: 'a user', statement: aws(`arn:aws-cn:iam::${OURS}:user/someone@example.com`), refused: [] },
  { what: 'a session of a role', statement: aws(`arn:aws:sts::${OURS}:assumed-role/builder/i-0abc`), refused: [] },
  { what: 'a federated user', statement: aws(`arn:aws:sts::${OURS}:federated-user/jane`), refused: [] },
  { what: 'another account', statement: aws(THEIRS), refused: [AWS_0] },
  { what: 'another account as the only one', statement: { Principal: { AWS: THEIRS } }, refused: ['.Principal.AWS'] },
  { what: 'another account after an allowed one', statement: aws(OURS, THEIRS), refused: ['.Principal.AWS[1]'] },
  { what: "another account's role", statement: aws(`arn:aws:iam::${THEIRS}:role/x`), refused: [AWS_0] },
  { what: "another account's session", statement: aws(`arn:aws:sts::${THEIRS}:assumed-role/x/y`), refused: [AWS_0] },
  { what: 'everybody', statement: { Principal: '*' }, refused: ['.Principal'] },
  { what: 'everyone in AWS', statement: aws('*'), refused: [AWS_0] },
  { what: 'a wildcard for the account', statement: aws('arn:aws:iam::*:root'), refused: [AWS_0] },
  { what: 'wildcards in the account', statement: aws('arn:aws:iam::1111222233??:root'), refused: [AWS_0] },
  { what: 'a wildcard after the account', statement: aws(`arn:aws:iam::${OURS}*:root`), refused: [AWS_0] },
  { what: 'a wildcard for the role', statement: aws(`arn:aws:iam::${OURS}:role/*`), refused: [AWS_0] },
  {
    what: 'an account hidden in a role',
    statement: aws(`arn:aws:iam::${THEIRS}:role/x::${OURS}:root`),
    refused: [AWS_0],
  },
  { what: 'an account hidden in text', statement: aws(`x::${OURS}:root`), refused: [AWS_0] },
  { what: 'an account with a line break', statement: aws(`${OURS}\n`), refused: [AWS_0] },
  { what: 'a unique id of a user', statement: aws('AIDACKCEVSQ6C2EXAMPLE'), refused: [AWS_0] },
  { what: 'a unique id of a role', statement: aws('AROACKCEVSQ6C2EXAMPLE'), refused: [AWS_0] },
  {
    what: 'a login at an identity provider',
    statement: { Principal: { Federated: `arn:aws:iam::${OURS}:saml-provider/corp` } },
    refused: ['.Principal.Federated'],
  },
  {
    what: 'a canonical user',
    statement: { Principal: { CanonicalUser: '79a59df900b949e55d96a1e698fbaced' } },
    refused: ['.Principal.CanonicalUser'],
  },
  {
    what: 'everyone except one',
    statement: { Principal: undefined, NotPrincipal: { AWS: THEIRS } },
    refused: ['.NotPrincipal'],
  },
  {
    what: 'a service for everyone',
    statement: lambdaWith({ Bool: { 'aws:SecureTransport': true } }),
    refused: ['.Principal.Service'],
  },
  { what: 'all services', statement: { Principal: { Service: '*' } }, refused: ['.Principal.Service'] },
  {
    what: 'an allowed account and everyone',
    statement: { Principal: { AWS: OURS, Service: 'codebuild.amazonaws.com' } },
    refused: ['.Principal.Service'],
  },
  { what: 'a Deny for everyone', statement: { Effect: 'Deny', Principal: '*' }, refused: [] },
  {
    what: 'a Deny for everyone except one',
    statement: { Effect: 'Deny', Principal: undefined, NotPrincipal: aws(THEIRS).Principal },
    refused: [],
  },
];

export const ID = 'aws:PrincipalOrgID';
export const conditions: readonly (Case & { readonly statement: JsonObject })[] = [
  {
    what: 'everyone in an allowed organization',
    statement: everybodyWith({ StringEquals: { [ID]: ORG } }),
    refused: [],
  },
  {
    what: 'its key in upper and lower case',
    statement: everybodyWith({ StringEquals: { 'AWS:principalorgid': [ORG] } }),
    refused: [],
  },
  {
    what: 'the condition StringLike without wildcards',
    statement: everybodyWith({ StringLike: { [ID]: ORG } }),
    refused: [],
  },
  {
    what: 'the condition ForAnyValue',
    statement: everybodyWith({ 'ForAnyValue:StringEquals': { [ID]: ORG } }),
    refused: [],
  },
  {
    what: 'with another condition',
    statement: everybodyWith({ Bool: { 'aws:x': true }, StringEquals: { [ID]: ORG } }),
    refused: [],
  },
  {
    what: 'other accounts of an allowed organization',
    statement: { ...aws(THEIRS), Condition: { StringEquals: { [ID]: ORG } } },
    refused: [],
  },
  {
    what: 'another organization',
    statement: everybodyWith({ StringEquals: { [ID]: OTHER_ORG } }),
    refused: ['.Principal'],
  },
  {
    what: 'another organization among two',
    statement: everybodyWith({ StringEquals: { [ID]: [ORG, OTHER_ORG] } }),
    refused: ['.Principal'],
  },
  {
    what: 'everyone outside an organization',
    statement: everybodyWith({ StringNotEquals: { [ID]: ORG } }),
    refused: ['.Principal'],
  },
  {
    what: 'the condition StringEqualsIfExists',
    statement: everybodyWith({ StringEqualsIfExists: { [ID]: ORG } }),
    refused: ['.Principal'],
  },
  {
    what: 'the condition ForAllValues',
    statement: everybodyWith({ 'ForAllValues:StringEquals': { [ID]: ORG } }),
    refused: ['.Principal'],
  },
  {
    what: 'an organization by wildcard',
    statement: everybodyWith({ StringLike: { [ID]: 'o-*' } }),
    refused: ['.Principal'],
  },
  {
    what: 'an organization whose ID begins in the same way',
    statement: everybodyWith({ StringLike: { [ID]: `${ORG}*` } }),
    refused: ['.Principal'],
  },
  {
    what: 'a variable',
    statement: everybodyWith({ StringEquals: { [ID]: `$${'{aws:PrincipalOrgID}'}` } }),
    refused: ['.Principal'],
  },
  {
    what: 'the condition Null',
    statement: everybodyWith({ Null: { [ID]: 'false' } }),
    refused: ['.Principal'],
  },
  {
    what: 'a tag that anyone can set',
    statement: everybodyWith({ StringEquals: { 'aws:PrincipalTag/org': ORG } }),
    refused: ['.Principal'],
  },
  {
    what: 'a path in the organization',
    statement: everybodyWith({ 'ForAnyValue:StringLike': { 'aws:PrincipalOrgPaths': `${ORG}/r-ab12/*` } }),
    refused: [],
  },
  {
    what: 'a path with ForAllValues',
    statement: everybodyWith({ 'ForAllValues:StringLike': { 'aws:PrincipalOrgPaths': `${ORG}/*` } }),
    refused: ['.Principal'],
  },
  {
    what: 'a path in any organization',
    statement: everybodyWith({ 'ForAnyValue:StringLike': { 'aws:PrincipalOrgPaths': 'o-*/r-ab12/*' } }),
    refused: ['.Principal'],
  },
  {
    what: 'callers of an allowed account',
    statement: everybodyWith({ StringEquals: { 'aws:PrincipalAccount': OURS } }),
    refused: [],
  },
  {
    what: 'callers of another account',
    statement: everybodyWith({ StringEquals: { 'aws:PrincipalAccount': THEIRS } }),
    refused: ['.Principal'],
  },
  {
    what: 'roles of an allowed account',
    statement: everybodyWith({ ArnLike: { 'aws:PrincipalArn': `arn:aws:iam::${OURS}:role/ci-*` } }),
    refused: [],
  },
  {
    what: 'roles with the same ending',
    statement: everybodyWith({ StringLike: { 'aws:PrincipalArn': `arn:aws:*:${OURS}:role/*` } }),
    refused: ['.Principal'],
  },
  {
    what: 'roles of any account',
    statement: everybodyWith({ ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/ci' } }),
    refused: ['.Principal'],
  },
  {
    what: 'Lambda for an allowed account',
    statement: lambdaWith({ StringEquals: { 'aws:SourceAccount': OURS } }),
    refused: [],
  },
  {
    what: 'Lambda for functions of an allowed account',
    statement: lambdaWith({ StringLike: { 'aws:sourceArn': `arn:aws:lambda:*:${OURS}:function:*` } }),
    refused: [],
  },
  {
    what: 'Lambda for one function',
    statement: lambdaWith({ ArnEquals: { 'aws:SourceArn': `arn:aws:lambda:eu-west-2:${OURS}:function:web` } }),
    refused: [],
  },
  {
    what: 'Lambda for an allowed organization',
    statement: lambdaWith({ StringEquals: { 'aws:SourceOrgID': ORG } }),
    refused: [],
  },
  {
    what: 'another service for an allowed account',
    statement: {
      Principal: { Service: 'codebuild.amazonaws.com' },
      Condition: { StringEquals: { 'aws:SourceAccount': OURS } },
    },
    refused: [],
  },
  {
    what: 'Lambda for another account',
    statement: lambdaWith({ StringEquals: { 'aws:SourceAccount': [OURS, THEIRS] } }),
    refused: ['.Principal.Service'],
  },
  {
    what: 'Lambda for functions of any account',
    statement: lambdaWith({ StringLike: { 'aws:SourceArn': 'arn:aws:lambda:*:*:function:*' } }),
    refused: ['.Principal.Service'],
  },
  {
    what: 'a source with the same ending',
    statement: lambdaWith({ StringLike: { 'aws:SourceArn': `arn:aws:*:${OURS}:function:*` } }),
    refused: ['.Principal.Service'],
  },
  {
    what: 'a service with a condition on callers',
    statement: lambdaWith({ StringEquals: { [ID]: ORG } }),
    refused: ['.Principal.Service'],
  },
  {
    what: 'an account with a condition on sources',
    statement: { ...aws(THEIRS), Condition: { StringEquals: { 'aws:SourceAccount': OURS } } },
    refused: [AWS_0],
  },
  {
    what: 'a service of a similar domain',
    statement: {
      Principal: { Service: 'lambda.amazonaws.com.example.com' },
      Condition: { StringEquals: { 'aws:SourceAccount': OURS } },
    },
    refused: ['.Principal.Service'],
  },
];
