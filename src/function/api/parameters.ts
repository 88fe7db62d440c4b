import * as z from 'zod/mini';
import { ECR_MODEL } from '../../aws/ecr-model.ts';
import { REGIONS } from '../../aws/partition.ts';
import { quote } from '../../internal/quote.ts';
import { allOf } from '../../internal/sentence.ts';
import { isObject, type Json, type JsonObject } from '../../json/value.ts';
import { distinct, duration, listOf, partName, text } from './checks.ts';
import { InputError, PARSE_OPTIONS, type Problem, problemsOf } from './input-error.ts';
import { sizeProblems } from './limits/bounds.ts';
import { PROVIDER_WORDS } from './messages/claim-fields.ts';
import { formatPath } from './messages/field-path.ts';
import { didYouMean } from './messages/unknown-field.ts';
import { packageCache } from './package-cache.ts';
import { access } from './settings/access.ts';
import { encryption } from './settings/encryption.ts';
import { imageTags } from './settings/image-tags.ts';
import { lifecycle } from './settings/lifecycle.ts';
import { managementPolicies } from './settings/management-policies.ts';
import { creationTemplate, pullThroughCache } from './settings/registry-prefix.ts';
import { tags } from './settings/tags.ts';

/** The handling of a repository in ECR when its composed resource is deleted. */
export const deletion = z
  .enum(['Retain', 'IfEmpty', 'Force'])
  .check(
    z.describe(
      'Handling of the repositories in ECR when the claim is deleted. Retain keeps them, IfEmpty deletes those without images, and Force deletes them with their images.',
    ),
  );

/** The name of an AWS region. */
export const regionName = text(ECR_MODEL.shapes.Region.max).check(
  z.regex(/^[a-z]{2,}(-[a-z]+)+-[0-9]+$/, {
    error: ({ input }) => {
      const meant = didYouMean(String(input), REGIONS);
      return `must be an AWS region such as eu-west-2${meant === undefined ? '' : `; ${meant}`}`;
    },
  }),
);

const region = regionName.check(z.describe('AWS region of the repositories, such as eu-west-2.'));

/** The settings of a single repository or of all repositories. */
export const settingFields = {
  deletion,
  imageTags,
  scanOnPush: z.boolean().check(z.describe('Scan images for vulnerabilities when they are pushed.')),
  encryption,
  tags,
  lifecycle,
  access,
  managementPolicies,
  // At least the default of --poll of provider-upjet-aws: a claim may have AWS called less often, not more often.
  pollInterval: duration('10m', '168h').check(
    z.describe(
      "Interval at which the provider compares the repositories and their policies with AWS. A longer interval results in fewer requests to AWS, and in later corrections of changes in AWS. Only provider-upjet-aws after v2.6.0 reads it. Default: the provider's --poll, which is 10m by default.",
    ),
  ),
};

export const repositorySuffix = z.optional(
  text(256).check(z.describe('Value of {suffix} in nameTemplate. Default: empty for image, -<name> for any other.')),
);

const repositories = listOf(
  z.strictObject({
    name: partName.check(z.describe('Name of the repository, either of one in the Input or of an additional one.')),
    suffix: repositorySuffix,
    ...z.partial(z.object(settingFields)).shape,
  }),
  50,
).check(
  distinct('name', 'must not contain a repository twice'),
  z.describe(
    'Settings of single repositories, which take precedence over the settings for all repositories, and additional repositories.',
  ),
);

/** The fields of `spec.parameters`, each in the form that a layer may contain. The XRDs and the Input CRD are generated from them. */
export const parameterFields = {
  workloadName: text(256).check(
    z.minLength(1, 'must not be empty'),
    z.describe('Name of the workload that the repositories belong to.'),
  ),
  repoPrefix: text(350).check(
    z.minLength(1, 'must not be empty'),
    z.describe(
      'Prefix of the repository names, such as tap/workloads. A registry host in front (ACCOUNT.dkr.ecr.REGION.amazonaws.com/) is dropped.',
    ),
  ),
  region,
  providerName: text(253).check(
    z.minLength(1, 'must not be empty'),
    z.describe('Name of the ProviderConfig of the AWS provider. Not used by ecr.services.k8s.aws.'),
  ),
  providerKind: z
    .enum(['ClusterProviderConfig', 'ProviderConfig'])
    .check(
      z.describe(
        'Kind of the provider config that providerName names, for ecr.aws.m.upbound.io: ProviderConfig is in the namespace of the claim. Default: ClusterProviderConfig.',
      ),
    ),
  ...settingFields,
  repositories,
  creationTemplate,
  pullThroughCache,
  packageCache,
};

/** The parameters that at least one layer must set; providerName only if the flavor has provider configs. */
export const REQUIRED = ['workloadName', 'repoPrefix', 'region', 'providerName'] as const;

const optionalFields = z.partial(z.object(parameterFields)).shape;

/** The parameters of a claim, all optional. Unknown fields are kept, since they may belong to other pipeline steps. */
export const claimParameters = z.looseObject(optionalFields);

