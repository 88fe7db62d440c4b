import { listed, quote } from '../../internal/quote.ts';
import type { Allowed } from '../api/allowed.ts';
import type { Problem } from '../api/input-error.ts';
import { isBelow } from '../api/name-template.ts';
import { CLAIM_PATH } from '../api/parameters.ts';
import { accessProblems } from '../repositories/check-access.ts';
import { settingProblems, templateRoleProblem } from '../repositories/check-settings.ts';
import type { Flavor } from '../repositories/providers/provider.ts';
import { REGISTRY_SETTINGS, type RegistrySetting } from './grant.ts';
import type { RegistryParameters } from './parameters.ts';

type Template = NonNullable<RegistryParameters['creationTemplates']>[number];

/** Returns the problems of registry settings that the Input does not grant or allow. */
export function grantProblems(
  asked: RegistryParameters,
  granted: readonly RegistrySetting[],
  allowed: Allowed,
): Problem[] {
  const problems: Problem[] = [];
  const say = (path: string, message: string) => problems.push({ path: `${CLAIM_PATH}.${path}`, message });
  const limit = (path: string, value: string | undefined, list: readonly string[] | undefined) => {
    if (value === undefined || list === undefined || list.includes(value)) return;
    say(path, `is ${quote(value)}, which the platform does not allow; allowed: ${listed(list) || 'none'}`);
  };
  const below = (path: string, prefix: string) => {
    if (allowed.prefixes?.some((one) => isBelow(prefix, one)) === false) limit(path, prefix, allowed.prefixes);
  };
  for (const setting of REGISTRY_SETTINGS) {
    if (asked[setting] === undefined || granted.includes(setting)) continue;
    say(setting, `is not granted; add ${setting} to input.registry.settings in the Composition, or remove it`);
  }
  limit('region', asked.region, allowed.regions);
  limit('providerName', asked.providerName, allowed.providerConfigs);
  const { policy, replication, creationTemplates = [], pullThroughCache = [] } = asked;
  policy?.replicateFrom?.accounts.forEach((account, index) => {
    limit(`policy.replicateFrom.accounts[${index}]`, account, allowed.accounts);
  });
  policy?.pullThroughFor?.roles.forEach((role, index) => {
    const [, account] = /^arn:[a-z-]+:iam::(\d{12}):/.exec(role) ?? [];
    limit(`policy.pullThroughFor.roles[${index}]`, account, allowed.accounts && [...allowed.accounts, policy.account]);
  });
  replication?.rules.forEach(({ destinations }, rule) => {
    destinations.forEach(({ region, account }, index) => {
      const path = `replication.rules[${rule}].destinations[${index}]`;
      limit(`${path}.region`, region, allowed.regions);
      limit(`${path}.account`, account, allowed.accounts);
    });
  });
  for (const [index, { prefix }] of creationTemplates.entries()) below(`creationTemplates[${index}].prefix`, prefix);
  for (const [index, { prefix }] of pullThroughCache.entries()) below(`pullThroughCache[${index}].prefix`, prefix);
  return problems;
}

/** Returns the problems of a creation template of a registry. */
export function templateProblems(
  flavor: Flavor,
  template: Template,
  index: number,
  region: string,
  allowed: Allowed,
): Problem[] {
  const root = `${CLAIM_PATH}.creationTemplates[${index}]`;
  const { imageTags, encryption, lifecycle, access, tags } = template;
  const values = { imageTags, encryption, lifecycle, access, tags };
  const paths = Object.fromEntries(Object.keys(values).map((field) => [field, `${root}.${field}`]));
  const problems = [
    ...settingProblems(flavor, { values, paths }, region),
    ...accessProblems(allowed, { values, paths }),
  ];
  const roleProblem = templateRoleProblem(template, values);
  if (roleProblem !== undefined) problems.push({ path: `${root}.customRoleArn`, message: roleProblem });
  return problems;
}
