import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { type Credentials, dockerConfigSource, OciError, parseRepository } from '../../../src/oci/index.ts';
import { askGo, type Compared, expectAgreement, type KnownDifference, runs, seed } from './go-rules.ts';

const HOSTS = [
  'docker.io',
  'index.docker.io',
  'registry-1.docker.io',
  'reg.example.com',
  'reg.example.com:5000',
  'example.com',
  'localhost:5000',
] as const;
const SCHEMES = ['', '', 'https://', 'http://'] as const;
const PATHS = ['', '', '/', '/v1/', '/v2/', '/v1', '/team', '/team/', '/team/app', '/te', '/library/busybox'] as const;
const REPOSITORIES = ['team/app', 'team', 'app', 'library/busybox', 'team/app/deep'] as const;

const entry = fc.oneof(
  { weight: 4, arbitrary: fc.constant('auth') },
  {
    weight: 1,
    arbitrary: fc.constantFrom('username', 'identitytoken', 'registrytoken', 'empty', 'no colon', 'colon in password'),
  },
);

/** A docker config with one or two entries, and a repository to log in to. */
const question = fc.record({
  entries: fc.array(
    fc
      .tuple(fc.constantFrom(...SCHEMES), fc.constantFrom(...HOSTS), fc.constantFrom(...PATHS), entry)
      .map(([scheme, host, path, form]) => ({ key: scheme + host + path, form })),
    { minLength: 1, maxLength: 2 },
  ),
  text: fc
    .tuple(fc.constantFrom(...HOSTS), fc.constantFrom(...REPOSITORIES))
    .map(([host, repository]) => `${host}/${repository}`),
});

const ANONYMOUS = 'anonymous';

const KNOWN: readonly KnownDifference[] = [
  {
    reason: 'a key with a path, or another form of a host: Go does not find it, podman and docker do',
    covers: ({ ours, theirs }) => theirs === ANONYMOUS && ours !== ANONYMOUS,
  },
  {
    reason: 'a key with a path that the repository is not in: Go sends the login of one repository to others',
    covers: ({ input, ours, theirs }) => ours === ANONYMOUS && theirs !== undefined && hasOtherPath(input),
  },
  {
    reason: 'several keys for one host: Go takes any of them, ours the one with the longest path',
    covers: ({ input, ours, theirs }) =>
      hostsOf(input).length > new Set(hostsOf(input)).size && theirs !== ANONYMOUS && ours !== ANONYMOUS,
  },
  {
    reason: 'an entry of another registry that cannot be read: Go refuses the whole file',
    covers: ({ input, theirs }) => theirs === undefined && hasBadEntry(input),
  },
];

test('docker configs are read as the keychain of go-containerregistry reads them', { timeout: 600_000 }, async () => {
  const questions = fc.sample(question, { seed, numRuns: Math.min(runs, 3_000) }).map(({ entries, text }) => {
    const auths = Object.fromEntries(entries.map(({ key, form }, index) => [key, entryOf(form, `user${index}`)]));
    return { kind: 'credentials', text, config: JSON.stringify({ auths }) };
  });
  const answers = askGo(questions);
  const folder = await mkdtemp(join(tmpdir(), 'credentials-'));
  try {
    const compared: Compared[] = [];
    for (const [index, { text, config }] of questions.entries()) {
      await writeFile(join(folder, 'config.json'), config);
      compared.push({
        input: `${text} ${config}`,
        ours: await find(folder, text),
        theirs: found(answers[index] ?? ''),
      });
    }
    expectAgreement('credentials', compared, KNOWN);
    const logins = compared.filter(({ theirs }) => theirs !== undefined && theirs !== ANONYMOUS);
    expect(logins.length, 'logins that Go finds').toBeGreaterThan(compared.length / 20);
  } finally {
    await rm(folder, { recursive: true });
  }
});

function entryOf(form: string, user: string): object {
  const base64 = (value: string) => Buffer.from(value).toString('base64');
  switch (form) {
    case 'username':
      return { username: user, password: 'p' };
    case 'identitytoken':
      return { auth: base64(`${user}:p`), identitytoken: `token of ${user}` };
    case 'registrytoken':
      return { registrytoken: `token of ${user}` };
    case 'empty':
      return {};
    case 'no colon':
      return { auth: base64(user) };
    case 'colon in password':
      return { auth: base64(`${user}:p:q`) };
    default:
      return { auth: base64(`${user}:p`) };
  }
}

async function find(folder: string, text: string): Promise<string | undefined> {
  try {
    const credentials = await dockerConfigSource({ DOCKER_CONFIG: folder }, folder).get(parseRepository(text));
    return credentials === undefined ? ANONYMOUS : described(credentials);
  } catch (error) {
    if (!(error instanceof OciError)) throw error;
    return undefined;
  }
}

function described(credentials: Credentials): string {
  return credentials.kind === 'basic' ? `${credentials.username}:${credentials.password}` : credentials.token;
}

const answer = z.object({
  auth: z.record(z.string(), z.string()).nullish(),
  error: z.string().optional(),
});

function found(text: string): string | undefined {
  const { auth, error } = answer.parse(JSON.parse(text));
  if (error !== undefined) return undefined;
  const { username = '', password = '', identitytoken, registrytoken } = auth ?? {};
  const token = registrytoken ?? identitytoken;
  if (token !== undefined) return token;
  return username === '' && password === '' ? ANONYMOUS : `${username}:${password}`;
}

function hostsOf(input: string): string[] {
  return Array.from(input.matchAll(/"(?:https?:\/\/)?([\w.-]+(?::\d+)?)[\w/]*":\{/g), ([, host = '']) =>
    host === 'docker.io' ? 'index.docker.io' : host,
  );
}

/** True for an `auth` that is not the base64 of `user:password`. */
function hasBadEntry(input: string): boolean {
  return Array.from(input.matchAll(/"auth":"([^"]*)"/g), ([, auth = '']) => Buffer.from(auth, 'base64')).some(
    (text) => !text.includes(':'),
  );
}

function hasOtherPath(input: string): boolean {
  return /"(?:https?:\/\/)?[\w.:-]+\/(?:te|library)[\w/]*":\{/.test(input);
}
