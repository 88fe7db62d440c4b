import * as z from 'zod/mini';
import { quote } from '../../internal/quote.ts';
import { distinct, duration, listOf, objectName, partName, text } from './checks.ts';
import { forms } from './messages/forms.ts';
import { trustedRoot, verify } from './verify.ts';

const secretRef = z.strictObject({
  name: objectName.check(z.describe('Name of the Secret, in the namespace of the claim.')),
});

const REF = forms({
  otherType: (value) => {
    const field = /^sha256:/.test(String(value)) ? 'digest' : /[<>^~*=| ]/.test(String(value)) ? 'semver' : 'tag';
    return `must be an object, not ${quote(value)}; write ${quote({ [field]: String(value) })}`;
  },
});

const ref = z.strictObject(
  {
    tag: z.optional(
      text(128).check(
        z.regex(/^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/, 'must be a tag: at most 128 letters, digits, _ - and .'),
        z.describe('Tag to follow. Default, if ref is empty: latest.'),
      ),
    ),
    semver: z.optional(
      text(512).check(
        z.minLength(1, 'must not be empty'),
        z.describe(
          'Range of versions, such as >=1.2.0 <2.0.0; the highest matching tag is used. Takes precedence over tag.',
        ),
      ),
    ),
    semverFilter: z.optional(
      text(512).check(z.describe('Regular expression (RE2) that a tag must match to be considered; requires semver.')),
    ),
    digest: z.optional(
      text(71).check(
        z.regex(/^sha256:[0-9a-f]{64}$/, 'must be sha256: and 64 lower-case hex digits'),
        z.describe('Digest to use. Takes precedence over semver and tag.'),
      ),
    ),
  },
  REF,
);

const install = z.strictObject({
  kind: z
    .enum(['Configuration', 'Provider', 'Function'])
    .check(z.describe('Kind of the package. A namespaced composite cannot install packages.')),
  name: z.optional(
    objectName.check(z.describe('Name of the package in the cluster. Default: the repository path, with dashes.')),
  ),
  packagePullPolicy: z.optional(
    z
      .enum(['IfNotPresent', 'Never'])
      .check(
        z.describe(
          'Pull policy of the package. Default: Never for a Configuration; IfNotPresent for others, as it becomes the pull policy of their runtime image.',
        ),
      ),
  ),
  pinTag: z.optional(
    z
      .boolean()
      .check(
        z.describe(
          'Install by tag and pin the tag to the digest with an ImageConfig, so that packages that depend on it can see the version. Default true. A source without a tag is installed by digest.',
        ),
      ),
  ),
  skipDependencyResolution: z.optional(z.boolean().check(z.describe('Install the package without its dependencies.'))),
});

const source = z
  .strictObject({
    name: partName.check(z.describe('Name of the source in the status.')),
    url: z.optional(
      text(512).check(
        z.regex(/^oci:\/\/[^\s@]+$/, 'must be oci://HOST/REPOSITORY, without a tag or digest'),
        z.describe("Repository of the package, oci://HOST/REPOSITORY. Default: the workload's own bundle repository."),
      ),
    ),
    ref: z.optional(ref.check(z.describe('The artifact of the repository. Default: the tag latest.'))),
    interval: z.optional(
      duration('10s', '168h').check(z.describe('Interval at which to re-resolve the tag or range. Default 10m.')),
    ),
    timeout: z.optional(duration('1s', '10m').check(z.describe('Maximum duration of one fetch. Default 60s.'))),
    suspend: z.optional(z.boolean().check(z.describe('Stop fetching. Existing content is retained.'))),
    insecure: z.optional(z.boolean().check(z.describe('Allow plain http.'))),
    provider: z.optional(
      z
        .enum(['generic', 'aws'])
        .check(
          z.describe(
            "Source of credentials if neither secretRef nor serviceAccountName provides any: aws uses the AWS identity in this step's credentials named aws, or the function's own, for ECR registries only, and never together with certSecretRef, proxySecretRef or insecure. Default: aws for ECR registries, generic for all others.",
          ),
        ),
    ),
    secretRef: z.optional(
      secretRef.check(z.describe('Secret of type kubernetes.io/dockerconfigjson with credentials.')),
    ),
    serviceAccountName: z.optional(
      objectName.check(z.describe('ServiceAccount whose imagePullSecrets, at most 20, have credentials.')),
    ),
    certSecretRef: z.optional(
      secretRef.check(
        z.describe('Secret with ca.crt, the certificates to trust, and tls.crt and tls.key, the client certificate.'),
      ),
    ),
    proxySecretRef: z.optional(secretRef.check(z.describe('Secret with address, username and password of a proxy.'))),
    verify: z.optional(verify),
    content: z.optional(
      z
        .enum(['package', 'image', 'layer'])
        .check(
          z.describe(
            "Part of the artifact to store in the cluster: package, the entry of Crossplane's package cache; image, the whole image as an .xpkg file; layer, one layer, or all of them as one. Default package.",
          ),
        ),
    ),
    layerSelector: z.optional(
      z
        .strictObject({
          mediaType: z.optional(
            text(255).check(
              z.minLength(1, 'must not be empty'),
              z.describe(
                'Use the first layer of this media type or, with flatten, all layers of it. Default: the first, or all.',
              ),
            ),
          ),
          operation: z.optional(
            z
              .enum(['extract', 'copy', 'flatten'])
              .check(
                z.describe(
                  'extract repacks the files of the layer, copy uses the layer unchanged, flatten packs the merged files of all layers. Default extract.',
                ),
              ),
          ),
        })
        .check(z.describe('The layers to store in the cluster, with content: layer.')),
    ),
    ignore: z.optional(
      text(4_096).check(z.describe('Files to exclude from an extracted layer, in the syntax of .gitignore.')),
    ),
    keep: z.optional(
      z
        .int('must be an integer')
        .check(
          z.minimum(0, 'must not be negative'),
          z.maximum(10, 'must be at most 10'),
          z.describe('Number of earlier revisions to keep in addition to the current one. Default 1.'),
        ),
    ),
    install: z.optional(install.check(z.describe('Install the package.'))),
  })
  .check(
    z.refine(({ content = 'package', install: installs }) => content === 'package' || installs === undefined, {
      path: ['content'],
      error: 'must be package where install is set',
    }),
  );

