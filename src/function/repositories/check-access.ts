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
 * Principals that the settings of a repository let in though the platform does not allow them. With `allowed.accounts` or
 * `allowed.organizations`, every principal of every statement that allows something must be recognized and allowed.
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

/** Whom a statement lets in beyond the trusted. */
function* strangersIn(statement: JsonObject, trusted: Trusted): Iterable<Stranger> {
  const { Principal, NotPrincipal, Condition } = statement;
  if (NotPrincipal !== undefined) {
    yield { who: 'lets in everybody but some (NotPrincipal)', path: ['NotPrincipal'] };
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

/** The organizations that a condition names, for a message. */
function organizationsIn(condition: Json | undefined): string[] {
  const operators = isObject(condition) ? Object.values(condition).filter((keys) => isObject(keys)) : [];
  return operators.flatMap((keys) => {
    return Object.entries(keys).flatMap(([key, values]) => {
      return key.toLowerCase() === 'aws:principalorgid' ? itemsOf(values, []).map(({ value }) => String(value)) : [];
    });
  });
}

// A condition on the caller never holds for a service, and one on the account that a service works for holds for services only.
function isTrusted(who: Who, trusted: Trusted, confines: Confines): boolean {
  if (who.kind === 'account') return trusted.accounts.has(who.account) || confines.callers;
  if (who.kind === 'everybody') return confines.callers || confines.sources;
  return who.kind === 'service' && confines.sources;
}

function describe(who: Who, organizations: readonly string[]): string {
  switch (who.kind) {
    case 'everybody':
      return organizations.length === 0 ? 'lets in everybody' : `lets in ${named('organization', organizations)}`;
    case 'account':
      return `lets in the account ${who.account}`;
    case 'service':
      return `lets in the service ${who.service} for any account (no condition on aws:SourceAccount, aws:SourceArn or aws:SourceOrgID confines it)`;
    case 'unknown':
      return `lets in ${who.shown}, whose account is unknown`;
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
