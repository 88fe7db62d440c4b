import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import {
  OciError,
  type PullSecret,
  parseReference,
  pullSecretCredentials,
  pullSecretSource,
} from '../../../src/oci/index.ts';
import { thrownCode } from '../fixtures.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const entries = (keys: readonly string[]) =>
  Object.fromEntries(keys.map((key) => [key, { auth: base64(`${key}:pw`) }]));

function secret(...keys: readonly string[]): PullSecret {
  return {
    name: 'pull',
    type: 'kubernetes.io/dockerconfigjson',
    data: { '.dockerconfigjson': base64(JSON.stringify({ auths: entries(keys) })) },
  };
}

/** The key whose credentials are taken. */
function taken(secrets: readonly PullSecret[], reference: string): string | undefined {
  const credentials = pullSecretCredentials(secrets, parseReference(reference));
  return credentials?.kind === 'basic'
    ? `${credentials.username}:${credentials.password}`.replace(/:pw$/, '')
    : undefined;
}

describe('a key', () => {
  test.each([
    { key: 'reg.example.com', reference: 'reg.example.com/a/b', matches: true, reason: 'the host' },
    { key: 'https://reg.example.com', reference: 'reg.example.com/a/b', matches: true, reason: 'a scheme' },
    { key: 'https://reg.example.com/v1/', reference: 'reg.example.com/a/b', matches: true, reason: 'v1' },
    { key: 'reg.example.com/v2/team', reference: 'reg.example.com/team/b', matches: true, reason: 'v2 and a path' },
    { key: 'reg.example.com/v2', reference: 'reg.example.com/team/b', matches: true, reason: 'v2 at the end' },
    { key: 'reg.example.com/team', reference: 'reg.example.com/team/b', matches: true, reason: 'a path' },
    {
      key: 'reg.example.com/team',
      reference: 'reg.example.com/team2/b',
      matches: true,
      reason: 'a path is a string prefix',
    },
    { key: 'reg.example.com/team', reference: 'reg.example.com/other', matches: false, reason: 'another path' },
    { key: 'reg.example.com:5000', reference: 'reg.example.com:5000/a', matches: true, reason: 'equal ports' },
    { key: 'reg.example.com:5000', reference: 'reg.example.com/a', matches: false, reason: 'an additional port' },
    { key: 'reg.example.com', reference: 'reg.example.com:5000/a', matches: false, reason: 'a missing port' },
    { key: '*.example.com', reference: 'reg.example.com/a', matches: true, reason: 'a wildcard' },
    { key: '*.example.com', reference: 'a.reg.example.com/a', matches: false, reason: 'a wildcard matches one label' },
    { key: '*.*.example.com', reference: 'a.reg.example.com/a', matches: true, reason: 'two wildcards' },
    { key: 'r*g.e?ample.*', reference: 'reg.example.com/a', matches: true, reason: 'wildcards inside labels' },
    {
      key: 'registry[0-9].example.com',
      reference: 'registry1.example.com/a',
      matches: true,
      reason: 'a character class',
    },
    {
      key: 'registry[0-9].example.com',
      reference: 'registrya.example.com/a',
      matches: false,
      reason: 'a character outside of the class',
    },
    { key: 'registry[.example.com', reference: 'registry.example.com/a', matches: false, reason: 'an invalid pattern' },
    { key: '*', reference: 'reg.example.com/a', matches: false, reason: 'a single label' },
    { key: 'example.com', reference: 'reg.example.com/a', matches: false, reason: 'a parent domain' },
    { key: 'reg.example.com', reference: 'reg.example.com.evil.example/a', matches: false, reason: 'more labels' },
    {
      key: 'REG.example.com',
      reference: 'reg.example.com/a',
      matches: true,
      reason: 'host names are case-insensitive',
    },
    { key: 'https://index.docker.io/v1/', reference: 'acme/app', matches: true, reason: 'Docker Hub' },
    { key: 'docker.io', reference: 'acme/app', matches: true, reason: "Docker Hub's short name" },
    { key: '', reference: 'reg.example.com/a', matches: false, reason: 'nothing' },
    {
      key: `${'*a'.repeat(60)}.com`,
      reference: `${'a'.repeat(60)}b.com/a`,
      matches: false,
      reason: 'a malicious pattern',
    },
  ])('$key for $reference: $matches ($reason)', ({ key, reference, matches }) => {
    expect(taken([secret(key)], reference) !== undefined).toBe(matches);
  });
});

