import { expect } from 'vitest';
import { createFunction } from '../../src/function/function.ts';
import { isList, isObject, type Json, type JsonObject } from '../../src/json/value.ts';
import { decodeResponse } from '../../src/protocol/caller/decode-response.ts';
import { type RunFunctionResponse, Severity } from '../../src/protocol/messages.ts';
import { encodeRequest } from '../../src/protocol/request.ts';
import { composite, input, objectAt, request, seedParameters } from '../function/call.ts';
import { fuzz, json } from './harness.ts';
import { ALLOWED_ACCOUNTS, ALLOWED_ORGANIZATIONS, lifecyclePolicy, repositoryPolicy } from './policies.ts';

const run = createFunction();

/** The composed policy texts of a claim with these settings, or the message of its refusal. */
async function composed(settings: JsonObject, allowed: JsonObject = {}): Promise<string | JsonObject[]> {
  const fields = input({ allowed, nameConflicts: 'Ignore', repositories: [{ name: 'image' }] });
  const sent = request({ input: fields, composite: composite({ ...seedParameters, ...settings }) });
  const response = decodeResponse((await run(encodeRequest(sent))).response);
  const fatal = response.results.find(({ severity }) => severity === Severity.FATAL);
  return fatal?.message ?? policiesOf(response);
}

function policiesOf({ desired }: RunFunctionResponse): JsonObject[] {
  return Object.values(desired.resources ?? {}).flatMap(({ resource = {} }) => {
    const { rawPolicy, lifecyclePolicyText } = objectAt(resource, 'spec', 'forProvider');
    const text = rawPolicy ?? lifecyclePolicyText;
    const policy: Json = typeof text === 'string' ? JSON.parse(text) : null;
    return isObject(policy) ? [policy] : [];
  });
}

fuzz('repository-policy', {
  form: json<Json>(),
  arbitrary: repositoryPolicy,
  run: async (policy) => ({
    open: await composed({ access: { policy } }),
    limited: await composed(
      { access: { policy } },
      { accounts: ALLOWED_ACCOUNTS, organizations: ALLOWED_ORGANIZATIONS },
    ),
  }),
  check(policy, { open, limited }) {
    for (const outcome of [open, limited]) {
      if (typeof outcome === 'string')
        expect(outcome).toMatch(/spec\.parameters(\.access|: must have at most \d+ (bytes|values))/);
      else expect(outcome.map(meaning), 'a policy is carried whole or refused').toEqual([meaning(withVersion(policy))]);
    }
    if (typeof open === 'string') return;
    expect(emptyParts(open[0] ?? {}), 'nothing in it is empty').toEqual([]);
    if (typeof limited !== 'string') expect(strangers(limited[0] ?? {}), 'who is not allowed stays out').toEqual([]);
  },
});

fuzz('lifecycle-policy', {
  form: json<Json>(),
  arbitrary: lifecyclePolicy,
  run: (policy) => composed({ lifecycle: { policy } }),
  check(policy, outcome) {
    if (typeof outcome === 'string')
      expect(outcome).toMatch(/spec\.parameters(\.lifecycle|: must have at most \d+ (bytes|values))/);
    else expect(outcome.map(meaning), 'a policy is carried whole or refused').toEqual([meaning(policy)]);
  },
});

/** A policy with the version that IAM reads one without a version as. */
function withVersion(policy: Json): Json {
  return isObject(policy) ? { Version: '2008-10-17', ...policy } : policy;
}

/** A policy with what says the same in the same form: lists as sets, a list of one as that one, accounts as their ARNs. */
function meaning(value: Json | undefined): Json {
  if (isList(value)) {
    const items = new Map(value.map((item) => [JSON.stringify(meaning(item)), meaning(item)]));
    const sorted = [...items].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item);
    return sorted.length === 1 ? (sorted[0] ?? null) : sorted;
  }
  // As UTF-8 has it: a request cannot hold half of a surrogate pair.
  if (typeof value === 'string')
    return Buffer.from(value)
      .toString()
      .replace(/^(\d{12})$/, 'arn:aws:iam::$1:root');
  if (!isObject(value)) return value ?? null;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, meaning(item)]));
}

/** Paths of empty lists and objects: IAM refuses the policy that has one, or it means something else than it seems to. */
function emptyParts(value: Json, path = ''): string[] {
  if (isList(value))
    return value.length === 0 ? [path] : value.flatMap((item, index) => emptyParts(item, `${path}[${index}]`));
  if (!isObject(value)) return [];
  const entries = Object.entries(value);
  return entries.length === 0 ? [path] : entries.flatMap(([key, item]) => emptyParts(item ?? null, `${path}.${key}`));
}

/** Whom a policy grants access to beside the allowed accounts and organizations, as far as that is plain to see. */
function strangers({ Statement }: JsonObject): Json[] {
  const statements = (isList(Statement) ? Statement : [Statement ?? null]).filter(isObject);
  return statements.filter(({ Effect }) => Effect !== 'Deny').flatMap(strangersIn);
}

function strangersIn({ Principal, NotPrincipal, Condition }: JsonObject): Json[] {
  if (NotPrincipal !== undefined) return [{ NotPrincipal }];
  const isOurs = (key: string, allowed: readonly string[]) => isConfined(Condition, key, allowed);
  if (isOurs('aws:principalorgid', ALLOWED_ORGANIZATIONS) || isOurs('aws:principalaccount', ALLOWED_ACCOUNTS))
    return [];
  // Only a service that works for somebody has the key, so nobody else is let in.
  const forOurs = isOurs('aws:sourceaccount', ALLOWED_ACCOUNTS);
  const named = isObject(Principal) ? Object.entries(Principal) : [['AWS', Principal] as const];
  return named.flatMap(([kind, who]) => {
    const list = isList(who) ? who : [who ?? null];
    if (kind === 'Service') return Condition === undefined ? list : [];
    return list.filter((one) => !isOurAccount(kind, one) && !(forOurs && kind === 'AWS' && one === '*'));
  });
}

function isOurAccount(kind: string, who: Json): boolean {
  if (typeof who !== 'string' || !/^(AWS|Federated)$/.test(kind)) return false;
  const account = /^(?:arn:aws[a-z-]*:(?:iam|sts)::)?(\d{12})(?::[^:]+)?$/.exec(who)?.[1];
  return account !== undefined && ALLOWED_ACCOUNTS.includes(account);
}

/** True for a condition that holds only where a key has one of the allowed values. */
function isConfined(condition: Json | undefined, name: string, allowed: readonly string[]): boolean {
  if (!isObject(condition)) return false;
  return Object.entries(condition).some(([operator, keys]) => {
    if (!/^(ForAnyValue:)?String(Equals|Like)$/i.test(operator) || !isObject(keys)) return false;
    return Object.entries(keys).some(([key, value]) => {
      const list = isList(value) ? value : [value ?? null];
      const isOurs = list.every((one) => allowed.some((text) => text === one));
      return key.toLowerCase() === name && list.length > 0 && isOurs;
    });
  });
}
