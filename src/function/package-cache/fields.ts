import * as z from 'zod';
import { parseDuration } from '../duration.ts';

const name = z
  .string()
  .regex(
    /^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$/,
    'must be lower-case letters, digits and dashes, at most 32, beginning with a letter',
  );

/** Names as Kubernetes has them for Secrets and the like. */
const objectName = z
  .string()
  .regex(
    /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/,
    'must be the name of an object: lower-case letters, digits, dashes and dots',
  );

const duration = z
  .string()
  .refine((text) => (parseDuration(text) ?? 0) > 0, 'must be a duration above zero such as 90s, 10m or 1h30m');

const secretRef = z.strictObject({ name: objectName.describe('Name of the Secret, in the namespace of the claim.') });

const ref = z.strictObject({
  tag: z
    .string()
    .regex(/^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/, 'must be a tag: at most 128 letters, digits, _ - and .')
    .optional()
    .describe('Tag to follow. Default, where ref says nothing: latest.'),
  semver: z
    .string()
    .min(1, 'must not be empty')
    .max(512, 'must be at most 512 characters')
    .optional()
    .describe('Range of versions, such as >=1.2.0 <2.0.0; the highest tag in it counts. Goes before tag.'),
  semverFilter: z
    .string()
    .max(512, 'must be at most 512 characters')
    .optional()
    .describe('Regular expression (RE2) that a tag must match to be looked at; goes with semver.'),
  digest: z
    .string()
    .regex(/^sha256:[0-9a-f]{64}$/, 'must be sha256: and 64 lower-case hex digits')
    .optional()
    .describe('Digest to take. Goes before semver and tag.'),
});

const install = z.strictObject({
  kind: z
    .enum(['Configuration', 'Provider', 'Function'])
    .describe('Kind of the package. A namespaced composite cannot install packages.'),
  name: objectName
    .optional()
    .describe('Name of the package in the cluster. Default: the repository path, with dashes.'),
  packagePullPolicy: z
    .enum(['IfNotPresent', 'Never'])
    .optional()
    .describe(
      'Pull policy of the package. Default: Never for a Configuration; IfNotPresent for others, as it becomes the pull policy of their runtime image.',
    ),
  pinTag: z
    .boolean()
    .optional()
    .describe(
      'Install by tag and pin the tag to the digest with an ImageConfig, so that the version stays to be seen by packages that depend on it. Default true; a source without a tag is installed by digest.',
    ),
  skipDependencyResolution: z.boolean().optional().describe('Install without looking for what the package depends on.'),
});

const source = z
  .strictObject({
    name: name.describe('Names the source in the status.'),
    url: z
      .string()
      .regex(/^oci:\/\/[^\s@]+$/, 'must be oci://HOST/REPOSITORY, without a tag or digest')
      .optional()
      .describe("Repository of the package, oci://HOST/REPOSITORY. Default: the workload's own bundle repository."),
    ref: ref.optional().describe('Which artifact of the repository. Default: the tag latest.'),
    interval: duration
      .optional()
      .describe('How often to look whether a tag or range means something else now. Default 10m.'),
    timeout: duration.optional().describe('How long one fetch may take. Default 60s.'),
    suspend: z.boolean().optional().describe('Fetch nothing for now; what is there stays.'),
    insecure: z.boolean().optional().describe('Allow plain http.'),
    provider: z
      .enum(['generic', 'aws'])
      .optional()
      .describe(
        "Where credentials come from when no Secret has any: aws takes the AWS identity in this step's credentials named aws, or the function's own, for ECR registries only. Default: aws for those, generic for all others.",
      ),
    secretRef: secretRef.optional().describe('Secret of type kubernetes.io/dockerconfigjson with credentials.'),
    serviceAccountName: objectName.optional().describe('ServiceAccount whose imagePullSecrets have credentials.'),
    certSecretRef: secretRef.optional().describe('Secret with ca.crt to trust, and tls.crt and tls.key to show.'),
    proxySecretRef: secretRef.optional().describe('Secret with address, username and password of a proxy.'),
    verify: z
      .strictObject({
        provider: z.enum(['cosign']).optional().describe('What made the signatures. Default cosign.'),
        secretRef: secretRef.describe('Secret whose keys that end in .pub hold public keys; one must have signed.'),
      })
      .optional()
      .describe('Take nothing that is not signed.'),
    content: z
      .enum(['package', 'image', 'layer'])
      .optional()
      .describe(
        "What to carry: package, the entry of Crossplane's package cache; image, the whole image as an .xpkg file; layer, one layer. Default package.",
      ),
    layerSelector: z
      .strictObject({
        mediaType: z
          .string()
          .min(1, 'must not be empty')
          .optional()
          .describe('Take the first layer of this media type. Default: the first.'),
        operation: z
          .enum(['extract', 'copy'])
          .optional()
          .describe('extract packs the files of the layer anew, copy takes the layer as it is. Default extract.'),
      })
      .optional()
      .describe('Which layer, with content: layer.'),
    ignore: z
      .string()
      .max(4_096, 'must be at most 4096 characters')
      .optional()
      .describe('Files to leave out of a layer that is extracted, as in .gitignore.'),
    keep: z
      .int('must be a whole number')
      .min(0, 'must not be negative')
      .max(10, 'must be at most 10')
      .optional()
      .describe('How many earlier revisions stay beside the present one. Default 1.'),
    install: install.optional().describe('Install the package, too.'),
  })
  .refine(({ content, layerSelector, ignore }) => content === 'layer' || (layerSelector ?? ignore) === undefined, {
    path: ['content'],
    error: 'must be layer where layerSelector or ignore is set',
  })
  .refine(({ content = 'package', install: installs }) => content === 'package' || installs === undefined, {
    path: ['content'],
    error: 'must be package where install is set',
  });

