import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseRepository, pullSecretCredentials } from '../../../src/oci/index.ts';
import { ANONYMOUS, described, describedByGo, entryForm, entryOf } from './docker-auth.ts';
import { askGo, type Compared, expectAgreement, type KnownDifference, runs, seed } from './go-rules.ts';

const HOSTS = [
  ...[
    'reg.example.com',
    'reg.example.com',
    'reg.example.com:5000',
    'fake.example.com',
    'example.com',
    'localhost:5000',
  ],
  ...['docker.io', 'index.docker.io'],
] as const;
const GLOBS = ['*.example.com', '*.example.com:5000', 'r*g.example.*', '*.*.com', 'reg[a-z].example.com'];
const SCHEMES = ['', '', 'https://', 'http://'] as const;
const PATHS = [
  '',
  '',
  '',
  '/',
  '/v1/',
  '/v2/',
  '/v1',
  '/team',
  '/team/',
  '/te',
  '/v2/team',
  '/team/v2/',
  '//team',
  '/team/app',
] as const;
const REPOSITORIES = ['team/app', 'team', 'app', 'library/busybox', 'team2/app', 'team/v2/app'] as const;

const key = fc
  .tuple(fc.constantFrom(...SCHEMES), fc.constantFrom(...HOSTS, ...HOSTS, ...GLOBS), fc.constantFrom(...PATHS))
  .map((parts) => parts.join(''));

/** One to three pull secrets with one to four entries each, and the repository of a login. */
const question = fc.record({
  secrets: fc.array(
    fc.record({
      type: fc.constantFrom('dockerconfigjson', 'dockerconfigjson', 'dockercfg', 'other'),
      entries: fc.uniqueArray(fc.record({ key, form: entryForm }), {
        minLength: 1,
        maxLength: 4,
        // Of two equivalent keys, Go uses either: its maps have no order.
        selector: (entry) =>
          entry.key
            .replace(/^https?:\/\//, '')
            .replace(/^([^/]*)\/v[12]\//, '$1/')
            .replace(/^([^/]*)\/$/, '$1'),
      }),
    }),
    { minLength: 1, maxLength: 3 },
  ),
  text: fc
    .tuple(fc.constantFrom(...HOSTS), fc.constantFrom(...REPOSITORIES))
    .map(([host, repository]) => `${host}/${repository}`),
});

const KNOWN: readonly KnownDifference[] = [
  {
    reason: 'a bracket in the host of a key, which no URL has: Go refuses all pull secrets',
    covers: ({ input, theirs }) => theirs === undefined && input.includes('reg[a-z]'),
  },
  {
    reason: 'an entry of another registry that cannot be read: Go refuses all pull secrets',
    covers: ({ input, theirs }) => theirs === undefined && input.includes('"no colon"'),
  },
  {
    reason: 'the key docker.io: Go does not find it for index.docker.io, docker does',
    covers: ({ input, theirs, ours }) =>
      theirs === ANONYMOUS &&
      ours !== ANONYMOUS &&
      /^(index\.)?docker\.io\//.test(input) &&
      /"(https?:\/\/)?docker\.io/.test(input),
  },
  {
    reason: 'HOST/v2 and HOST/v1 without a slash at the end: Go takes them for a path, and finds nothing',
    covers: ({ input, theirs }) => theirs === ANONYMOUS && /\/v[12]"/.test(input),
  },
  {
    reason: 'an empty entry: Go asks without a login, ours takes the next that matches, as the kubelet does',
    covers: ({ input, theirs }) => theirs === ANONYMOUS && input.includes('"empty"'),
  },
];

test("pull secrets are read as Crossplane's keychain reads them", { timeout: 600_000 }, async () => {
  const questions = fc.sample(question, { seed, numRuns: runs });
  const secrets = questions.map(({ secrets }) =>
    secrets.map(({ type, entries }, index) => {
      const auths = Object.fromEntries(
        entries.map(({ key, form }, position) => [key, entryOf(form, `user${index}.${position}`)]),
      );
      const json = JSON.stringify(type === 'dockercfg' ? auths : { auths });
      return {
        name: `secret${index}`,
        type: `kubernetes.io/${type}`,
        data: { [`.${type}`]: Buffer.from(json).toString('base64') },
      };
    }),
  );
  const answers = askGo(
    questions.map(({ text }, index) => ({
      kind: 'pull secrets',
      text,
      secrets: secrets[index]?.map(({ name, ...rest }) => ({ ...rest, metadata: { name } })),
    })),
  );
  const compared: Compared[] = [];
  for (const [index, { text, secrets: asked }] of questions.entries()) {
    compared.push({
      input: `${text} ${JSON.stringify(asked)}`,
      ours: await described(async () => pullSecretCredentials(secrets[index] ?? [], parseRepository(text))),
      theirs: describedByGo(answers[index]),
    });
  }
  expectAgreement('pull secrets', compared, KNOWN);
  const logins = compared.filter(({ theirs }) => theirs !== undefined && theirs !== ANONYMOUS);
  expect(logins.length, 'logins that Go finds').toBeGreaterThan(compared.length / 10);
});
