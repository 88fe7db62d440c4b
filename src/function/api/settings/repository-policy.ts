import * as z from 'zod/mini';
import { quote } from '../../../internal/quote.ts';
import { oneOf } from '../../../internal/sentence.ts';
import { canonicalJson } from '../../../json/canonical.ts';
import { isList, isObject, type Json, type JsonObject } from '../../../json/value.ts';
import { didYouMean } from '../messages/unknown-field.ts';
import { conditionProblems } from './policy-condition.ts';
import { awsPrincipalProblem, servicePrincipalProblem } from './policy-principal.ts';
import { ANY_POLICY, type CheckedPolicy, type PolicyProblem, rawPolicy } from './raw-policy.ts';

const MAX_STATEMENTS = 100;
const VERSIONS = ['2012-10-17', '2008-10-17'];
/** The version of a policy without Version. */
const DEFAULT_VERSION = '2008-10-17';
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
const POLICY_ELEMENTS = ['Version', 'Id', 'Statement'];
const ELEMENTS = [
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
];
const PRINCIPALS = ['AWS', 'Service', 'Federated', 'CanonicalUser'];
const ACTION = /^(?:\*|ecr:[a-z*?]+)$/i;
const REGISTRY_ACTION = 'ecr:getauthorizationtoken';

/** A repository policy in the form of IAM. It is applied completely or refused. */
export const rawRepositoryPolicy = rawPolicy(checkRepositoryPolicy).check(
  z.meta(ANY_POLICY),
  z.describe(
    'The repository policy in the form of IAM, as YAML or as JSON text, for permissions that the other fields cannot express.',
  ),
);

function checkRepositoryPolicy(policy: JsonObject): CheckedPolicy<JsonObject> {
  const problems = [...policyProblems(policy)];
  return problems.length === 0 ? { policy } : { problems };
}

type Path = PolicyProblem['path'];

function* policyProblems(policy: JsonObject): Iterable<PolicyProblem> {
  yield* unknownElements(policy, POLICY_ELEMENTS, [], 'a policy');
  const { Version, Id, Statement } = policy;
  if (Version !== undefined && !VERSIONS.some((version) => version === Version)) {
    yield { path: ['Version'], message: `must be ${oneOf(VERSIONS)}, as text, not ${quote(Version)}` };
  }
  if (Id !== undefined && typeof Id !== 'string') yield { path: ['Id'], message: `must be text, not ${quote(Id)}` };
  if (isList(Statement) ? Statement.length === 0 || Statement.length > MAX_STATEMENTS : !isObject(Statement)) {
    const message = `must be a statement, or a list of 1 to ${MAX_STATEMENTS} statements${Statement === undefined ? '' : `, not ${quote(Statement)}`}`;
    yield { path: ['Statement'], message };
    return;
  }
  for (const { value, path } of itemsOf(Statement, ['Statement'])) {
    if (isObject(value)) yield* statementProblems(value, path);
    else yield { path, message: `must be a statement, which is an object, not ${quote(value)}` };
  }
}

function effectMessage(effect: Json | undefined): string {
  const meant = didYouMean(String(effect), ['Allow', 'Deny']);
  return `must be Allow or Deny, not ${quote(effect)}${meant === undefined ? '' : `; ${meant}`}`;
}

function* statementProblems(statement: JsonObject, path: Path): Iterable<PolicyProblem> {
  yield* unknownElements(statement, ELEMENTS, path, 'a statement');
  const { Sid, Effect, Principal, NotPrincipal, Action, NotAction, Resource, NotResource, Condition } = statement;
  if (Sid !== undefined && typeof Sid !== 'string')
    yield { path: [...path, 'Sid'], message: `must be text, not ${quote(Sid)}` };
  if (Effect !== 'Allow' && Effect !== 'Deny') yield { path: [...path, 'Effect'], message: effectMessage(Effect) };
  if ((Principal === undefined) === (NotPrincipal === undefined)) {
    yield { path, message: 'must have either Principal or NotPrincipal: a repository policy must have a principal' };
  }
  if (NotPrincipal !== undefined && Effect === 'Allow') {
    const message =
      'must have Effect: Deny; AWS does not support it with Allow, which would grant access to everyone else';
    yield { path: [...path, 'NotPrincipal'], message };
  }
  if ((Action === undefined) === (NotAction === undefined))
    yield { path, message: 'must have either Action or NotAction' };
  if (Resource !== undefined && NotResource !== undefined)
    yield { path, message: 'must not have both Resource and NotResource' };
  if (Principal !== undefined) yield* principalProblems(Principal, [...path, 'Principal']);
  if (NotPrincipal !== undefined) yield* principalProblems(NotPrincipal, [...path, 'NotPrincipal']);
  if (Action !== undefined) yield* actionProblems(Action, [...path, 'Action']);
  if (NotAction !== undefined) yield* actionProblems(NotAction, [...path, 'NotAction']);
  if (Resource !== undefined) yield* textProblems(Resource, [...path, 'Resource']);
  if (NotResource !== undefined) yield* textProblems(NotResource, [...path, 'NotResource']);
  if (Condition !== undefined) yield* conditionProblems(Condition, [...path, 'Condition']);
}

