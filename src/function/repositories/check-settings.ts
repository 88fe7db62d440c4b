import { ECR_MODEL } from '../../aws/ecr-model.ts';
import { quote } from '../../internal/quote.ts';
import type { Problem } from '../api/input-error.ts';
import { deletionOf, isSetting, type RepositorySettings, type Settings } from '../api/merge-settings.ts';
import { type ParameterLayer, type Parameters, pathOf } from '../api/parameters.ts';
import { regionOfKey } from '../api/settings/encryption.ts';
import { mayDelete } from '../api/settings/management-policies.ts';
import type { CreationTemplate } from '../api/settings/registry-prefix.ts';
import { tagsProblem } from '../api/settings/tags.ts';
import type { Flavor } from './providers/provider.ts';

/** Returns the problems of combinations of a repository's settings, and of settings that its flavor cannot express. */
export function settingProblems(flavor: Flavor, { values, paths }: RepositorySettings, region: string): Problem[] {
  const problems: Problem[] = [];
  const say = (field: keyof Settings, message: string, below = '') => {
    problems.push({ path: `${paths[field] ?? `spec.parameters.${field}`}${below}`, message });
  };
  const refused = flavor.refuse(values);
  for (const [field, what] of Object.entries(refused)) {
    if (isSetting(field))
      say(field, `${what}, which ${flavor.name} cannot express; remove it, or use another provider flavor`);
  }
  const tags = values.tags && tagsProblem(values.tags, flavor.providerTags);
  if (tags !== undefined) say('tags', tags);
  const keyRegion = values.encryption?.kmsKey && regionOfKey(values.encryption.kmsKey);
  if (keyRegion && keyRegion !== region) {
    say('encryption', `must be a key in ${region}, the region of the repository, not in ${keyRegion}`, '.kmsKey');
  }
  const deletion = refused.managementPolicies ? undefined : deletionProblem(values);
  if (deletion !== undefined) say('managementPolicies', deletion);
  return problems;
}

function deletionProblem(settings: Settings): string | undefined {
  const { managementPolicies } = settings;
  if (managementPolicies === undefined || managementPolicies[0] === '*') return undefined;
  const deletion = deletionOf(settings);
  if (mayDelete(managementPolicies)) {
    return deletion === 'Retain'
      ? 'must not have Delete, since deletion is Retain; remove Delete, or change deletion'
      : undefined;
  }
  return deletion === 'Retain'
    ? undefined
    : `must have Delete, since deletion is ${deletion}; add Delete, or set deletion: Retain`;
}

/** Returns the problems of settings for a whole prefix. */
export function prefixProblems(
  flavor: Flavor,
  { creationTemplate, pullThroughCache }: Parameters,
  layers: readonly ParameterLayer[],
  common: RepositorySettings,
  repositories: number,
  prefix: string,
): Problem[] {
  const problems: Problem[] = [];
  const cannot = (field: 'creationTemplate' | 'pullThroughCache', kind: string) => {
    const message = `requires the kind ${kind}, which ${flavor.name} does not have; remove it, or use ecr.aws.upbound.io, ecr.aws.m.upbound.io or ecr.services.k8s.aws`;
    problems.push({ path: pathOf(layers, field), message });
  };
  if (creationTemplate && !flavor.creationTemplate) cannot('creationTemplate', 'RepositoryCreationTemplate');
  if (pullThroughCache && !flavor.pullThroughCacheRule) cannot('pullThroughCache', 'PullThroughCacheRule');
  const prefixProblem = templatePrefixProblem(prefix);
  if (creationTemplate && prefixProblem !== undefined) {
    problems.push({ path: pathOf(layers, 'repoPrefix'), message: prefixProblem });
  }
  const { scanOnPush } = common.values;
  const roleProblem = creationTemplate && templateRoleProblem(creationTemplate, common.values);
  if (roleProblem !== undefined) {
    problems.push({ path: `${pathOf(layers, 'creationTemplate')}.customRoleArn`, message: roleProblem });
  }
  if (creationTemplate && repositories === 0 && scanOnPush !== undefined) {
    const message = `is ${quote(scanOnPush)}, which a creation template cannot express; set it for the registry`;
    problems.push({ path: pathOf(layers, 'scanOnPush'), message });
  }
  return problems;
}

/** Returns the problem for which ECR would refuse a creation template without a role, or undefined. */
export function templateRoleProblem(
  { customRoleArn }: Pick<CreationTemplate, 'customRoleArn'>,
  { tags, encryption }: Settings,
): string | undefined {
  if (customRoleArn !== undefined) return undefined;
  const isPlain = encryption === undefined || encryption.type === 'AES256';
  if (tags === undefined && isPlain) return undefined;
  const setting = tags === undefined ? `encryption with ${encryption?.type}` : 'tags';
  return `is required with ${setting}: ECR needs an IAM role to create such repositories`;
}

const { min: MIN_PREFIX, max: MAX_PREFIX, pattern: PREFIX } = ECR_MODEL.shapes.Prefix;

/** Returns the problem for which ECR would refuse the prefix of a creation template, or undefined. */
function templatePrefixProblem(prefix: string): string | undefined {
  if (prefix.length < MIN_PREFIX)
    return 'must not be empty without its registry host; use ROOT for a creation template for all repositories';
  if (prefix.length > MAX_PREFIX)
    return `must have at most ${MAX_PREFIX} characters for a creation template, not ${prefix.length}`;
  if (new RegExp(PREFIX).test(prefix)) return undefined;
  return 'must be ROOT or a path as of a repository, for a creation template: lower-case letters and digits, with . _ - / between them';
}