/** `packageCache` among the parameters. */
export const packageCache = z
  .strictObject({
    sources: z
      .array(source)
      .max(20, 'must be at most 20 sources')
      .refine((list) => new Set(list.map((one) => one.name)).size === list.length, 'must not name a source twice')
      .describe('Artifacts to fetch and to carry into the cluster as ConfigMaps.'),
  })
  .describe("Packages to carry into the cluster as ConfigMaps, for Crossplane's package cache.");

export type Source = z.infer<typeof source>;

/** Raw bytes that still fit into one response once they are base64: Crossplane takes 4 MiB. */
const MOST_CONTENT_BYTES = 2_900_000;

const labels = z.record(
  z
    .string()
    .regex(/^([a-z0-9.-]{1,253}\/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/, 'must be the key of a label'),
  z.string().regex(/^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/, 'must be the value of a label'),
);

/** `packageCache` of the Input. */
export const packageCacheInput = z
  .strictObject({
    namespace: objectName
      .default('crossplane-system')
      .describe('Namespace of the ConfigMaps. Those of a namespaced composite are always in its own.'),
    labels: labels.default({}).describe('Labels for the ConfigMaps.'),
    chunkSize: z
      .int('must be a whole number')
      .min(1_024, 'must be at least 1024')
      .max(983_040, 'must be at most 983040')
      .default(786_432)
      .describe('Most bytes of content in one ConfigMap, before base64.'),
    allowedRegistries: z
      .array(z.string().regex(/^[^\s/]+(\/[^\s]*)?$/, 'must be HOST[:PORT] or HOST[:PORT]/PATH'))
      .default([])
      .describe(
        "Registries that sources may name, beside those of the workload's own repositories: HOST[:PORT], or HOST[:PORT]/PATH for what lies below.",
      ),
    allowLocalAddresses: z
      .boolean()
      .default(false)
      .describe('Allow registries at loopback, link-local and metadata addresses.'),
    allowInsecure: z.boolean().default(false).describe('Allow sources to be insecure.'),
    maxContentBytes: z
      .int('must be a whole number')
      .min(1, 'must be above zero')
      .max(MOST_CONTENT_BYTES, `must be at most ${MOST_CONTENT_BYTES}, since Crossplane takes responses of 4 MiB`)
      .default(1_048_576)
      .describe(
        'Most bytes of content for one composite, before base64. More than 1.5 MiB is too much for steps behind this one that take 4 MiB.',
      ),
    objects: z
      .strictObject({
        providerConfigName: objectName.describe('Name of the ProviderConfig of provider-kubernetes.'),
      })
      .optional()
      .describe(
        'Wrap ConfigMaps in Objects of provider-kubernetes, for Crossplane v1, which composes managed resources only.',
      ),
  })
  .describe('Where ConfigMaps with packages go, and what sources may be.');

export type PackageCacheInput = z.infer<typeof packageCacheInput>;
