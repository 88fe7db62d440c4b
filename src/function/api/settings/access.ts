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
// A push also looks for existing layers.
const PUSH = [...PULL, 'ecr:CompleteLayerUpload', 'ecr:InitiateLayerUpload', 'ecr:PutImage', 'ecr:UploadLayerPart'];
const LAMBDA_PULL = ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'];

const { max: MAX_LENGTH } = ECR_MODEL.shapes.RepositoryPolicyText;
/** No more ARNs than that fit into a policy. */
const MAX_PRINCIPALS = 300;

const ROLE_ARN = /^arn:aws[a-z-]*:iam::\d{12}:(?:role|user)\/[\w+=,.@/-]+$/;

const accounts = listOf(accountNumber, MAX_PRINCIPALS, {
  otherType: (value) => {
    if (typeof value !== 'number') return undefined;
    const account = /^\d{12}$/.test(String(value)) ? value : 'ACCOUNT';
    return `must be a list of accounts, not ${quote(value)}; write ["${account}"], in quotes`;
  },
}).check(z.minLength(1, 'must name an account, or be left out'));
const roles = listOf(
  text(2_048).check(z.regex(ROLE_ARN, 'must be the ARN of an IAM role or user, arn:aws:iam::ACCOUNT:role/NAME')),
  MAX_PRINCIPALS,
).check(z.minLength(1, 'must name a role, or be left out'));

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
      ? `has ${allOf(fields.filter((field) => IAM.includes(field)))}, of a policy in the form of IAM; indent all of it below policy: access: {policy: {Version: …, Statement: …}}`
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
          text(34).check(z.regex(/^o-[a-z0-9]{10,32}$/, 'must be the id of an AWS organization, such as o-a1b2c3d4e5')),
          MAX_PRINCIPALS,
        ).check(
          z.minLength(1, 'must name an organization, or be left out'),
          z.describe('AWS organizations all of whose accounts may pull.'),
        ),
      ),
      lambda: z.optional(z.boolean().check(z.describe('Lambda functions of pull.accounts may use the images.'))),
    },
    PRINCIPALS,
  )
  .check(
    z.refine(({ lambda, accounts: list }) => !lambda || list !== undefined, {
      path: ['lambda'],
      error: 'needs pull.accounts: the accounts whose functions may use the images',
    }),
    z.describe('Principals that may pull, besides the account of the registry.'),
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
  .check(z.describe('Principals that may push and pull, besides the account of the registry.'));

/** The principals that may pull and push besides the registry's own account: in plain terms, or as ECR's policy. */
export const access = z
  .strictObject({ pull: z.optional(pull), push: z.optional(push), policy: z.optional(rawRepositoryPolicy) }, FORMS)
  .check(
    z.superRefine((value, context) => {
      if (context.issues.length > 0) return;
      if (value.policy !== undefined && (value.pull ?? value.push) !== undefined) {
        context.addIssue({
          code: 'custom',
          path: ['policy'],
          message: 'must not stand beside pull or push; say it one way',
        });
      } else if (value.policy === undefined && statementsOf(value, 'aws').length === 0) {
        context.addIssue({ code: 'custom', message: 'must say who: in pull, push or policy' });
      } else {
        // The longest partition there is, so that a policy which fits here fits everywhere.
        const { length } = accessPolicyText(value, 'aws-us-gov');
        if (length > MAX_LENGTH) {
          const message = `comes to ${length} characters of policy text, ECR allows ${MAX_LENGTH}`;
          context.addIssue({ code: 'custom', message });
        }
      }
    }),
    z.describe('Principals that may use the images, besides the account of the registry. Default of ECR: none.'),
  );

/** The repository policy as ECR takes it, in one canonical form, for a partition such as aws or aws-cn. */
export function accessPolicyText(value: Access, partition: string): string {
  return repositoryPolicyText(accessPolicy(value, partition), partition);
}

/** The repository policy that was written, or the one that the plain terms stand for. */
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
