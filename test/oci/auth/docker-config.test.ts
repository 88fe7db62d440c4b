import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { getFromHelper } from '../../../src/oci/auth/credential-helper.ts';
import { dockerConfigSource, firstOf, parseReference } from '../../../src/oci/index.ts';
import { rejection } from '../fixtures.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'oci-config-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(home, { recursive: true });
});

const REFERENCE = parseReference('reg.example.com/team/app:v1');
const HUB = parseReference('acme/app:v1');
const auth = (user: string) => ({ auth: Buffer.from(`${user}:pass:word`).toString('base64') });
const login = (username: string, password = 'pass:word') =>
  expect.objectContaining({ kind: 'basic', username, password });

async function write(path: string, content: unknown) {
  const file = join(home, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

describe('the key of a login', () => {
  test.each([
    { keys: ['reg.example.com/'], want: 'user0', reason: 'a slash behind the host' },
    { keys: ['reg.example.com/v2/'], want: 'user0', reason: "the registry's API" },
    { keys: ['https://reg.example.com/v1/'], want: 'user0', reason: 'a URL' },
    { keys: ['reg.example.com', 'reg.example.com/team'], want: 'user1', reason: 'the longest path wins' },
    { keys: ['reg.example.com/team/app', 'reg.example.com/team'], want: 'user0', reason: 'the whole repository' },
    { keys: ['https://reg.example.com', 'reg.example.com'], want: 'user1', reason: 'the form that docker writes' },
    { keys: ['https://reg.example.com/te'], want: 'user0', reason: 'a URL is for its registry, whatever its path' },
    {
      keys: ['https://reg.example.com/team', 'reg.example.com'],
      want: 'user1',
      reason: 'that path counts for nothing',
    },
    { keys: ['https://reg.example.com/x', 'reg.example.com/team'], want: 'user1', reason: 'a path beats a URL' },
    { keys: ['reg.example.com/te'], want: undefined, reason: 'a path ends at a slash' },
    { keys: ['reg.example.com/team/app/deep'], want: undefined, reason: 'another repository' },
    { keys: ['reg.example.com:443'], want: undefined, reason: 'another port' },
  ])('$keys: $reason', async ({ keys, want }) => {
    await write('.docker/config.json', { auths: Object.fromEntries(keys.map((key, at) => [key, auth(`user${at}`)])) });
    expect(await dockerConfigSource({}, home).get(REFERENCE)).toEqual(want && login(want));
  });

  const HUB_KEYS = [
    ...['docker.io', 'index.docker.io', 'https://docker.io', 'https://index.docker.io/v1/', 'docker.io/acme'],
    ...['registry-1.docker.io', 'https://registry-1.docker.io/v2/'],
  ];
  test('of Docker Hub: the same name as in the reference takes precedence over the other', async () => {
    await write('.docker/config.json', { auths: { 'registry-1.docker.io/acme': auth('a'), 'docker.io': auth('b') } });
    const source = dockerConfigSource({}, home);
    expect(await source.get(HUB)).toEqual(login('b'));
    expect(await source.get(parseReference('registry-1.docker.io/acme/app'))).toEqual(login('a'));
    expect(await source.get(parseReference('registry-1.docker.io/other/app'))).toEqual(login('b'));
  });

  test.each(HUB_KEYS)('of Docker Hub may be %s', async (key) => {
    await write('.docker/config.json', { auths: { [key]: auth('user') } });
    expect(await dockerConfigSource({}, home).get(HUB)).toEqual(login('user'));
  });
});

describe('the file', () => {
  const file = (user: string) => ({ auths: { 'reg.example.com': auth(user) } });
  test('is the first existing one of Docker, REGISTRY_AUTH_FILE, XDG_RUNTIME_DIR, XDG_CONFIG_HOME and ~/.config', async () => {
    const environment = {
      REGISTRY_AUTH_FILE: join(home, 'named.json'),
      XDG_RUNTIME_DIR: join(home, 'run'),
      XDG_CONFIG_HOME: join(home, 'xdg'),
    };
    const user = async (variables: Record<string, string> = environment) => {
      const credentials = await dockerConfigSource(variables, home).get(REFERENCE);
      return credentials?.kind === 'basic' ? credentials.username : undefined;
    };
    expect(await user()).toBeUndefined();
    await write('.config/containers/auth.json', file('config'));
    expect(await user({})).toBe('config');
    expect(await user()).toBeUndefined();
    for (const [path, name] of [
      ['xdg/containers/auth.json', 'xdg'],
      ['run/containers/auth.json', 'run'],
      ['named.json', 'named'],
      ['.docker/config.json', 'docker'],
    ] as const) {
      await write(path, file(name));
      expect(await user()).toBe(name);
    }
    await write('elsewhere/config.json', file('elsewhere'));
    expect(await user({ ...environment, DOCKER_CONFIG: join(home, 'elsewhere') })).toBe('elsewhere');
  });

  test.each([
    { name: 'is no JSON', text: `{"auths":{"reg.example.com":{"auth":"c2VjcmV0OnNlY3JldA==" oops` },
    { name: 'is a list', text: '["c2VjcmV0OnNlY3JldA=="]' },
    { name: 'has auths that are text', text: '{"auths":{"x":"c2VjcmV0OnNlY3JldA=="}}' },
    { name: 'has an auth that is not user:password', text: '{"auths":{"reg.example.com":{"auth":"c2VjcmV0"}}}' },
  ])('that $name is refused without showing its content', async ({ text }) => {
    await write('.docker/config.json', text);
    const error = await rejection(dockerConfigSource({}, home).get(REFERENCE), 'INVALID_CREDENTIALS');
    expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/c2Vj|secret/);
  });

  test('that is a folder is refused', async () => {
    await mkdir(join(home, '.docker/config.json'), { recursive: true });
    await rejection(dockerConfigSource({}, home).get(REFERENCE), 'INVALID_CREDENTIALS');
  });
});

describe('an entry', () => {
  test.each([
    {
      name: 'for the repository takes precedence over that for the registry',
      auths: { 'reg.example.com': auth('a'), 'reg.example.com/team/app': auth('b') },
      want: login('b'),
    },
    { name: 'may be a URL', auths: { 'https://reg.example.com/v1/': auth('a') }, want: login('a') },
    {
      name: 'of another registry is ignored',
      auths: { 'reg.example.com.evil.example': auth('a') },
      want: undefined,
    },
    {
      name: 'may have user and password',
      auths: { 'reg.example.com': { username: 'a', password: 'b' } },
      want: login('a', 'b'),
    },
    {
      name: 'uses auth rather than user and password',
      auths: { 'reg.example.com': { username: 'a', password: 'b', ...auth('c') } },
      want: login('c'),
    },
    {
      name: 'may be an identity token',
      auths: { 'reg.example.com': { ...auth('x'), identitytoken: 't' } },
      want: expect.objectContaining({ kind: 'identity-token', token: 't' }),
    },
    {
      name: 'may be a registry token',
      auths: { 'reg.example.com': { registrytoken: 't' } },
      want: expect.objectContaining({ kind: 'registry-token', token: 't' }),
    },
    {
      name: 'may have null values',
      auths: { 'reg.example.com': { ...auth('a'), identitytoken: null, registrytoken: null, username: null } },
      want: login('a'),
    },
    { name: 'may be empty', auths: { 'reg.example.com': {} }, want: undefined },
    {
      name: 'may be base64 without padding',
      auths: { 'reg.example.com': { auth: Buffer.from('a:b').toString('base64').replace(/=+$/, '') } },
      want: login('a', 'b'),
    },
    { name: 'may be missing', auths: null, want: undefined },
  ])('$name', async ({ auths, want }) => {
    await write('.docker/config.json', { auths });
    expect(await dockerConfigSource({}, home).get(REFERENCE)).toEqual(want);
  });

  test("for Docker Hub has Docker's key", async () => {
    await write('.docker/config.json', { auths: { 'https://index.docker.io/v1/': auth('hub') } });
    expect(await dockerConfigSource({}, home).get(HUB)).toEqual(login('hub'));
  });
});

describe('credential helpers', () => {
  async function helper(name: string, script: string) {
    const file = await write(`bin/docker-credential-${name}`, `#!${process.execPath}\n${script}`);
    await chmod(file, 0o755);
    await write('bin/package.json', { type: 'commonjs' });
    vi.stubEnv('PATH', `${dirname(file)}${delimiter}${process.env.PATH}`);
  }
  const ANSWER = `
    let server = '';
    process.stdin.on('data', (data) => (server += data));
    process.stdin.on('end', () => {
      require('node:fs').appendFileSync(__dirname + '/asked', process.argv[2] + ' ' + server + '\\n');
      process.stdout.write(JSON.stringify({ ServerURL: server, Username: 'helped', Secret: 'for ' + server }));
    });`;

  test('are called once per registry, credHelpers before credsStore, and again after a drop', async () => {
    await helper('test', ANSWER);
    await write('.docker/config.json', {
      credHelpers: { 'reg.example.com': 'test' },
      credsStore: 'not-installed',
      auths: { 'reg.example.com': auth('file') },
    });
    const source = dockerConfigSource({}, home);
    const want = login('helped', 'for reg.example.com');
    expect(await Promise.all([source.get(REFERENCE), source.get(REFERENCE)])).toEqual([want, want]);
    const asked = () => readFile(join(home, 'bin/asked'), 'utf8');
    expect(await asked()).toBe('get reg.example.com\n');
    source.drop?.('reg.example.com');
    expect(await source.get(REFERENCE)).toEqual(want);
    expect(await asked()).toBe('get reg.example.com\nget reg.example.com\n');
  });

  test('without a login are followed by the file', async () => {
    await helper('empty', `process.stdout.write('credentials not found in native keychain\\n'); process.exitCode = 1;`);
    await write('.docker/config.json', { credsStore: 'empty', auths: { 'reg.example.com': auth('file') } });
    expect(await dockerConfigSource({}, home).get(REFERENCE)).toEqual(login('file'));
  });

  test.each([
    { name: 'is not installed', helper: 'not-there', script: undefined },
    { name: 'has a path as its name', helper: '../../bin/sh', script: undefined },
    { name: 'fails', helper: 'fails', script: `process.stdout.write('hunter22'); process.exitCode = 3;` },
    { name: 'prints invalid output', helper: 'nonsense', script: `process.stdout.write('hunter22');` },
    { name: 'prints other JSON', helper: 'json', script: `process.stdout.write('{"Secret":"hunter22"}');` },
    {
      name: 'prints endless output',
      helper: 'endless',
      script: `setInterval(() => process.stdout.write('hunter22'.repeat(9999)));`,
    },
    { name: 'hangs', helper: 'hangs', script: 'setInterval(() => {}, 1000);' },
  ])('that $name results in a CREDENTIAL_HELPER error without its output', async ({ helper: name, script }) => {
    if (script !== undefined) await helper(name, script);
    const error = await rejection(getFromHelper(name, 'reg.example.com', 1500), 'CREDENTIAL_HELPER');
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('hunter22');
  });

  test('return an identity token with the user name <token>', async () => {
    await helper('token', `process.stdout.write('{"Username":"<token>","Secret":"refresh"}');`);
    expect(await getFromHelper('token', 'x')).toMatchObject({ kind: 'identity-token', token: 'refresh' });
  });
});

test('the first of several sources with credentials is used, and all drop theirs', async () => {
  const dropped: string[] = [];
  const source = firstOf(
    { get: async () => undefined, drop: (registry) => dropped.push(`a ${registry}`) },
    { get: async () => ({ kind: 'registry-token', token: 'one' }) },
    { get: async () => ({ kind: 'registry-token', token: 'two' }), drop: (registry) => dropped.push(`b ${registry}`) },
  );
  expect(await source.get(REFERENCE)).toEqual({ kind: 'registry-token', token: 'one' });
  source.drop?.('r');
  expect(dropped).toEqual(['a r', 'b r']);
});