describe("of several keys, the last in byte order counts, as in Crossplane's keyring", () => {
  test.each([
    {
      keys: [['reg.example.com', '*.example.com'], ['reg.example.com/team']],
      image: 'team/a',
      takes: 'reg.example.com/team',
    },
    { keys: [['reg.example.com', '*.example.com'], ['reg.example.com/team']], image: 'x', takes: 'reg.example.com' },
    { keys: [['*.example.com/team', 'reg.example.com']], image: 'team/a', takes: 'reg.example.com' },
    { keys: [['*.example.com/team'], ['reg.example.com']], image: 'team/a', takes: 'reg.example.com' },
    { keys: [['reg.example.com/v2/b', 'https://reg.example.com/a']], image: 'a/b', takes: 'https://reg.example.com/a' },
    { keys: [['https://reg.example.com/v1/', 'reg.example.com/te']], image: 'team/a', takes: 'reg.example.com/te' },
    { keys: [['reg.example.com/v2', '*.example.com/']], image: 'team/a', takes: '*.example.com/' },
    { keys: [['reg.example.com/v2', 'reg.example.com/v']], image: 'v2x/a', takes: 'reg.example.com/v2' },
    { keys: [['reg.example.com/v1', 'example.com']], image: 'team/a', takes: 'reg.example.com/v1' },
    { keys: [['[q-s]eg.example.com/team', 'r*.example.com']], image: 'team/a', takes: 'r*.example.com' },
    { keys: [['reg.example.com'], ['https://reg.example.com']], image: 'x', takes: 'reg.example.com' },
  ])('$keys for $image: $takes', ({ keys, image, takes }) => {
    expect(
      taken(
        keys.map((of) => secret(...of)),
        `reg.example.com/${image}`,
      ),
    ).toBe(takes);
  });

  test('of any length', () => {
    const credentials = pullSecretCredentials(
      [secret('*.registry.io/team', 'fake.registry.io')],
      parseReference('fake.registry.io/team/app'),
    );
    expect(credentials?.from).toBe('the Secret pull, key .dockerconfigjson, entry "fake.registry.io"');
  });
});

test('entries of the older type at the top level', () => {
  const data = { '.dockercfg': base64(JSON.stringify(entries(['reg.example.com']))) };
  expect(taken([{ name: 'old', type: 'kubernetes.io/dockercfg', data }], 'reg.example.com/a')).toBe('reg.example.com');
});

test.each([
  { name: 'another type', secret: { ...secret('reg.example.com'), type: 'Opaque' } },
  { name: 'a missing type', secret: { ...secret('reg.example.com'), type: undefined } },
  { name: 'missing data', secret: { name: 'x', type: 'kubernetes.io/dockerconfigjson' } },
  { name: 'the other key', secret: { ...secret('reg.example.com'), type: 'kubernetes.io/dockercfg' } },
])('a secret with $name is ignored', async ({ secret: passed }) => {
  expect(await pullSecretSource([passed]).get(parseReference('reg.example.com/a'))).toBeUndefined();
});

test.each([
  { name: 'no JSON', text: '{"auths":{"reg.example.com":{"password":"hunter22"' },
  { name: 'another form', text: '{"auths":["hunter22"]}' },
])('a secret with $name is refused with its name, without showing its content', ({ text }) => {
  const bad = { name: 'pull', type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': base64(text) } };
  expect(thrownCode(() => taken([bad], 'reg.example.com/a'))).toBe('INVALID_CREDENTIALS');
  try {
    taken([bad], 'reg.example.com/a');
  } catch (error) {
    expect(error).toBeInstanceOf(OciError);
    expect(String(error)).toContain('Secret pull');
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('hunter22');
  }
});
