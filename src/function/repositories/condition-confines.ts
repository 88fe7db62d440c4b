import { isObject, type Json, type JsonObject } from '../../json/value.ts';
import { splitOperator } from '../api/settings/policy-condition.ts';
import { itemsOf } from '../api/settings/repository-policy.ts';

/** The accounts and organizations to which a policy may grant access. */
export interface Trusted {
  readonly accounts: ReadonlySet<string>;
  readonly organizations: ReadonlySet<string>;
}

/** Guarantees of a condition. */
export interface Confines {
  /** True when the caller must belong to a trusted account or organization. */
  readonly callers: boolean;
  /** True when a calling service must act for a trusted account or organization. */
  readonly sources: boolean;
}

type Form = 'account' | 'organization' | 'path' | 'arn';

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html, in lower case: IAM ignores the case.
const KEYS: Readonly<Record<string, { readonly of: keyof Confines; readonly form: Form }>> = {
  'aws:principalaccount': { of: 'callers', form: 'account' },
  'aws:principalorgid': { of: 'callers', form: 'organization' },
  'aws:principalorgpaths': { of: 'callers', form: 'path' },
  'aws:principalarn': { of: 'callers', form: 'arn' },
  'aws:sourceaccount': { of: 'sources', form: 'account' },
  'aws:sourceorgid': { of: 'sources', form: 'organization' },
  'aws:sourceorgpaths': { of: 'sources', form: 'path' },
  'aws:sourcearn': { of: 'sources', form: 'arn' },
};

/**
 * Determines whether a Condition limits access to trusted parties. All its entries must be met, so one limiting entry is sufficient. Any
 * value of an entry may match, so all of its values must be trusted. Operators that are met without the key (…IfExists, ForAllValues:,
 * negated ones) do not limit access.
 */
export function confinesTo(trusted: Trusted, condition: JsonObject): Confines {
  const confined = { callers: false, sources: false };
  for (const [operator, keys] of Object.entries(condition)) {
    if (!isObject(keys)) continue;
    for (const [key, values] of Object.entries(keys)) {
      const lower = key.toLowerCase();
      const known = Object.hasOwn(KEYS, lower) ? KEYS[lower] : undefined;
      if (known === undefined) continue;
      const isConfined = itemsOf(values, []).every(({ value }) => holdsOnlyFor(trusted, operator, known.form, value));
      if (isConfined) confined[known.of] = true;
    }
  }
  return confined;
}

function holdsOnlyFor(trusted: Trusted, operator: string, form: Form, value: Json | undefined): boolean {
  const { set, base, ifExists } = splitOperator(operator);
  if (typeof value !== 'string' || ifExists || set === 'ForAllValues') return false;
  const isText = base === 'StringEquals' || base === 'StringEqualsIgnoreCase' || base === 'StringLike';
  switch (form) {
    case 'account':
      return isText && trusted.accounts.has(value);
    case 'organization':
      return isText && trusted.organizations.has(value);
    case 'path':
      // The key has multiple values, so IAM only compares it with an operator for sets.
      return isText && set === 'ForAnyValue' && isBelowTrusted(trusted, value);
    case 'arn':
      return isArnOfTrusted(trusted, base, value);
  }
}

/** True for a path such as `o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/*`; wildcards come after the organization only. */
function isBelowTrusted({ organizations }: Trusted, path: string): boolean {
  const slash = path.indexOf('/');
  return slash > 0 && organizations.has(path.slice(0, slash));
}

// ArnEquals and ArnLike compare part by part. In other operators, a wildcard before the account could also match colons.
function isArnOfTrusted({ accounts }: Trusted, base: string, arn: string): boolean {
  const [prefix = '', partition = '', service = '', region = '', account = '', ...resource] = arn.split(':');
  if (prefix !== 'arn' || resource.length === 0 || !accounts.has(account)) return false;
  if (base === 'ArnEquals' || base === 'ArnLike') return true;
  const before = `${partition}${service}${region}`;
  if (base === 'StringEquals' || base === 'StringEqualsIgnoreCase') return true;
  return base === 'StringLike' && (!/[*?]/.test(before) || isLambdaArn(service, region, resource));
}

/**
 * True for the form that AWS documents for Lambda, `arn:aws:lambda:*:ACCOUNT:function:*` with StringLike. It cannot match the ARN of a
 * function of another account.
 */
function isLambdaArn(service: string, region: string, resource: readonly string[]): boolean {
  return service === 'lambda' && /^[a-z0-9*?-]+$/.test(region) && resource[0] === 'function' && resource.length > 1;
}