/** `packageCache` among the parameters. */
export const packageCache = z
  .strictObject({
    sources: listOf(source, 20).check(
      distinct('name', 'must not contain a source twice'),
      z.describe('Artifacts to fetch and to store in the cluster as ConfigMaps.'),
    ),
  })
  .check(z.describe("Packages to store in the cluster as ConfigMaps, for Crossplane's package cache."));

export type Source = z.infer<typeof source>;

/** The maximum number of bytes that fit into one response in base64. Crossplane accepts 4 MiB. */
export const MAX_CONTENT_BYTES = 2_900_000;

const labels = z
  .record(
    text(317).check(
      z.regex(/^([a-z0-9.-]{1,253}\/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/, 'must be the key of a label'),
    ),
    text(63).check(z.regex(/^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/, 'must be the value of a label')),
  )
  .check(z.meta({ maxProperties: 50 }));

/** `packageCache` of the Input. */
export const packageCacheInput = z
  .strictObject({
    namespace: z._default(
      objectName.check(
        z.describe('Namespace of the ConfigMaps. Those of a namespaced composite are always in its own.'),
      ),
      'crossplane-system',
    ),
    labels: z._default(labels.check(z.describe('Labels for the ConfigMaps.')), {}),
    chunkSize: z._default(
      z
        .int('must be an integer')
        .check(
          z.minimum(1_024, 'must be at least 1024'),
          z.maximum(983_040, 'must be at most 983040'),
          z.describe('Maximum size of the content of one ConfigMap in bytes, before base64.'),
        ),
      786_432,
    ),
    allowedRegistries: z._default(
      z
        .array(text(512).check(z.regex(/^[^\s/]+(\/[^\s]*)?$/, 'must be HOST[:PORT] or HOST[:PORT]/PATH')))
        .check(
          z.maxLength(1_000, 'must be at most 1000 entries'),
          z.describe(
            "Registries and repositories that sources of claims may refer to, in addition to the workload's own repositories: HOST[:PORT], or HOST[:PORT]/PATH for that repository and those below it. The AWS login of the function or of the step is used for ECR registries among them. With allowed.prefixes, HOST of an ECR registry allows only repositories at and below those prefixes.",
          ),
        ),
      [],
    ),
    allowLocalAddresses: z._default(
      z.boolean().check(z.describe('Allow registries at loopback, link-local and metadata addresses.')),
      false,
    ),
    allowInsecure: z._default(z.boolean().check(z.describe('Allow sources of claims to be insecure.')), false),
    allowProxies: z._default(
      z.boolean().check(z.describe('Allow sources of claims to name a proxy with proxySecretRef.')),
      false,
    ),
    allowCertificates: z._default(
      z.boolean().check(z.describe('Allow sources of claims to name a CA or a client certificate with certSecretRef.')),
      false,
    ),
    allowPrivateAddresses: z._default(
      z
        .boolean()
        .check(
          z.describe(
            'Allow registries in private networks, such as 10.0.0.0/8, and names of private domains, such as those of Services in the cluster. ECR registries are always reached at the private addresses of VPC endpoints.',
          ),
        ),
      false,
    ),
    maxContentBytes: z._default(
      z
        .int('must be an integer')
        .check(
          z.minimum(1, 'must be above zero'),
          z.maximum(
            MAX_CONTENT_BYTES,
            `must be at most ${MAX_CONTENT_BYTES}, since Crossplane accepts responses of at most 4 MiB`,
          ),
          z.describe(
            'Maximum size of the content for one composite in bytes, before base64. With more than 1.5 MiB, responses may exceed the 4 MiB that later steps accept.',
          ),
        ),
      1_048_576,
    ),
    trustedRoot: z.optional(trustedRoot),
    onRemoval: z._default(
      z
        .enum(['Keep', 'Uninstall'])
        .check(
          z.describe(
            'Handling of an installed package when its source, its install or its composite is removed. Keep retains it; Uninstall deletes it, together with everything that belongs to it.',
          ),
        ),
      'Keep',
    ),
    objects: z.optional(
      z
        .strictObject({
          providerConfigName: objectName.check(z.describe('Name of the ProviderConfig of provider-kubernetes.')),
        })
        .check(
          z.describe(
            'Wrap ConfigMaps in Objects of provider-kubernetes, for Crossplane v1, which only composes managed resources.',
          ),
        ),
    ),
  })
  .check(z.describe('The location of ConfigMaps with packages, and the limits of sources.'));

export type PackageCacheInput = z.infer<typeof packageCacheInput>;
