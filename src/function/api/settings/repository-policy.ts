import * as z from 'zod/mini';
import { canonicalJson } from '../../../json/canonical.ts';
import { isList, isObject, type Json, type JsonObject } from '../../../json/value.ts';

const MAX_STATEMENTS = 100;
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
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

const json = z.custom<JsonObject>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'must be an object: the policy as YAML, without quotes around it',
);

/** A repository policy in the form of IAM. */
export const rawRepositoryPolicy = json.check(
  z.superRefine((policy, context) => {
    for (const { path, message } of policyProblems(policy))
      context.addIssue({ code: 'custom', path: [...path], message });
  }),
  z.meta({ type: 'object', 'x-kubernetes-preserve-unknown-fields': true }),
  z.describe('The repository policy in the form of IAM, as YAML, for what the plain terms do not cover.'),
);

interface PolicyProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

function policyProblems(policy: JsonObject): PolicyProblem[] {
  const problems: PolicyProblem[] = [];
  if (policy.Version !== '2012-10-17' && policy.Version !== '2008-10-17') {
    problems.push({ path: ['Version'], message: 'must be 2012-10-17 or 2008-10-17, as text' });
  }
  for (const key of Object.keys(policy)) {
    if (!['Version', 'Id', 'Statement'].includes(key))
      problems.push({ path: [key], message: 'is no element of a policy' });
  }
  const statements = statementsOf(policy);
  if (statements.length === 0 || statements.length > MAX_STATEMENTS) {
    problems.push({ path: ['Statement'], message: 'must be a list of statements' });
  }
  return [...problems, ...statements.flatMap((statement, index) => statementProblems(statement, index, statements))];
}

function statementProblems(statement: JsonObject, index: number, all: readonly JsonObject[]): PolicyProblem[] {
  const problems: PolicyProblem[] = [];
  const say = (path: readonly string[], message: string) =>
    problems.push({ path: ['Statement', index, ...path], message });
  for (const key of Object.keys(statement)) {
    if (!ELEMENTS.includes(key)) say([key], `is no element of a statement, which are ${ELEMENTS.join(', ')}`);
  }
  if (statement.Effect !== 'Allow' && statement.Effect !== 'Deny') say(['Effect'], 'must be Allow or Deny');
  if ((statement.Principal === undefined) === (statement.NotPrincipal === undefined)) {
    say([], 'must have either Principal or NotPrincipal: a policy on a repository says who');
  }
  if ((statement.Action === undefined) === (statement.NotAction === undefined)) {
    say([], 'must have either Action or NotAction');
  }
  const foreign = texts(statement.Action).find((action) => action !== '*' && !/^ecr:/i.test(action));
  if (foreign !== undefined) say(['Action'], `has ${foreign}, a policy on a repository knows only actions of ecr:`);
  if (statement.Sid !== undefined && all.findIndex(({ Sid }) => Sid === statement.Sid) !== index) {
    say(['Sid'], `${String(statement.Sid)} is used twice`);
  }
  return problems;
}

/** The accounts that a raw policy lets in, `*` for everybody. */
export function accountsOf(policy: JsonObject): string[] {
  const allowing = statementsOf(policy).filter(({ Effect }) => Effect === 'Allow');
  return allowing.flatMap(({ Principal, NotPrincipal }) => {
    if (NotPrincipal !== undefined) return ['*'];
    const named = isObject(Principal) ? texts(Principal.AWS) : texts(Principal);
    return named.map((principal) => /(?:^|::)(\d{12})(?:$|:)/.exec(principal)?.[1] ?? '*');
  });
}

/**
 * A repository policy in one canonical form: elements in IAM's order, lists sorted and without repetitions, a list of one as that one,
 * accounts as the ARNs that AWS answers with. Providers compare it with what AWS answers.
 */
export function repositoryPolicyText(policy: JsonObject, partition: string): string {
  const statements = statementsOf(policy).map(({ Principal, NotPrincipal, ...rest }): JsonObject => {
    const sorted = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, value && inOrder(value)]));
    return {
      ...sorted,
      Principal: Principal === undefined ? undefined : principals(Principal, partition),
      NotPrincipal: NotPrincipal === undefined ? undefined : principals(NotPrincipal, partition),
    };
  });
  return canonicalJson({ ...policy, Statement: statements }, ['Version', 'Id', 'Statement', ...ELEMENTS]);
}

function principals(value: Json, partition: string): Json {
  if (!isObject(value)) return value;
  const named = Object.entries(value).map(([kind, who]): [string, Json] => {
    const list = texts(who).map((one) => (/^\d{12}$/.test(one) ? `arn:${partition}:iam::${one}:root` : one));
    return [kind, inOrder(list)];
  });
  return Object.fromEntries(named);
}

function inOrder(value: Json): Json {
  if (isList(value)) {
    const items = [...new Map(value.map((item) => [canonicalJson(item), item])).entries()];
    const [first, ...others] = items.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item);
    return first === undefined ? [] : others.length === 0 ? first : [first, ...others];
  }
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inOrder(item ?? null)]));
}

function statementsOf({ Statement }: JsonObject): JsonObject[] {
  return isList(Statement) ? Statement.filter(isObject) : isObject(Statement) ? [Statement] : [];
}

function texts(value: Json | undefined): string[] {
  return (isList(value) ? value : [value]).filter((item) => typeof item === 'string');
}