/** The parameters of a layer of the Input, all optional. Unknown fields are refused. */
export const parameterLayer = z.strictObject(optionalFields);

export type LayerValues = z.infer<typeof parameterLayer>;
type RequiredParameters = Record<(typeof REQUIRED)[number], string>;

/** The merged parameters of all layers, complete. Settings are merged separately for each repository. */
export type Parameters = RequiredParameters &
  Pick<LayerValues, 'providerKind' | 'creationTemplate' | 'pullThroughCache'>;

/** A layer and the path of its fields. */
export interface ParameterLayer {
  readonly path: string;
  readonly values: LayerValues;
}

/** The path of the layer that the claim's author writes. */
export const CLAIM_PATH = 'spec.parameters';

/**
 * Validates the claim's parameters and inserts them between the layers of the Input, above `defaults` and below `enforced`. One of the
 * layers must set each of `required`. Throws {@link InputError} with all problems. `beside` contains the claim's fields other than its
 * parameters.
 */
export function layersOf(
  own: Json | undefined,
  defaults: LayerValues,
  enforced: LayerValues,
  required: readonly (typeof REQUIRED)[number][] = REQUIRED,
  beside: readonly string[] = [],
): ParameterLayer[] {
  if (own !== undefined && own !== null && !isObject(own)) {
    const message = `must be an object with workloadName and other parameters, not ${quote(own)}`;
    throw new InputError([{ path: CLAIM_PATH, message }]);
  }
  const claim = own ?? {};
  const tooLarge = sizeProblems(claimParameters, claim, CLAIM_PATH);
  if (tooLarge.length > 0) throw new InputError(tooLarge);
  const checked = claimParameters.safeParse(claim, PARSE_OPTIONS);
  const problems = [
    ...misplaced(claim),
    ...(checked.success ? [] : problemsOf(checked.error, claim, CLAIM_PATH, claimParameters)),
  ];
  problems.push(...missing([defaults, claim, enforced], required, beside));
  if (problems.length > 0 || !checked.success) throw new InputError(problems);
  return [
    { path: 'input.defaults', values: defaults },
    { path: CLAIM_PATH, values: checked.data },
    { path: 'input.enforced', values: enforced },
  ];
}

/** Merges the parameters of all layers. A later layer takes precedence over an earlier one. */
export function mergeLayers(layers: readonly ParameterLayer[]): Parameters {
  const merged: LayerValues = Object.assign({}, ...layers.map(({ values }) => values));
  const { workloadName = '', repoPrefix = '', region: inRegion = '', providerName = '' } = merged;
  const { providerKind, creationTemplate: template, pullThroughCache: rules } = merged;
  return {
    workloadName,
    repoPrefix,
    region: inRegion,
    providerName,
    providerKind,
    creationTemplate: template,
    pullThroughCache: rules,
  };
}

/** Returns the path of a parameter in the highest layer that sets it, or in the claim if none does. */
export function pathOf(layers: readonly ParameterLayer[], field: keyof LayerValues): string {
  const layer = layers.findLast(({ values }) => values[field] !== undefined);
  return `${layer?.path ?? CLAIM_PATH}.${field}`;
}

/** Returns the problems of unknown parameters with a name similar to that of a known one. Others may belong to another step. */
function misplaced(claim: JsonObject): Problem[] {
  const known = Object.keys(parameterFields);
  return Object.keys(claim)
    .filter((key) => !known.includes(key))
    .flatMap((key) => {
      const path = formatPath(CLAIM_PATH, [key]);
      if (Object.hasOwn(PROVIDER_WORDS, key)) return [{ path, message: PROVIDER_WORDS[key] ?? '' }];
      const hint = didYouMean(key, known);
      return hint === undefined ? [] : [{ path, message: `unknown field; ${hint}` }];
    });
}

function missing(
  layers: readonly JsonObject[],
  required: readonly (typeof REQUIRED)[number][],
  beside: readonly string[],
): Problem[] {
  const absent = required.filter((field) => layers.every((values) => values[field] === undefined));
  const tooHigh = absent.filter((field) => beside.includes(field));
  const problems = absent
    .filter((field) => !tooHigh.includes(field))
    .map((field) => ({ path: `${CLAIM_PATH}.${field}`, message: field === 'workloadName' ? OF_CLAIM : OF_ANY_LAYER }));
  const [first, ...others] = tooHigh;
  if (first === undefined) return problems;
  const message =
    others.length === 0
      ? 'belongs in spec.parameters; indent it below parameters'
      : `belongs in spec.parameters, with ${allOf(others)}; indent all of them below parameters`;
  return [{ path: `spec.${first}`, message }, ...problems];
}

const OF_ANY_LAYER = "is required, in the claim or in defaults of the Composition's input";
/** The message for a parameter without a useful default, since it would be the same for all claims. */
const OF_CLAIM = 'is required, in the claim: two claims with the same name would share their repositories';
