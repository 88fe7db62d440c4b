import * as z from 'zod/mini';

const ready = z.optional(z.boolean());
const synced = z.optional(z.boolean());
const message = z.optional(z.string().check(z.describe("Error of the provider's last attempt, if it failed.")));

const policyStatus = z.object({
  ready: ready.check(z.describe('True when ECR has the requested policy.')),
  synced: synced.check(
    z.describe('False when the last attempt of the provider failed, True when the resource is ready.'),
  ),
  message,
});

const revision = {
  revision: z.optional(z.string().check(z.describe('TAG@DIGEST, or the digest alone.'))),
  set: z.optional(z.string().check(z.describe('Label of its ConfigMaps, workload-ecr.fn.crossplane.io/cache-set.'))),
  configMaps: z.optional(z.array(z.string()).check(z.describe('Names of its ConfigMaps.'))),
};

/** The status of an installed package. */
const packageStatus = z.object({
  kind: z.optional(z.string().check(z.describe('Configuration, Provider or Function.'))),
  name: z.optional(z.string().check(z.describe('Name of the package in the cluster.'))),
  package: z.optional(z.string().check(z.describe('Reference from which the package is installed.'))),
  installed: z.optional(z.boolean().check(z.describe('True when Crossplane has installed the package.'))),
  healthy: z.optional(z.boolean().check(z.describe('True when Crossplane finds the package healthy.'))),
  message: z.optional(
    z.string().check(z.describe('The reason why the package is not installed, not healthy or not as requested.')),
  ),
});

/** The status of one source in the composite. */
export const sourceStatus = z.object({
  ready: z.optional(
    z.boolean().check(z.describe('True when the artifact that the source selects is in its ConfigMaps.')),
  ),
  reason: z.optional(
    z
      .string()
      .check(
        z.describe(
          'Fetched, Pending, Suspended, FetchFailed, AuthFailed, VerifyFailed, NotAllowed, InvalidArtifact, TooLarge, Conflict, InvalidSource or Damaged.',
        ),
      ),
  ),
  message: z.optional(z.string().check(z.describe('The problem and its fix.'))),
  ...revision,
  digest: z.optional(z.string().check(z.describe('Digest of the artifact.'))),
  url: z.optional(z.string().check(z.describe('URL of the artifact, oci://HOST/REPOSITORY@DIGEST.'))),
  metadata: z.optional(
    z
      .record(z.string(), z.string())
      .check(
        z.describe(
          'Annotations of the artifact: org.opencontainers.image.source and org.opencontainers.image.revision, if it has them.',
        ),
      ),
  ),
  observedGeneration: z.optional(
    z.int().check(z.describe('Generation of the composite from which the content in the cluster results.')),
  ),
  observedIgnore: z.optional(z.string().check(z.describe('The ignore from which the content in the cluster results.'))),
  observedLayerSelector: z.optional(
    z
      .object({
        mediaType: z.optional(z.string().check(z.describe('Its media type.'))),
        operation: z.optional(z.string().check(z.describe('Its operation: extract, copy or flatten.'))),
      })
      .check(z.describe('The layerSelector from which the content in the cluster results.')),
  ),
  cacheKey: z.optional(z.string().check(z.describe("Name of the file in Crossplane's package cache."))),
  bytes: z.optional(z.int().check(z.describe('Bytes of the content.'))),
  chunks: z.optional(z.int().check(z.describe('Number of ConfigMaps.'))),
  namespace: z.optional(z.string().check(z.describe('Namespace of the ConfigMaps.'))),
  history: z.optional(
    z.array(z.object(revision)).check(z.describe('Earlier revisions that are retained, the latest first.')),
  ),
  lastHandledReconcileAt: z.optional(
    z
      .string()
      .check(
        z.describe('Value of the annotation reconcile.fluxcd.io/requestedAt for which the source was last checked.'),
      ),
  ),
  install: z.optional(packageStatus.check(z.describe('The package that the source installs.'))),
});

/** `packageCache` in the status: the sources by name. */
const packageCacheStatus = z.optional(
  z.record(z.string(), sourceStatus).check(z.describe('The sources of packages by their name.')),
);

