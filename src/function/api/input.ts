import * as z from 'zod/mini';
import { quote } from '../../internal/quote.ts';
import type { JsonObject } from '../../json/value.ts';
import { pullSecret } from '../pull-secret/pull-secret.ts';
import { registryGrant } from '../registry/grant.ts';
import { CLUSTER_VERSIONS } from '../repositories/providers/cluster.ts';
import { FLAVORS } from '../repositories/providers/provider.ts';
import { allowed } from './allowed.ts';
import { distinct, duration, listOf, partName, resourceNamePrefix, text } from './checks.ts';
import { InputError, PARSE_OPTIONS, problemsOf } from './input-error.ts';
import { sizeProblems } from './limits/bounds.ts';
import { DEFAULT_NAME_TEMPLATE, nameTemplateProblem } from './name-template.ts';
import { packageCacheInput } from './package-cache.ts';
import { parameterLayer, regionName, repositorySuffix } from './parameters.ts';

// Each distinct Input is checked once. Compiling its checks would take longer than checking, and would evaluate generated code.
z.config({ jitless: true });

export const INPUT_API_VERSION = 'workload-ecr.fn.crossplane.io/v1beta1';
export const INPUT_KIND = 'Input';

const repository = z.strictObject({
  name: partName.check(z.describe('Name of the repository in the status. Its composed resource is named <name>repo.')),
  suffix: repositorySuffix,
});

const provider = z
  .strictObject({
    flavor: z._default(
      z
        .enum(FLAVORS)
        .check(
          z.describe(
            'API group of the AWS provider: ecr.aws.crossplane.io (crossplane-contrib/provider-aws), ecr.aws.upbound.io (provider-upjet-aws), ecr.aws.m.upbound.io (the same, namespaced) or ecr.services.k8s.aws (the ECR controller of ACK, namespaced).',
          ),
        ),
      'ecr.aws.crossplane.io',
    ),
    version: z.optional(
      z
        .enum(CLUSTER_VERSIONS)
        .check(z.describe('Version of the kind Repository in ecr.aws.upbound.io. Default for that group: v1beta2.')),
    ),
  })
  .check(
    z.refine(({ flavor, version }) => version !== 'v1beta2' || flavor === 'ecr.aws.upbound.io', {
      path: ['version'],
      error: 'must be v1beta1 or be omitted: only ecr.aws.upbound.io has v1beta2',
    }),
    z.refine(({ flavor, version }) => version === undefined || flavor !== 'ecr.services.k8s.aws', {
      path: ['version'],
      error: 'must be omitted: ecr.services.k8s.aws has v1alpha1 only',
    }),
  );

function off(description: string) {
  return z._default(z.boolean().check(z.describe(description)), false);
}

