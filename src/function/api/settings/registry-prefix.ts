import * as z from 'zod/mini';
import { distinct } from '../checks.ts';
import { late } from '../late.ts';

// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreatePullThroughCacheRule.html
const MIN_PREFIX = 2;
const MAX_PREFIX = 30;
const PREFIX = /^(?:(?:[a-z0-9]+(?:[._-][a-z0-9]+)*\/)*[a-z0-9]+(?:[._-][a-z0-9]+)*\/?|ROOT)$/;
const SECRET_ARN = /^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:ecr-pullthroughcache\/[A-Za-z0-9/_+=.@-]+$/;
const MIN_SECRET_ARN = 50;
const MAX_SECRET_ARN = 612;

const roleArn = z
  .string()
  .check(
    z.regex(
      /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/,
      'must be the ARN of an IAM role, arn:aws:iam::ACCOUNT:role/NAME',
    ),
  );

/** What ECR itself makes repositories from when something is pushed below repoPrefix. */
export const creationTemplate = late(() =>
  z
    .strictObject({
      appliedFor: z
        .array(z.enum(['CREATE_ON_PUSH', 'PULL_THROUGH_CACHE', 'REPLICATION']))
        .check(z.minLength(1, 'must name an occasion'), z.describe('When ECR makes a repository from the template.')),
      description: z.optional(z.string().check(z.maxLength(256, 'must be at most 256 characters'))),
      customRoleArn: z.optional(
        roleArn.check(
          z.describe(
            'Role that ECR takes to make the repositories; it needs one for tags and for encryption with KMS.',
          ),
        ),
      ),
    })
    .check(
      z.describe(
        'Makes a repository creation template for repoPrefix with the settings of all repositories. It does not change repositories that exist.',
      ),
    ),
);

const pullThroughRule = late(() =>
  z.strictObject({
    prefix: z
      .string()
      .check(
        z.minLength(MIN_PREFIX, `must be ${MIN_PREFIX} to ${MAX_PREFIX} characters`),
        z.maxLength(MAX_PREFIX, `must be ${MIN_PREFIX} to ${MAX_PREFIX} characters`),
        z.regex(PREFIX, 'must be ROOT or lower-case parts between slashes'),
        z.describe('Repositories below it are copies of those of the upstream.'),
      ),
    upstream: z
      .string()
      .check(
        z.regex(/^[a-z0-9][a-z0-9.-]*\.[a-z]+$/, 'must be the host name of a registry, without https://'),
        z.describe('Host name of the registry that is copied.'),
      ),
    upstreamPrefix: z.optional(
      z.string().check(z.minLength(1, 'must not be empty'), z.describe('Copies only what is below it upstream.')),
    ),
    credentialArn: z.optional(
      z
        .string()
        .check(
          z.minLength(MIN_SECRET_ARN, `must be ${MIN_SECRET_ARN} to ${MAX_SECRET_ARN} characters`),
          z.maxLength(MAX_SECRET_ARN, `must be ${MIN_SECRET_ARN} to ${MAX_SECRET_ARN} characters`),
          z.regex(
            SECRET_ARN,
            'must be the ARN of a Secrets Manager secret whose name begins with ecr-pullthroughcache/',
          ),
          z.describe('Secret that ECR shows upstream.'),
        ),
    ),
    customRoleArn: z.optional(roleArn.check(z.describe('Role that ECR takes to pull from another ECR registry.'))),
  }),
);

/** Which registries ECR copies from. */
export const pullThroughCache = late(() =>
  z
    .array(pullThroughRule)
    .check(
      z.minLength(1, 'must have a rule, or be left out'),
      z.maxLength(50, 'must be at most 50 rules, which is what ECR allows a registry'),
      distinct('prefix', 'must not name a prefix twice'),
      z.describe('Pull-through cache rules of the registry.'),
    ),
);

export type CreationTemplate = z.infer<typeof creationTemplate>;
export type PullThroughRule = z.infer<typeof pullThroughRule>;