/** The status of one repository in the composite. */
export const repositoryStatus = z.object({
  name: z.optional(z.string().check(z.describe('Name of the repository in ECR.'))),
  uri: z.optional(
    z.string().check(z.describe('Address to push to and pull from: <account>.dkr.ecr.<region>.amazonaws.com/<name>.')),
  ),
  arn: z.optional(z.string().check(z.describe('ARN of the repository.'))),
  ready: ready.check(z.describe('True when the repository and its policies exist in ECR as requested.')),
  registryId: z.optional(z.string().check(z.describe('AWS account of the registry.'))),
  synced: synced.check(
    z.describe('False when the last attempt of the provider failed, True when the resource is ready.'),
  ),
  message,
  lifecyclePolicy: z.optional(policyStatus.check(z.describe('Its lifecycle policy, if it has one.'))),
  repositoryPolicy: z.optional(policyStatus.check(z.describe('Its repository policy, if it has one.'))),
  images: z.optional(
    z
      .object({
        count: z.optional(z.int().check(z.describe('Number of images, tagged or not.'))),
        complete: z.optional(
          z.boolean().check(z.describe('False when the repository has more images than were counted.')),
        ),
        bytes: z.optional(
          z
            .int()
            .check(
              z.describe(
                'Total bytes of the images, if observe.usage is set in the Input. A layer that several images share is counted for each of them.',
              ),
            ),
        ),
        lastPulledAt: z.optional(
          z
            .string()
            .check(
              z.describe(
                'Time of the last pull of an image, if observe.usage is set in the Input. ECR records it once a day.',
              ),
            ),
        ),
        notPulled: z.optional(
          z
            .object({
              days: z.optional(
                z.int().check(z.describe('The number of days, from observe.notPulledDays in the Input.')),
              ),
              count: z.optional(
                z
                  .int()
                  .check(
                    z.describe(
                      'Number of images that were not pulled for that long. For an image that was never pulled, the time of its push is used.',
                    ),
                  ),
              ),
            })
            .check(z.describe('Images without a pull.')),
        ),
        newest: z.optional(
          z
            .object({
              digest: z.optional(z.string().check(z.describe('Digest of the image that was pushed last.'))),
              tags: z.optional(z.array(z.string()).check(z.describe('Its tags.'))),
              pushedAt: z.optional(z.string().check(z.describe('Time of its push.'))),
              scan: z.optional(
                z.string().check(z.describe('State of its scan for vulnerabilities, such as COMPLETE.')),
              ),
              findings: z.optional(z.record(z.string(), z.int()).check(z.describe('Number of findings by severity.'))),
            })
            .check(z.describe('The image that was pushed last.')),
        ),
      })
      .check(z.describe('Its images, if observe is set in the Input.')),
  ),
});

const prefixStatus = z.extend(policyStatus, {
  kind: z.optional(z.string().check(z.describe('Kind of the composed resource, such as PullThroughCacheRule.'))),
  prefix: z.optional(z.string().check(z.describe('The prefix to which it applies.'))),
});

/** The same for a composite that sets up a registry. */
export const registryStatusFields = {
  registry: z.optional(
    z
      .array(prefixStatus.check(z.describe('One composed resource.')))
      .check(z.describe('Resources for the whole registry.')),
  ),
};

/** The fields that the function adds to the composite's status. The XRDs' status schema is generated from them. */
export const statusFields = {
  repositories: z.optional(
    z
      .record(z.string(), repositoryStatus)
      .check(z.describe('The repositories of the workload by their name in the Input, such as image and bundle.')),
  ),
  pullSecret: z.optional(
    z.string().check(z.describe('Name of the Secret for pulling images, if pullSecret is set in the Input.')),
  ),
  pullSecrets: z.optional(
    z
      .record(z.string(), z.string())
      .check(z.describe('Names of the Secrets of steps with a resourceNamePrefix in the Input, by that prefix.')),
  ),
  prefixes: z.optional(z.array(prefixStatus).check(z.describe('Resources for a whole prefix.'))),
  packageCache: packageCacheStatus,
  keptPackages: z.optional(
    z.array(packageStatus).check(z.describe('Installed packages that no source requests, until they are removed.')),
  ),
};
