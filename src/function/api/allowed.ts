import * as z from 'zod/mini';
import { listed, quote } from '../../internal/quote.ts';
import type { Problem } from './input-error.ts';
import type { RepositorySettings } from './merge-settings.ts';
import { isBelow } from './name-template.ts';
import { type Layer, type Parameters, pathOf } from './parameters.ts';
import { namedIn } from './settings/access.ts';
import { powers } from './trust.ts';

const words = z.array(z.string().check(z.minLength(1, 'must not be empty')));

/** What claims may ask for, where the platform limits it. */
export const allowed = z
  .partial(
    z.strictObject({
      regions: words.check(z.describe('AWS regions.')),
      prefixes: words.check(z.describe('Values of repoPrefix, and whatever is below them; of other prefixes too.')),
      providerConfigs: words.check(z.describe('Values of providerName.')),
      accounts: words.check(z.describe('AWS accounts that access may let in. With it, no access for everybody.')),
      organizations: words.check(
        z.describe('AWS organizations that access may let in. With accounts and without it, none.'),
      ),
      ...powers,
    }),
  )
  .check(
    z.describe(
      'What claims may ask for; a claim that asks for more is refused. The lists limit what every claim may do, and one that is left out limits nothing. install, creationTemplates and pullThroughCaches let claims do what no claim may do without them.',
    ),
  );

export type Allowed = z.infer<typeof allowed>;

/** What parameters ask for beyond what is allowed; `prefix` is repoPrefix without its registry host. */
export function ruleProblems(
  rules: Allowed,
  parameters: Parameters,
  prefix: string,
  layers: readonly Layer[],
): Problem[] {
  const { region, providerName, pullThroughCache = [] } = parameters;
  const problems: Problem[] = [];
  const refuse = (path: string, value: string, list: readonly string[]) => {
    problems.push({ path, message: `is ${quote(value)}, which the platform does not allow; allowed ${choice(list)}` });
  };
  const { regions, prefixes, providerConfigs } = rules;
  if (regions && !regions.includes(region)) refuse(pathOf(layers, 'region'), region, regions);
  if (providerConfigs && !providerConfigs.includes(providerName)) {
    refuse(pathOf(layers, 'providerName'), providerName, providerConfigs);
  }
  if (prefixes) {
    const path = pathOf(layers, 'repoPrefix');
    if (!prefixes.some((one) => isBelow(prefix, one))) refuse(path, prefix, prefixes);
    pullThroughCache.forEach((rule, index) => {
      if (prefixes.some((one) => isBelow(rule.prefix, one))) return;
      refuse(`${pathOf(layers, 'pullThroughCache')}[${index}].prefix`, rule.prefix, prefixes);
    });
  }
  return problems;
}

/** Accounts and organizations that the settings of a repository let in though they are not allowed. */
export function accessProblems(rules: Allowed, { values, paths }: RepositorySettings): Problem[] {
  if (values.access === undefined || (rules.accounts ?? rules.organizations) === undefined) return [];
  const { accounts, organizations } = namedIn(values.access);
  const { accounts: someAccounts, organizations: someOrganizations = rules.accounts && [] } = rules;
  const path = paths.access ?? '';
  return [
    ...strangers(accounts, someAccounts).map((who) => {
      const message = who === '*' ? 'lets in everybody' : `lets in the account ${who}`;
      return { path, message: `${message}, which the platform does not allow; allowed ${choice(someAccounts ?? [])}` };
    }),
    ...strangers(organizations, someOrganizations).map((who) => {
      const message = `lets in the organization ${who}, which the platform does not allow; allowed ${choice(someOrganizations ?? [])}`;
      return { path, message };
    }),
  ];
}

function strangers(named: readonly string[], list: readonly string[] | undefined): string[] {
  return list === undefined ? [] : [...new Set(named)].filter((who) => !list.includes(who));
}

function choice(list: readonly string[]): string {
  return list.length === 0 ? 'is none' : `${list.length === 1 ? 'is' : 'are'} ${listed(list)}`;
}