function* unknownElements(
  object: JsonObject,
  known: readonly string[],
  path: Path,
  what: string,
): Iterable<PolicyProblem> {
  for (const key of Object.keys(object)) {
    if (known.includes(key)) continue;
    const hint = didYouMean(key, known) ?? `${what} has ${known.join(', ')}`;
    yield { path: [...path, key], message: `unknown element; ${hint}` };
  }
}

function* principalProblems(principal: Json, path: Path): Iterable<PolicyProblem> {
  if (principal === '*') return;
  if (!isObject(principal) || Object.keys(principal).length === 0) {
    yield { path, message: `must be "*", or an object such as {AWS: "111122223333"}, not ${quote(principal)}` };
    return;
  }
  yield* unknownElements(principal, PRINCIPALS, path, 'a principal');
  for (const kind of PRINCIPALS) {
    if (Object.hasOwn(principal, kind)) yield* textProblems(principal[kind], [...path, kind]);
  }
  for (const [kind, problemOf] of [
    ['AWS', awsPrincipalProblem],
    ['Service', servicePrincipalProblem],
  ] as const) {
    for (const { value, path: at } of itemsOf(principal[kind], [...path, kind])) {
      const message = typeof value === 'string' && value !== '' ? problemOf(value) : undefined;
      if (message !== undefined) yield { path: at, message };
    }
  }
}

function* actionProblems(actions: Json, path: Path): Iterable<PolicyProblem> {
  for (const problem of textProblems(actions, path)) yield problem;
  for (const { value, path: at } of itemsOf(actions, path)) {
    if (typeof value !== 'string') continue;
    if (!ACTION.test(value)) {
      yield { path: at, message: `must be an action of ECR such as ecr:BatchGetImage, or "*", not ${quote(value)}` };
    } else if (value.toLowerCase() === REGISTRY_ACTION) {
      const message =
        'must not be ecr:GetAuthorizationToken, which applies to a registry; grant it to identities in IAM';
      yield { path: at, message };
    }
  }
}

/** Returns the problem of a value that must be a string or a list of strings. */
function* textProblems(value: Json | undefined, path: Path): Iterable<PolicyProblem> {
  if (isList(value) && value.length === 0) yield { path, message: 'must not be an empty list' };
  for (const { value: item, path: at } of itemsOf(value, path)) {
    if (typeof item === 'string' && item !== '') continue;
    const hint = typeof item === 'number' ? '; put it in quotes' : '';
    yield { path: at, message: `must be text, not ${quote(item)}${hint}` };
  }
}

/** Returns the items of a list, or the value itself in place of a list with one item. */
export function itemsOf(
  value: Json | undefined,
  path: Path,
): { readonly value: Json | undefined; readonly path: Path }[] {
  return isList(value) ? value.map((item, index) => ({ value: item, path: [...path, index] })) : [{ value, path }];
}

/**
 * Returns the text of a valid repository policy in canonical form: elements in IAM's order, lists sorted and without duplicates, lists with
 * one item as that item, and accounts as the ARNs that AWS returns. Providers compare it with the response of AWS.
 */
export function repositoryPolicyText(policy: JsonObject, partition: string): string {
  const { Version = DEFAULT_VERSION, Statement } = policy;
  const statements = itemsOf(Statement, []).map(({ value }): Json => {
    if (!isObject(value)) return value ?? null;
    const elements = Object.entries(value).map(([key, item]): [string, Json | undefined] => {
      const isPrincipal = key === 'Principal' || key === 'NotPrincipal';
      return [key, item && inOrder(isPrincipal ? withArns(item, partition) : item)];
    });
    return Object.fromEntries(elements);
  });
  return canonicalJson({ ...policy, Version, Statement: statements }, [...POLICY_ELEMENTS, ...ELEMENTS]);
}

function withArns(principal: Json, partition: string): Json {
  if (!isObject(principal) || principal.AWS === undefined) return principal;
  const named = itemsOf(principal.AWS, []).map(({ value = null }) => {
    return typeof value === 'string' && ACCOUNT.test(value) ? `arn:${partition}:iam::${value}:root` : value;
  });
  return { ...principal, AWS: named };
}

const ACCOUNT = /^\d{12}$/;

function inOrder(value: Json): Json {
  if (isList(value)) {
    const items = [...new Map(value.map((item) => [canonicalJson(item), item])).entries()];
    const [first, ...others] = items.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item);
    return first === undefined ? [] : others.length === 0 ? first : [first, ...others];
  }
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inOrder(item ?? null)]));
}
