import * as z from 'zod/mini';
import { quote } from '../../../internal/quote.ts';
import { isList, isObject, type Json } from '../../../json/value.ts';
import { didYouMean } from '../messages/unknown-field.ts';
import type { PolicyProblem } from './raw-policy.ts';

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
const OPERATORS = [
  ...['StringEquals', 'StringNotEquals', 'StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase'],
  ...['StringLike', 'StringNotLike', 'NumericEquals', 'NumericNotEquals', 'NumericLessThan', 'NumericLessThanEquals'],
  ...['NumericGreaterThan', 'NumericGreaterThanEquals', 'DateEquals', 'DateNotEquals', 'DateLessThan'],
  ...['DateLessThanEquals', 'DateGreaterThan', 'DateGreaterThanEquals', 'Bool', 'BinaryEquals', 'IpAddress'],
  ...['NotIpAddress', 'ArnEquals', 'ArnLike', 'ArnNotEquals', 'ArnNotLike', 'Null'],
];
const SETS = ['ForAllValues', 'ForAnyValue'];
const IF_EXISTS = 'IfExists';
const KEY = /^[a-z0-9-]+:[^\s:][^\s]*$/i;

/** The forms of values by operator. Values of other operators may be any text. */
const VALUES: readonly { readonly operator: RegExp; readonly value: RegExp | z.ZodMiniType; readonly what: string }[] =
  [
    { operator: /^(?:Bool|Null)$/, value: /^(?:true|false)$/i, what: 'true or false' },
    { operator: /^Numeric/, value: /^[+-]?\d+(?:\.\d+)?$/, what: 'a number' },
    {
      operator: /^Date/,
      value: /^(?:\d+|\d{4}-\d\d(?:-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?)?)$/i,
      what: 'a date (2027-01-31T00:00:00Z, or seconds since 1970)',
    },
    {
      operator: /IpAddress$/,
      value: z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]),
      what: 'an address or a network such as 192.0.2.0/24',
    },
  ];
/** A policy variable, whose value is only known later. */
const VARIABLE = /\$\{/;

type Path = PolicyProblem['path'];

/** Returns the problem of a statement's Condition. */
export function* conditionProblems(condition: Json, path: Path): Iterable<PolicyProblem> {
  if (!isObject(condition) || Object.keys(condition).length === 0) {
    const message = `must be an object such as {StringEquals: {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}, not ${quote(condition)}`;
    yield { path, message };
    return;
  }
  for (const [operator, keys] of Object.entries(condition)) {
    const at = [...path, operator];
    if (!isOperator(operator)) {
      const hint = didYouMean(operator, OPERATORS) ?? 'use one of IAM such as StringEquals';
      yield { path: at, message: `unknown operator; ${hint}` };
    } else yield* keyProblems(keys ?? null, at, splitOperator(operator).base);
  }
}

/** Splits an operator into its base, its prefix for sets and IfExists. */
export function splitOperator(operator: string): {
  readonly set: string | undefined;
  readonly base: string;
  readonly ifExists: boolean;
} {
  const colon = operator.indexOf(':');
  const set = colon < 0 ? undefined : operator.slice(0, colon);
  const rest = operator.slice(colon + 1);
  const ifExists = rest.endsWith(IF_EXISTS);
  return { set, base: ifExists ? rest.slice(0, -IF_EXISTS.length) : rest, ifExists };
}

function isOperator(operator: string): boolean {
  const { set, base, ifExists } = splitOperator(operator);
  return (set === undefined || SETS.includes(set)) && OPERATORS.includes(base) && !(ifExists && base === 'Null');
}

function* keyProblems(keys: Json, path: Path, operator: string): Iterable<PolicyProblem> {
  if (!isObject(keys) || Object.keys(keys).length === 0) {
    const message = `must be an object of keys and values such as {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}, not ${quote(keys)}`;
    yield { path, message };
    return;
  }
  const known = new Set<string>();
  for (const [key, value] of Object.entries(keys)) {
    const at = [...path, key];
    if (!KEY.test(key)) yield { path: at, message: 'must be the name of a condition key such as aws:PrincipalOrgID' };
    // The names of keys are case-insensitive in IAM.
    if (known.has(key.toLowerCase())) yield { path: at, message: 'must not differ from another key only in case' };
    known.add(key.toLowerCase());
    yield* valueProblems(value ?? null, at, operator);
  }
}

function* valueProblems(value: Json, path: Path, operator: string): Iterable<PolicyProblem> {
  if (isList(value) && value.length === 0) yield { path, message: 'must not be an empty list' };
  const items = isList(value)
    ? value.map((item, index) => ({ item, at: [...path, index] }))
    : [{ item: value, at: path }];
  const rule = VALUES.find((one) => one.operator.test(operator));
  for (const { item, at } of items) {
    const isScalar = typeof item === 'string' || typeof item === 'boolean' || Number.isFinite(item);
    if (!isScalar) yield { path: at, message: `must be text, a number, true or false, not ${quote(item)}` };
    else if (rule !== undefined && !fits(String(item), rule.value)) {
      yield { path: at, message: `must be ${rule.what} with ${operator}, not ${quote(item)}` };
    }
  }
}

function fits(value: string, form: RegExp | z.ZodMiniType): boolean {
  return VARIABLE.test(value) || (form instanceof RegExp ? form.test(value) : form.safeParse(value).success);
}
