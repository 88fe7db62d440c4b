import type { Json, JsonObject } from '../../../src/json/value.ts';

// The parts of repository policies, and the pages of AWS about them.

export const REPOSITORY = 'repository-policies.html';
export const EXAMPLES = 'repository-policy-examples.html';
export const GRAMMAR = 'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html';
export const CONDITIONS =
  'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html';
export const PRINCIPALS = 'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html';
export const NOT_PRINCIPAL =
  'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html';
export const SID = 'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_sid.html';
export const VARIABLES = 'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html';
export const LAMBDA = 'https://docs.aws.amazon.com/lambda/latest/dg/images-create.html';

export const PULL = ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'];
export const PUSH = [
  ...PULL,
  'ecr:CompleteLayerUpload',
  'ecr:InitiateLayerUpload',
  'ecr:PutImage',
  'ecr:UploadLayerPart',
];
export const BUILDER = 'arn:aws:iam::444455556666:role/ci/builder';

export const allow = (Principal: Json, Action: Json, over: JsonObject = {}) => ({
  Effect: 'Allow',
  Principal,
  Action,
  ...over,
});
export const policy = (...Statement: JsonObject[]): JsonObject => ({ Version: '2012-10-17', Statement });
export const when = (Condition: JsonObject) => ({ Condition });
