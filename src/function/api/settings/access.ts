import * as z from 'zod/mini';
import { ECR_MODEL } from '../../../aws/ecr-model.ts';
import { quote } from '../../../internal/quote.ts';
import { allOf } from '../../../internal/sentence.ts';
import type { JsonObject } from '../../../json/value.ts';
import { accountNumber, listOf, text } from '../checks.ts';
import { forms } from '../messages/forms.ts';
import { policyForm } from './raw-policy.ts';
import { rawRepositoryPolicy, repositoryPolicyText } from './repository-policy.ts';

const PULL = ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'];
// A push also checks which layers exist.
const PUSH = [...PULL, 'ecr:CompleteLayerUpload', 'ecr:InitiateLayerUpload', 'ecr:PutImage', 'ecr:UploadLayerPart'];
const LAMBDA_PULL = ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'];

const { max: MAX_LENGTH } = ECR_MODEL.shapes.RepositoryPolicyText;
/** The maximum number of ARNs. More do not fit into a policy. */
const MAX_PRINCIPALS = 300;

const ROLE_ARN = /^arn:aws[a-z-]*:iam::\d{12}:(?:role|user)\/[\w+=,.@/-]+$/;

const accounts = listOf(accountNumber, MAX_PRINCIPALS, {
  otherType: (value) => {
    if (typeof value !== 'number') return undefined;
    const account = /^\d{12}$/.test(String(value)) ? value : 'ACCOUNT';
    return `must be a list of accounts, not ${quote(value)}; write ["${account}"], in quotes`;
  },
}).check(z.minLength(1, 'must have at least one account, or be omitted'));
const roles = listOf(
  text(2_048).check(z.regex(ROLE_ARN, 'must be the ARN of an IAM role or user, arn:aws:iam::ACCOUNT:role/NAME')),
  MAX_PRINCIPALS,
).check(z.minLength(1, 'must have at least one role, or be omitted'));

const PRINCIPALS = forms({
  otherType: (value) => {
    const list: readonly unknown[] = Array.isArray(value) ? value : [value];
    const areRoles = list.every((one) => String(one).startsWith('arn:'));
    return `must be an object, not ${quote(value)}; write ${quote({ [areRoles ? 'roles' : 'accounts']: list.map(String) })}`;
  },
});

const IAM = ['Version', 'Id', 'Statement'];

const FORMS = forms({
  otherType: (value) => {
    const form = Array.isArray(value) ? `{"pull":{"accounts":${quote(value)}}}` : policyForm(value);
    return `must be an object with pull, push or policy, not ${quote(value)}${form === undefined ? '' : `; write ${form}`}`;
  },
  otherFields: (fields) =>
    fields.some((field) => IAM.includes(field))
      ? `has ${allOf(fields.filter((field) => IAM.includes(field)))}, the elements of an IAM policy; indent all of them below policy: access: {policy: {Version: …, Statement: …}}`
      : undefined,
});

export type Access = z.infer<typeof access>;

const pull = z
  .strictObject(
    {
      accounts: z.optional(accounts.check(z.describe('AWS accounts whose identities may pull, as text of 12 digits.'))),
      roles: z.optional(roles.check(z.describe('ARNs of IAM roles or users that may pull.'))),
      organizations: z.optional(
        listOf(
          text(34).check(z.regex(/^o-[a-z0-9]{10,32}$/, 'must be the ID of an AWS organization, such as o-a1b2c3d4e5')),
          MAX_PRINCIPALS,
        ).check(
          z.minLength(1, 'must have at least one organization, or be omitted'),
          z.describe('AWS organizations all of whose accounts may pull.'),
        ),
      ),
      lambda: z.optional(z.boolean().check(z.describe('Allow Lambda functions of pull.accounts to use the images.'))),
    },
    PRINCIPALS,
  )
  .check(
    z.refine(({ lambda, accounts: list }) => !lambda || list !== undefined, {
      path: ['lambda'],
      error: 'requires pull.accounts, the accounts whose functions may use the images',
    }),
    z.describe('Principals that may pull, in addition to the account of the registry.'),
  );

const push = z
  .strictObject(
    {
      accounts: z.optional(
        accounts.check(z.describe('AWS accounts whose identities may push and pull, as text of 12 digits.')),
      ),
      roles: z.optional(roles.check(z.describe('ARNs of IAM roles or users that may push and pull.'))),
    },
    PRINCIPALS,
  )
  .check(z.describe('Principals that may push and pull, in addition to the account of the registry.'));

/** The principals that may pull and push in addition to the registry's own account, as lists or as ECR's policy. */
export const access = z
  .strictObject({ pull: z.optional(pull), push: z.optional(push), policy: z.optional(rawRepositoryPolicy) }, FORMS)
  .check(
    z.superRefine((value, context) => {
      if (context.issues.length > 0) return;
      if (value.policy !== undefined && (value.pull ?? value.push) !== undefined) {
        context.addIssue({
          code: 'custom',
          path: ['policy'],
          message: 'must not be set together with pull or push',
        });
      } else if (value.policy === undefined && statementsOf(value, 'aws').length === 0) {
        context.addIssue({ code: 'custom', message: 'must have pull, push or policy' });
      } else {
        // The partition with the longest name, so that a policy that fits here fits in every partition.
        const { length } = accessPolicyText(value, 'aws-us-gov');
        if (length > MAX_LENGTH) {
          const message = `must result in at most ${MAX_LENGTH} characters of policy text, not ${length}`;
          context.addIssue({ code: 'custom', message });
        }
      }
    }),
    z.describe('Principals that may use the images, in addition to the account of the registry. Default in ECR: none.'),
  );

/** Returns the text of the repository policy in canonical form, for a partition such as aws or aws-cn. */
export function accessPolicyText(value: Access, partition: string): string {
  return repositoryPolicyText(accessPolicy(value, partition), partition);
}

/** Returns the given repository policy, or the policy that results from the lists. */
export function accessPolicy(value: Access, partition: string): JsonObject {
  return value.policy ?? { Version: '2012-10-17', Statement: statementsOf(value, partition) };
}

function statementsOf({ pull: pulls, push: pushes }: Access, partition: string): JsonObject[] {
  const statements: JsonObject[] = [];
  const principals = (
    who:
      | { readonly accounts?: readonly string[] | undefined; readonly roles?: readonly string[] | undefined }
      | undefined,
  ) => [...(who?.accounts ?? []).map((account) => `arn:${partition}:iam::${account}:root`), ...(who?.roles ?? [])];
  const allow = (Sid: string, Principal: JsonObject | string, Action: string[], Condition?: JsonObject) => {
    statements.push({ Sid, Effect: 'Allow', Principal, Action, Condition });
  };
  if (principals(pulls).length > 0) allow('Pull', { AWS: principals(pulls) }, PULL);
  if (pulls?.organizations) {
    allow('PullFromOrganization', '*', PULL, { StringEquals: { 'aws:PrincipalOrgID': pulls.organizations } });
  }
  if (pulls?.lambda && pulls.accounts) {
    const functions = pulls.accounts.map((account) => `arn:${partition}:lambda:*:${account}:function:*`);
    allow('PullFromLambda', { Service: 'lambda.amazonaws.com' }, LAMBDA_PULL, {
      StringLike: { 'aws:sourceArn': functions },
    });
  }
  if (principals(pushes).length > 0) allow('Push', { AWS: principals(pushes) }, PUSH);
  return statements;
}
