import { isObject, type Json, type JsonObject } from '../../json/value.ts';
import { splitOperator } from '../api/settings/policy-condition.ts';
import { itemsOf } from '../api/settings/repository-policy.ts';

/** Accounts and organizations that a policy may let in. */
export interface Trusted {
  readonly accounts: ReadonlySet<string>;
  readonly organizations: ReadonlySet<string>;
}

/** Guarantees of a condition. */
export interface Confines {
  /** The caller belongs to a trusted account or organization. */
  readonly callers: boolean;
  /** A service that calls does so for a trusted account or organization. */
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
 * Says what a Condition confines to the trusted. All its entries must hold, so one that confines is enough; of the values of one entry
 * any may hold, so all of them must be trusted. Operators that hold without the key (…IfExists, ForAllValues:, negated ones) confine nothing.
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
      // The key has many values, so IAM compares it only with an operator for sets.
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

// ArnEquals and ArnLike compare part by part. In the others a wildcard before the account could stand for colons as well.
function isArnOfTrusted({ accounts }: Trusted, base: string, arn: string): boolean {
  const [prefix = '', partition = '', service = '', region = '', account = '', ...resource] = arn.split(':');
  if (prefix !== 'arn' || resource.length === 0 || !accounts.has(account)) return false;
  if (base === 'ArnEquals' || base === 'ArnLike') return true;
  const before = `${partition}${service}${region}`;
  if (base === 'StringEquals' || base === 'StringEqualsIgnoreCase') return true;
  return base === 'StringLike' && (!/[*?]/.test(before) || isLambdaArn(service, region, resource));
}

/**
 * True for the form that AWS documents for Lambda, `arn:aws:lambda:*:ACCOUNT:function:*` with StringLike: no ARN of another account's
 * function has room for an account and `function` after its region.
 */
function isLambdaArn(service: string, region: string, resource: readonly string[]): boolean {
  return service === 'lambda' && /^[a-z0-9*?-]+$/.test(region) && resource[0] === 'function' && resource.length > 1;
}