/** The fields of the Input other than apiVersion, kind and metadata. The Input CRD is generated from them. */
export const inputFields = {
  ttl: z._default(
    duration('1s', '24h').check(
      z.describe(
        'Maximum time until Crossplane calls the function again once all repositories are ready, such as 10m. Before that, it is at most one minute.',
      ),
    ),
    '10m',
  ),
  nameTemplate: z._default(
    text(256).check(
      z.refine((text) => nameTemplateProblem(text) === undefined, {
        error: ({ input }) => nameTemplateProblem(String(input)) ?? '',
      }),
      z.describe(
        'Template of the names of repositories: text with {prefix}, {workload}, {namespace}, {repository} and {suffix}.',
      ),
    ),
    DEFAULT_NAME_TEMPLATE,
  ),
  nameConflicts: z._default(
    z
      .enum(['Refuse', 'Ignore'])
      .check(
        z.describe(
          'Refuse checks that no other composite has a repository of that name before creating one. Ignore adopts an existing repository of that name, even one of another composite.',
        ),
      ),
    'Refuse',
  ),
  nameConflictFlavors: z.optional(
    listOf(z.enum(FLAVORS), FLAVORS.length).check(
      z.describe(
        'Provider flavors, in addition to that of provider, whose repositories nameConflicts checks. Their CRDs must be installed; otherwise, Crossplane cannot run the pipeline. Default: the flavors whose CRDs Crossplane finds, in Crossplane 2.2 and later; otherwise none.',
      ),
    ),
  ),
  fieldValidation: z._default(
    z
      .enum(['Ignore', 'Warn', 'Strict'])
      .check(
        z.describe(
          'Validation of fields of a claim that this function does not know, as in Kubernetes: Warn adds an event and the condition FieldsKnown to the claim, Strict refuses the claim, and Ignore accepts the fields, for pipelines in which other steps read them. Fields with a name similar to that of a known field are always refused.',
        ),
      ),
    'Warn',
  ),
  additionalRegions: z._default(
    listOf(regionName, 50).check(
      z.describe('AWS regions that are newer than the list of this version. Any other region is refused.'),
    ),
    [],
  ),
  provider: z._default(provider.check(z.describe('The AWS provider that creates the repositories.')), {
    flavor: 'ecr.aws.crossplane.io',
  }),
  defaults: z.prefault(parameterLayer.check(z.describe('Parameters for claims that do not set them.')), {}),
  enforced: z.prefault(parameterLayer.check(z.describe('Parameters that take precedence over those of claims.')), {}),
  allowed: z._default(allowed, {}),
  packageCache: z.prefault(packageCacheInput, {}),
  repositories: z._default(
    listOf(repository, 50).check(
      distinct('name', 'must not contain a repository twice'),
      z.describe('The repositories that each workload gets.'),
    ),
    [{ name: 'image' }, { name: 'bundle' }],
  ),
  pullSecret: z.optional(pullSecret),
  resourceNamePrefix,
  registry: z.optional(registryGrant),
  observe: z._default(
    z
      .strictObject({
        images: off('Report the number of images, the newest image and its scan findings in the status.'),
        usage: off('Report the size of the images and the time of the last pull in the status.'),
        notPulledDays: z.optional(
          z
            .int32('must be an integer from 1 to 3650')
            .check(
              z.minimum(1, 'must be at least 1'),
              z.maximum(3_650, 'must be at most 3650'),
              z.describe('Report the number of images that were not pulled for that many days in the status.'),
            ),
        ),
        scanFindings: off(
          'Report the findings of enhanced scanning for the newest image by severity. This takes another request for each repository.',
        ),
      })
      .check(z.describe('Values from AWS to report in the status, in addition to those of the provider.')),
    { images: false, usage: false, scanFindings: false },
  ),
};

const schema = z
  .strictObject({
    apiVersion: z.literal(INPUT_API_VERSION),
    kind: z.literal(INPUT_KIND),
    metadata: z.optional(z.looseObject({})),
    ...inputFields,
  })
  .check(
    // A Composition may be for a whole prefix instead.
    z.refine(
      ({ repositories, defaults, enforced, registry }) =>
        repositories.length > 0 || hasPrefix(defaults) || hasPrefix(enforced) || registry !== undefined,
      { path: ['repositories'], error: 'must name at least one repository' },
    ),
    z.refine(
      ({ registry, defaults, enforced, pullSecret: secret }) =>
        registry === undefined || (secret === undefined && isEmpty(defaults) && isEmpty(enforced)),
      {
        path: ['registry'],
        error:
          'must not be set together with defaults, enforced or pullSecret, which are for repositories of workloads; use another Composition or step for these',
      },
    ),
  );

function isEmpty(layer: z.infer<typeof parameterLayer>): boolean {
  return Object.keys(layer).length === 0;
}

function hasPrefix({ creationTemplate, pullThroughCache }: z.infer<typeof parameterLayer>): boolean {
  return (creationTemplate ?? pullThroughCache) !== undefined;
}

/** A valid Input with its defaults applied. */
export type Input = Pick<z.infer<typeof schema>, keyof typeof inputFields>;

const LIMITS = { maxCharacters: 1_048_576, maxDepth: 32 };

/** Parses an Input. A step without an Input gets the defaults. Throws {@link InputError} with all problems. */
export function parseInput(object: JsonObject = { apiVersion: INPUT_API_VERSION, kind: INPUT_KIND }): Input {
  if (object.apiVersion !== INPUT_API_VERSION || object.kind !== INPUT_KIND) {
    const message = `must be apiVersion ${INPUT_API_VERSION}, kind ${INPUT_KIND}, not apiVersion ${quote(object.apiVersion)}, kind ${quote(object.kind)}`;
    throw new InputError([{ path: 'input', message }]);
  }
  const tooLarge = sizeProblems(schema, object, 'input', LIMITS);
  if (tooLarge.length > 0) throw new InputError(tooLarge);
  const parsed = schema.safeParse(object, PARSE_OPTIONS);
  if (parsed.success) return parsed.data;
  throw new InputError(problemsOf(parsed.error, object, 'input', schema));
}
