import * as z from 'zod/mini';
import { ECR_MODEL } from '../../../aws/ecr-model.ts';
import { distinct, listOf, text } from '../checks.ts';

const {
  CredentialArn,
  CustomRoleArn,
  PullThroughCacheRuleRepositoryPrefix: CachePrefix,
  RCTAppliedFor,
  RepositoryTemplateDescription: Description,
} = ECR_MODEL.shapes;
const SECRET_ARN = /^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:ecr-pullthroughcache\/[A-Za-z0-9/_+=.@-]+$/;
const MAX_RULES = 50;
const MAX_HOST = 253;

/** The ARN of an IAM role. */
export const roleArn = text(CustomRoleArn.max).check(
  z.regex(
    /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/,
    'must be the ARN of an IAM role, arn:aws:iam::ACCOUNT:role/NAME',
  ),
);

const occasions = listOf(z.enum(RCTAppliedFor.enum), RCTAppliedFor.enum.length).check(
  z.minLength(1, 'must have at least one event'),
  z.refine((list) => new Set(list).size === list.length, 'must not contain an event twice'),
);

/** The fields of a template other than its prefix and the settings of the repositories. */
export const creationTemplateFields = {
  appliedFor: occasions.check(z.describe('Events for which ECR creates a repository from the template.')),
  description: z.optional(text(Description.max).check(z.describe('Description of the template in ECR.'))),
  customRoleArn: z.optional(
    roleArn.check(
      z.describe('Role that ECR assumes to create the repositories. Required for tags and for encryption with KMS.'),
    ),
  ),
};

/** The template of repositories that ECR creates on a push below repoPrefix. */
export const creationTemplate = z
  .strictObject(creationTemplateFields)
  .check(
    z.describe(
      'Creates a repository creation template for repoPrefix with the settings for all repositories. It does not change existing repositories.',
    ),
  );

const CACHE_PREFIX = new RegExp(CachePrefix.pattern);

/** The prefix of a rule. ROOT applies to everything without another rule. */
const cachePrefix = text(CachePrefix.max).check(
  z.minLength(CachePrefix.min, `must be ${CachePrefix.min} to ${CachePrefix.max} characters`),
  z.refine((prefix) => CACHE_PREFIX.test(prefix), {
    error: 'must be ROOT or a path as of a repository: lower-case letters and digits, with . _ - / between them',
  }),
);

const pullThroughRule = z.strictObject({
  prefix: cachePrefix.check(z.describe('Prefix of the repositories that are copies of upstream repositories.')),
  upstream: text(MAX_HOST).check(
    z.regex(/^[a-z0-9][a-z0-9.-]*\.[a-z]+$/, 'must be the host name of a registry, without https://'),
    z.describe('Host name of the upstream registry.'),
  ),
  upstreamPrefix: z.optional(cachePrefix.check(z.describe('Copy only the repositories below this upstream prefix.'))),
  credentialArn: z.optional(
    text(CredentialArn.max).check(
      z.minLength(CredentialArn.min, `must be ${CredentialArn.min} to ${CredentialArn.max} characters`),
      z.regex(SECRET_ARN, 'must be the ARN of a Secrets Manager secret whose name begins with ecr-pullthroughcache/'),
      z.describe('Secret with the login for the upstream registry.'),
    ),
  ),
  customRoleArn: z.optional(roleArn.check(z.describe('Role that ECR assumes to pull from another ECR registry.'))),
});

/** The registries that ECR copies from. */
export const pullThroughCache = listOf(pullThroughRule, MAX_RULES).check(
  z.minLength(1, 'must have at least one rule, or be omitted'),
  distinct('prefix', 'must not contain a prefix twice'),
  z.describe('Pull-through cache rules of the registry. ECR allows 50 for each registry.'),
);

export type CreationTemplate = z.infer<typeof creationTemplate>;
export type PullThroughRule = z.infer<typeof pullThroughRule>;
