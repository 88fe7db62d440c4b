import { listed } from '../../internal/quote.ts';
import { isObject, type Json, type JsonObject } from '../../json/value.ts';
import type { Allowed } from '../api/allowed.ts';
import type { Problem } from '../api/input-error.ts';
import type { RepositorySettings } from '../api/merge-settings.ts';
import { formatPath } from '../api/messages/field-path.ts';
import { accessPolicy } from '../api/settings/access.ts';
import { itemsOf } from '../api/settings/repository-policy.ts';
import { type Confines, confinesTo, type Trusted } from './condition-confines.ts';
import { principalOf, type Who } from './principal.ts';

/**
 * Returns the problems of principals that the settings of a repository grant access to although the platform does not allow them. With
 * `allowed.accounts` or `allowed.organizations`, every principal of every Allow statement must be recognized and allowed.
 */
export function accessProblems(allowed: Allowed, { values, paths }: RepositorySettings): Problem[] {
  const { access } = values;
  if (access === undefined || (allowed.accounts ?? allowed.organizations) === undefined) return [];
  const trusted: Trusted = {
    accounts: new Set(allowed.accounts),
    organizations: new Set(allowed.organizations),
  };
  const path = paths.access ?? '';
  const root = access.policy === undefined ? undefined : `${path}.policy`;
  const found = new Map<string, Problem>();
  for (const { value, path: at } of itemsOf(accessPolicy(access, 'aws').Statement, ['Statement'])) {
    if (!isObject(value) || value.Effect !== 'Allow') continue;
    for (const { who, path: below } of strangersIn(value, trusted)) {
      const message = `${who}, which the platform does not allow; allowed: ${choice(allowed)}`;
      const problem = { path: root === undefined ? path : formatPath(root, [...at, ...below]), message };
      found.set(`${problem.path}: ${message}`, problem);
    }
  }
  return [...found.values()];
}

interface Stranger {
  readonly who: string;
  readonly path: readonly (string | number)[];
}

/** Yields the principals outside the trusted ones to which a statement grants access. */
function* strangersIn(statement: JsonObject, trusted: Trusted): Iterable<Stranger> {
  const { Principal, NotPrincipal, Condition } = statement;
  if (NotPrincipal !== undefined) {
    yield { who: 'grants access to everyone except some principals (NotPrincipal)', path: ['NotPrincipal'] };
    return;
  }
  const confines = confinesTo(trusted, isObject(Condition) ? Condition : {});
  for (const [kind, named] of isObject(Principal) ? Object.entries(Principal) : [['AWS', Principal] as const]) {
    for (const { value, path } of itemsOf(named, isObject(Principal) ? ['Principal', kind] : ['Principal'])) {
      const who = principalOf(kind, typeof value === 'string' ? value : '');
      if (!isTrusted(who, trusted, confines)) yield { who: describe(who, organizationsIn(Condition)), path };
    }
  }
}

/** Returns the organizations in a condition, for a message. */
function organizationsIn(condition: Json | undefined): string[] {
  const operators = isObject(condition) ? Object.values(condition).filter((keys) => isObject(keys)) : [];
  return operators.flatMap((keys) => {
    return Object.entries(keys).flatMap(([key, values]) => {
      return key.toLowerCase() === 'aws:principalorgid' ? itemsOf(values, []).map(({ value }) => String(value)) : [];
    });
  });
}

// A condition on the caller is never met by a service, and one on the account for which a service acts is only met by services.
function isTrusted(who: Who, trusted: Trusted, confines: Confines): boolean {
  if (who.kind === 'account') return trusted.accounts.has(who.account) || confines.callers;
  if (who.kind === 'everyone') return confines.callers || confines.sources;
  return who.kind === 'service' && confines.sources;
}

function describe(who: Who, organizations: readonly string[]): string {
  switch (who.kind) {
    case 'everyone':
      return organizations.length === 0
        ? 'grants access to everyone'
        : `grants access to ${named('organization', organizations)}`;
    case 'account':
      return `grants access to account ${who.account}`;
    case 'service':
      return `grants access to service ${who.service} for any account (aws:SourceAccount, aws:SourceArn or aws:SourceOrgID must limit it in a condition)`;
    case 'unknown':
      return `grants access to ${who.shown}, whose account is unknown`;
  }
}

function choice({ accounts = [], organizations = [] }: Allowed): string {
  const parts = [
    ...(accounts.length > 0 ? [named('account', accounts)] : []),
    ...(organizations.length > 0 ? [named('organization', organizations)] : []),
  ];
  return parts.length === 0 ? 'no principal' : parts.join(' and ');
}

function named(what: string, names: readonly string[]): string {
  return `the ${what}${names.length === 1 ? '' : 's'} ${listed(names)}`;
}
