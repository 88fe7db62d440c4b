import * as z from 'zod/mini';
import { listed, quote } from '../../internal/quote.ts';
import { accountNumber, listOf, text } from './checks.ts';
import type { Problem } from './input-error.ts';
import { isBelow } from './name-template.ts';
import { type ParameterLayer, type Parameters, pathOf } from './parameters.ts';
import { powers } from './powers.ts';

const MAX_WORDS = 1_000;

const words = listOf(text(512).check(z.minLength(1, 'must not be empty')), MAX_WORDS);
const accounts = listOf(accountNumber, MAX_WORDS);
const organizations = listOf(
  text(34).check(z.regex(/^o-[a-z0-9]{10,32}$/, 'must be the ID of an AWS organization, such as o-a1b2c3d4e5')),
  MAX_WORDS,
);

/** The platform's limits of claims. */
export const allowed = z
  .partial(
    z.strictObject({
      regions: words.check(z.describe('AWS regions.')),
      prefixes: words.check(z.describe('Values of repoPrefix and of other prefixes, including the paths below them.')),
      providerConfigs: words.check(z.describe('Values of providerName.')),
      accounts: accounts.check(
        z.describe(
          'AWS accounts to which access may be granted. If accounts or organizations is set, access must not be granted to others.',
        ),
      ),
      organizations: organizations.check(
        z.describe(
          'AWS organizations to all of whose accounts access may be granted, by a condition on aws:PrincipalOrgID.',
        ),
      ),
      ...powers,
    }),
  )
  .check(
    z.describe(
      'Limits of claims. A claim that exceeds them is refused. A list that is not set does not limit claims. install, creationTemplates and pullThroughCaches grant rights that claims do not have by default.',
    ),
  );

export type Allowed = z.infer<typeof allowed>;

/** Returns the problems of parameters that the rules do not allow. `prefix` is repoPrefix without its registry host. */
export function ruleProblems(
  rules: Allowed,
  parameters: Parameters,
  prefix: string,
  layers: readonly ParameterLayer[],
): Problem[] {
  const { region, providerName, pullThroughCache = [] } = parameters;
  const problems: Problem[] = [];
  const refuse = (path: string, value: string, list: readonly string[]) => {
    problems.push({ path, message: `is ${quote(value)}, which the platform does not allow; ${choice(list)}` });
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

function choice(list: readonly string[]): string {
  return list.length === 0 ? 'no value is allowed' : `allowed value${list.length === 1 ? '' : 's'}: ${listed(list)}`;
}
