import * as z from 'zod';

const ready = z.boolean().optional();
const synced = z.boolean().optional();
const message = z.string().optional().describe('What the provider says of its last try, where that failed.');

const policyStatus = z.object({
  ready: ready.describe('True when ECR has the policy as asked for.'),
  synced: synced.describe('True when the last try of the provider went well.'),
  message,
});

const revision = {
  revision: z.string().optional().describe('TAG@DIGEST, or the digest alone.'),
  set: z.string().optional().describe('Label of its ConfigMaps, workload-ecr.fn.crossplane.io/cache-set.'),
  configMaps: z.array(z.string()).optional().describe('Names of its ConfigMaps.'),
};

/** What the function says of one source in the composite's status. */
export const sourceStatus = z.object({
  ready: z.boolean().optional().describe('True when what the source means now is in its ConfigMaps.'),
  reason: z
    .string()
    .optional()
    .describe(
      'Fetched, Pending, Suspended, FetchFailed, AuthFailed, VerifyFailed, NotAllowed, InvalidArtifact, TooLarge or Conflict.',
    ),
  message: z.string().optional().describe('What is wrong and what would help.'),
  ...revision,
  digest: z.string().optional().describe('Digest of the artifact.'),
  cacheKey: z.string().optional().describe("Name of the file in Crossplane's package cache."),
  bytes: z.int().optional().describe('Bytes of the content.'),
  chunks: z.int().optional().describe('In how many ConfigMaps it is.'),
  namespace: z.string().optional().describe('Namespace of the ConfigMaps.'),
  history: z.array(z.object(revision)).optional().describe('Earlier revisions that stay, the latest first.'),
});

/** `packageCache` in the status: the sources by name. */
const packageCacheStatus = z
  .record(z.string(), sourceStatus)
  .optional()
  .describe('The sources of packages by their name.');

/** What the function says of one repository in the composite's status. */
export const repositoryStatus = z.object({
  name: z.string().optional().describe('Name of the repository in ECR.'),
  uri: z
    .string()
    .optional()
    .describe('Where images are pushed and pulled: <account>.dkr.ecr.<region>.amazonaws.com/<name>.'),
  arn: z.string().optional().describe('ARN of the repository.'),
  ready: ready.describe('True when the repository exists in ECR as asked for, its policies included.'),
  registryId: z.string().optional().describe('AWS account of the registry.'),
  synced: synced.describe('True when the last try of the provider went well.'),
  message,
  lifecyclePolicy: policyStatus.optional().describe('Its lifecycle policy, where it has one.'),
  repositoryPolicy: policyStatus.optional().describe('Its repository policy, where it has one.'),
  images: z
    .object({
      count: z.int().optional().describe('Number of images, tagged or not.'),
      complete: z.boolean().optional().describe('False when there are more images than were counted.'),
      newest: z
        .object({
          digest: z.string().optional().describe('Digest of the image that was pushed last.'),
          tags: z.array(z.string()).optional(),
          pushedAt: z.string().optional().describe('When it was pushed.'),
          scan: z.string().optional().describe('State of its scan for vulnerabilities, such as COMPLETE.'),
          findings: z.record(z.string(), z.int()).optional().describe('Number of findings by severity.'),
        })
        .optional(),
    })
    .optional()
    .describe('Its images, where the Input has observe.images.'),
});

const prefixStatus = policyStatus.extend({
  kind: z.string().optional().describe('RepositoryCreationTemplate or PullThroughCacheRule.'),
  prefix: z.string().optional().describe('The prefix that it is for.'),
});

/** The fields that the function adds to the composite's status. The XRDs' status schema is generated from them. */
export const statusFields = {
  repositories: z
    .record(z.string(), repositoryStatus)
    .optional()
    .describe('The repositories of the workload by their name in the Input, such as image and bundle.'),
  pullSecret: z.string().optional().describe('Name of the Secret for pulling images, where the Input has pullSecret.'),
  prefixes: z.array(prefixStatus).optional().describe('What is there for a whole prefix.'),
  packageCache: packageCacheStatus,
};

export type RepositoryStatus = z.infer<typeof repositoryStatus>;
